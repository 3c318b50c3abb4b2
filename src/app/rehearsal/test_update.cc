#include "app/rehearsal/test_update.h"

#include <algorithm>
#include <set>
#include <utility>

#include "app/rehearsal/given_value.h"
#include "app/rehearsal/test_compare.h"

namespace sluice::app {
namespace {

/// Lines [first, end) of the file become others.
struct Edit {
  std::size_t first = 0;
  std::size_t end = 0;
  std::string text;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    std::size_t end = text.find('\n', begin);
    if (end == text.npos) end = text.size();
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

class Updater {
 public:
  explicit Updater(const TestFile& file) : lines_(lines_of(file.text)) {}

  Result<std::string> update(const std::vector<CameTest>& tests) {
    for (const CameTest& test : tests) {
      for (std::size_t i = 0; i < test.test->steps.size(); ++i) {
        SLUICE_TRY(update_step(*test.test, test.test->steps[i], test.came[i]));
      }
    }
    // From below, so that the lines above keep their numbers.
    std::ranges::sort(edits_, [](const Edit& a, const Edit& b) { return a.first > b.first; });
    for (const Edit& edit : edits_) {
      lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(edit.first),
                   lines_.begin() + static_cast<std::ptrdiff_t>(edit.end));
      if (edit.text.empty()) continue;
      lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(edit.first), edit.text);
    }
    std::string text;
    for (const std::string& line : lines_) text += line + (line.ends_with('\n') ? "" : "\n");
    return text;
  }

 private:
  Status update_step(const TestCase& test, const TestStep& step, const CameStep& came) {
    std::map<std::string, CameRows> sinks;
    const bool names_none =
        std::ranges::all_of(test.steps, [](const TestStep& other) { return other.expect.empty(); });
    for (const auto& [sink, rows] : came.sinks) {
      if (!rows.rows.empty() && (names_none || test.names_sink(sink))) sinks[sink] = rows;
    }
    SLUICE_TRY(put(test, step, "expect", sinks));
    std::map<std::string, CameRows> letters;
    for (const auto& [source, rows] : came.dead_letters) {
      if (!rows.rows.empty()) letters[source] = rows;
    }
    return put(test, step, "dead_letters", letters);
  }

  /// Writes the key of a step; without rows it goes.
  Status put(const TestCase& test, const TestStep& step, const std::string& key,
             const std::map<std::string, CameRows>& rows) {
    const ConfigValue::Entry* given = nullptr;
    for (const ConfigValue::Entry& entry : step.value.entries()) {
      if (entry.key == key) given = &entry;
    }
    if (given == nullptr && rows.empty()) return {};
    const Location& place =
        given != nullptr ? given->key_location : step.value.entries().front().key_location;
    if (!begins_its_line(place)) {
      return ConfigValue::null(place).error(
          "--update needs each key of a batch on a line of its own; this one is in {...}");
    }
    const auto column = static_cast<std::size_t>(place.column - 1);
    SLUICE_ASSIGN(std::string text, text_of(test, step, key, rows, column));
    if (given == nullptr) {
      const std::size_t end = end_of(static_cast<std::size_t>(last_key(step).line - 1), column);
      edits_.push_back({end, end, std::move(text)});
      return {};
    }
    const auto first = static_cast<std::size_t>(place.line - 1);
    const bool begins_item = lines_[first].substr(0, column).find('-') != std::string::npos;
    if (text.empty() && begins_item && step.value.entries().size() == 1) {
      text = key + ": {}\n";
      text.insert(0, column, ' ');
    }
    if (text.empty() && begins_item) {
      return ConfigValue::null(place).error(
          "--update cannot take away the first key of a batch; "
          "put its rows before what it expects");
    }
    // What is before the key stays: "- ".
    if (!text.empty()) text.replace(0, column, lines_[first].substr(0, column));
    edits_.push_back({first, end_of(first, column), std::move(text)});
    return {};
  }

  bool begins_its_line(const Location& place) const {
    const std::string& line = lines_[static_cast<std::size_t>(place.line - 1)];
    return line.find_first_not_of(" -") == static_cast<std::size_t>(place.column - 1);
  }

  static const Location& last_key(const TestStep& step) {
    const auto& entries = step.value.entries();
    return std::ranges::max_element(
               entries, {}, [](const ConfigValue::Entry& entry) { return entry.key_location.line; })
        ->key_location;
  }

  /// The line after the value of a key that begins at `column` of the line `first`.
  std::size_t end_of(std::size_t first, std::size_t column) const {
    std::size_t end = first + 1;
    for (std::size_t i = end; i < lines_.size(); ++i) {
      const std::size_t begin = lines_[i].find_first_not_of(' ');
      if (begin == std::string::npos) continue;  // a blank line
      if (begin <= column) break;
      end = i + 1;
    }
    return end;
  }

  Result<std::string> text_of(const TestCase& test, const TestStep& step, const std::string& key,
                              const std::map<std::string, CameRows>& rows, std::size_t column) {
    if (rows.empty()) return std::string();
    const std::string indent(column, ' ');
    std::string text = indent + key + ":\n";
    for (const auto& [name, came] : rows) {
      SLUICE_ASSIGN(const std::vector<std::string> columns,
                    columns_of(test, step, key, name, came.schema));
      std::vector<std::string> texts;
      for (const ConfigValue& row : came.rows)
        texts.push_back(flow_text(with_columns(row, columns)));
      text += indent + "  " + name + ":\n";
      for (const std::string& row : texts) text += indent + "    - " + row + "\n";
    }
    return text;
  }

  /// Those that the step named before, else the test, else all.
  static Result<std::vector<std::string>> columns_of(const TestCase& test, const TestStep& step,
                                                     const std::string& key,
                                                     const std::string& name,
                                                     const data::Schema& schema) {
    const auto named_in = [&](const TestStep& one) -> Result<std::vector<std::string>> {
      const RowsByName& rows = key == "expect" ? one.expect : one.dead_letters;
      const auto found = rows.find(name);
      if (found == rows.end()) return std::vector<std::string>();
      return named_columns(found->second, schema, name);
    };
    SLUICE_ASSIGN(std::vector<std::string> of_step, named_in(step));
    if (!of_step.empty()) return of_step;
    std::set<std::string> named;
    for (const TestStep& other : test.steps) {
      SLUICE_ASSIGN(const auto names, named_in(other));
      named.insert(names.begin(), names.end());
    }
    std::vector<std::string> columns;
    // Of a dead letter what is wrong and with what, unless the test says more.
    const std::set<std::string> of_letters = {"value", "reason", "column_name"};
    for (const data::Field& field : schema.fields()) {
      const bool is_usual = key == "expect" || of_letters.contains(field.name);
      if (named.empty() ? is_usual : named.contains(field.name)) columns.push_back(field.name);
    }
    return columns;
  }

  std::vector<std::string> lines_;
  std::vector<Edit> edits_;
};

}  // namespace

Result<std::string> updated_text(const TestFile& file, const std::vector<CameTest>& tests) {
  return Updater(file).update(tests);
}

}  // namespace sluice::app
