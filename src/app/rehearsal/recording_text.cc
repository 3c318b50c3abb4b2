#include "app/rehearsal/recording_text.h"

#include <algorithm>

#include "app/rehearsal/given_value.h"
#include "app/rehearsal/test_compare.h"
#include "app/rehearsal/test_file.h"
#include "config/yaml.h"
#include "connector/batch_table.h"

namespace sluice::app {
namespace {

/// Of a dead letter what is wrong, and with what.
const std::vector<std::string>& letter_columns() {
  static const std::vector<std::string> kColumns = {"value", "reason", "column_name"};
  return kColumns;
}

std::string text_of(const std::string& value) {
  return flow_text(ConfigValue::scalar(value, /*quoted=*/true, {}));
}

std::vector<std::string> lines_of(const CameRows& came, const std::vector<std::string>& columns) {
  std::vector<std::string> lines;
  for (const ConfigValue& row : came.rows) lines.push_back(flow_text(with_columns(row, columns)));
  return lines;
}

/// Rows below their names.
void add_rows(const std::string& key, const RowLines& rows, std::vector<std::string>& lines) {
  if (rows.empty()) return;
  lines.push_back(key + ":");
  for (const auto& [name, texts] : rows) {
    lines.push_back("  " + name + (texts.empty() ? ": []" : ":"));
    for (const std::string& text : texts) lines.push_back("    - " + text);
  }
}

bool has_rows(const Expectation& expected, const std::string& sink) {
  return std::ranges::any_of(expected.came, [&](const CameStep& step) {
    const auto found = step.sinks.find(sink);
    return found != step.sinks.end() && !found->second.rows.empty();
  });
}

void add_expected(const Expectation& expected, std::size_t number,
                  std::vector<std::string>& lines) {
  if (number >= expected.came.size()) return;
  const CameStep& came = expected.came[number];
  RowLines rows;
  for (const std::string& sink : expected.sinks) {
    const auto found = came.sinks.find(sink);
    const bool is_empty = found == came.sinks.end() || found->second.rows.empty();
    if (!is_empty) {
      rows.emplace_back(sink,
                        lines_of(found->second, expected.columns(sink, found->second.schema)));
    } else if (number == 0 && !has_rows(expected, sink)) {
      rows.emplace_back(sink,
                        std::vector<std::string>());  // it gets nothing, and that is looked at
    }
  }
  add_rows("expect", rows, lines);
  RowLines letters;
  for (const auto& [source, found] : came.dead_letters) {
    if (!found.rows.empty()) letters.emplace_back(source, lines_of(found, letter_columns()));
  }
  add_rows("dead_letters", letters, lines);
  std::string late;
  for (const auto& [view, count] : came.late) {
    late += (late.empty() ? "" : ", ") + view + ": " + std::to_string(count);
  }
  if (!late.empty()) lines.push_back("late: {" + late + "}");
}

/// The lines of a test, its name first; blocks are two blanks deep.
std::vector<std::string> test_lines(const TestDraft& draft, const Expectation& expected) {
  std::vector<std::string> lines = {text_of(draft.name) + ":"};
  std::string variables;
  for (const auto& [name, value] : draft.variables) {
    variables += (variables.empty() ? "" : ", ") + name + ": " + text_of(value);
  }
  if (!variables.empty()) lines.push_back("  var: {" + variables + "}");
  std::vector<std::string> tables;
  add_rows("tables", draft.tables, tables);
  for (const std::string& line : tables) lines.push_back("  " + line);
  lines.emplace_back("  batches:");
  for (std::size_t i = 0; i < draft.steps.size(); ++i) {
    std::vector<std::string> step;
    if (!draft.steps[i].at.empty()) step.push_back("at: " + text_of(draft.steps[i].at));
    add_rows("rows", draft.steps[i].rows, step);
    add_expected(expected, i, step);
    if (step.empty()) step.emplace_back("expect: {}");
    for (const std::string& line : step) {
      lines.push_back((&line == step.data() ? "    - " : "      ") + line);
    }
  }
  return lines;
}

std::string comment_text(const std::vector<std::string>& comments, const std::string& indent) {
  std::string text;
  for (const std::string& line : comments) text += indent + "# " + line + "\n";
  return text;
}

}  // namespace

std::vector<std::string> Expectation::columns(const std::string& sink,
                                              const data::Schema& schema) const {
  const auto found = left_out.find(sink);
  // In a test in which nothing is deleted nobody reads of it.
  const auto deletes = [&](const CameStep& step) {
    const auto rows = step.sinks.find(sink);
    if (rows == step.sinks.end()) return false;
    return std::ranges::any_of(rows->second.rows, [](const ConfigValue& row) {
      const ConfigValue* value = row.find(connector::kDeletesColumn);
      return value != nullptr && value->text() == "true";
    });
  };
  const bool shows_deletes = std::ranges::any_of(came, deletes);
  std::vector<std::string> names;
  for (const data::Field& field : schema.fields()) {
    const bool is_out = found != left_out.end() && found->second.contains(field.name);
    const bool is_hidden = field.name == connector::kDeletesColumn && !shows_deletes;
    if (!is_out && !is_hidden) names.push_back(field.name);
  }
  return names;
}

std::string Expectation::comparable() const {
  std::string text;
  const auto add = [&text](const std::string& what, const CameRows& given,
                           const std::vector<std::string>& columns) {
    std::vector<std::string> rows;
    for (const ConfigValue& row : given.rows) {
      rows.push_back(app::comparable(with_columns(row, columns)));
    }
    std::ranges::sort(rows);
    if (rows.empty()) return;
    text += what + "\n";
    for (const std::string& row : rows) text += row + "\n";
  };
  for (const CameStep& step : came) {
    text += "batch\n";
    for (const std::string& sink : sinks) {
      const auto found = step.sinks.find(sink);
      if (found == step.sinks.end()) continue;
      add("sink " + sink, found->second, columns(sink, found->second.schema));
    }
    for (const auto& [source, rows] : step.dead_letters) add(source, rows, letter_columns());
    for (const auto& [view, count] : step.late) text += view + " " + std::to_string(count) + "\n";
  }
  return text;
}

std::vector<std::string> leave_out_unstable(Expectation& expected,
                                            const std::vector<CameStep>& again) {
  std::vector<std::string> notes;
  for (const std::string& sink : std::vector<std::string>(expected.sinks)) {
    const auto differs = [&](const std::vector<std::string>& columns) {
      Expectation first{.came = expected.came, .sinks = {sink}, .left_out = {}};
      for (CameStep& step : first.came) {
        step.dead_letters.clear();
        step.late.clear();
      }
      Expectation second = first;
      for (std::size_t i = 0; i < second.came.size(); ++i) second.came[i].sinks = again[i].sinks;
      for (Expectation* one : {&first, &second}) {
        for (const CameStep& step : one->came) {
          const auto found = step.sinks.find(sink);
          if (found == step.sinks.end()) continue;
          for (const data::Field& field : found->second.schema.fields()) {
            if (std::ranges::find(columns, field.name) == columns.end()) {
              one->left_out[sink].insert(field.name);
            }
          }
        }
      }
      return first.comparable() != second.comparable();
    };
    std::vector<std::string> all;
    for (const CameStep& step : expected.came) {
      const auto found = step.sinks.find(sink);
      if (found != step.sinks.end()) all = expected.columns(sink, found->second.schema);
    }
    if (!differs(all)) continue;
    std::vector<std::string> stable;
    std::string unstable;
    for (const std::string& column : all) {
      if (!differs({column})) {
        stable.push_back(column);
        continue;
      }
      unstable += (unstable.empty() ? "" : ", ") + column;
      expected.left_out[sink].insert(column);
    }
    if (stable.empty() || differs(stable)) {
      std::erase(expected.sinks, sink);
      notes.push_back("sink " + sink +
                      " is left out: its rows are others each time that the test runs");
    } else {
      notes.push_back("of sink " + sink +
                      " is left out what is another each time that the test runs: " + unstable);
    }
  }
  return notes;
}

std::string file_text(const FileHead& head, const TestDraft& draft, const Expectation& expected) {
  std::string text = comment_text(head.comments, "");
  if (!head.pipeline.empty()) text += "pipeline: " + text_of(head.pipeline) + "\n";
  if (!head.columns.empty()) {
    text += "columns:\n";
    for (const auto& [name, columns] : head.columns) text += "  " + name + ": " + columns + "\n";
  }
  text += "tests:\n";
  for (const std::string& line : test_lines(draft, expected)) text += "  " + line + "\n";
  return text;
}

Result<std::string> appended_text(const std::string& text, const std::string& path,
                                  const FileHead& head, const TestDraft& draft,
                                  const Expectation& expected) {
  SLUICE_ASSIGN(const TestFile file, parse_test_file(text, path));
  for (const TestCase& test : file.tests) {
    if (test.name != draft.name) continue;
    return ConfigValue::null(test.location)
        .error("there is a test '" + draft.name + "' already; choose another --name");
  }
  for (const auto& [name, columns] : head.columns) {
    if (file.columns.contains(name)) continue;
    return user_error(path + ": add the columns of '" + name + "' to the file first: columns: {" +
                      name + ": " + columns + "}");
  }
  SLUICE_ASSIGN(const ConfigValue tree, config::parse_yaml(text, path));
  const Location& first = file.tests.front().location;
  const auto last = std::ranges::max_element(
      tree.entries(), {}, [](const auto& entry) { return entry.key_location.line; });
  const bool is_block = first.column > 1 && first.line > last->key_location.line;
  if (last->key != "tests" || !is_block) {
    return ConfigValue::null(first).error(
        "a test can be added where 'tests' is the last key of the file, with each test on lines of "
        "its own; move it there");
  }
  const std::string indent(static_cast<std::size_t>(first.column - 1), ' ');
  std::string made = text;
  if (!made.ends_with('\n')) made += '\n';
  made += comment_text(head.comments, indent);
  for (const std::string& line : test_lines(draft, expected)) made += indent + line + "\n";
  return made;
}

}  // namespace sluice::app
