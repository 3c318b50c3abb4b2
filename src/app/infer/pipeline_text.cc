#include <algorithm>
#include <utility>

#include "app/infer/column_name.h"
#include "app/infer/inference.h"
#include "app/transfer/yaml_text.h"
#include "base/quantity_text.h"

namespace sluice::app {
namespace {

using data::TypeId;

constexpr std::size_t kNestedShownMax = 200;
constexpr std::size_t kValuesShownMax = 8;
constexpr std::size_t kTypeShownMax = 60;

std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return text;
}

std::string blanks(std::size_t count) { return std::string(count, ' '); }

std::string option_lines(const connector::AddressOptions& options, std::size_t indent) {
  std::string text;
  for (const ConfigValue::Entry& entry : options) {
    text += blanks(indent) + yaml_scalar(entry.key, /*quoted=*/true) + ": " +
            yaml_text(entry.value) + "\n";
  }
  return text;
}

/// What there is to say of the fields inside a column, one a line.
void add_nested(const std::vector<InferredColumn>& fields, const std::string& path,
                const std::string& before, std::size_t& shown, std::string& text) {
  for (const InferredColumn& field : fields) {
    if (shown >= kNestedShownMax) return;
    const bool is_element = field.name == "[]";
    const std::string name = path + (is_element ? "[]" : "." + field.name);
    const bool is_leaf = field.fields.empty();
    if (is_leaf) {
      ++shown;
      text += before + "#   " + one_line(name) + ": " + field.what.type.to_string() + ", " +
              reason_of(field) + "\n";
    } else {
      add_nested(field.fields, name, before, shown, text);
    }
  }
}

std::string quoted_name(const std::string& name) {
  const std::string text = data::Schema({{name, TypeId::kVarchar}}).to_string();
  return text.substr(0, text.size() - std::string_view(" VARCHAR").size());
}

/// A name for what a column means, which no other column has.
std::string meaning_name(const Inference& found, const InferredColumn& column) {
  std::string name = column.name + "_" + column.what.meaning_suffix;
  data::Schema taken;
  for (const InferredColumn& other : found.columns) taken.add({other.name, TypeId::kVarchar});
  while (taken.find(name) >= 0) name += "_";
  return name;
}

std::string meaning_sql(const InferredColumn& column) {
  std::string sql = column.what.meaning;
  sql.replace(sql.find("{}"), 2, quoted_name(column.name));
  return sql;
}

bool has_meanings(const Inference& found) {
  return std::ranges::any_of(found.columns, [](const InferredColumn& column) {
    return !column.is_left_out && !column.what.meaning.empty();
  });
}

std::string watermark_comment(const std::string& column, const InferredColumn& time,
                              std::size_t indent) {
  const std::string delay = time.what.disorder.empty() ? "168h" : time.what.disorder;
  std::string why = time.values == time.records ? "each record has one" : "not each record has one";
  why += time.what.disorder.empty() ? ", but they come in no order of time"
                                    : ", and none came later than half of the delay";
  return blanks(indent) + "# As event time, for windows and joins of streams: " + why + "\n" +
         blanks(indent) + "# watermark: {column: " + yaml_scalar(column, /*quoted=*/true) +
         ", delay: " + delay + "}\n";
}

/// The view in which columns are what they mean.
std::string view_lines(const Inference& found, const std::string& source, const std::string& view) {
  std::string text =
      "\nviews:\n  # What no decoder reads, beside the text that it is; NULL where it "
      "is something else.\n  " +
      view + ":\n    sql: |\n      SELECT *";
  for (const InferredColumn& column : found.columns) {
    if (column.is_left_out || column.what.meaning.empty()) continue;
    text += ",\n        " + meaning_sql(column) + " AS " + quoted_name(meaning_name(found, column));
  }
  text += "\n      FROM " + quoted_name(source) + "\n";
  const int time = event_time_column(found, /*by_meaning=*/true);
  if (time >= 0) {
    const InferredColumn& column = found.columns[static_cast<std::size_t>(time)];
    text += watermark_comment(meaning_name(found, column), column, 4);
  }
  return text;
}

std::string head_lines(const Inference& found, const std::string& command) {
  std::string text = "# " + one_line(command) + ": " + counted(found.records, "record", "records") +
                     ", " + (found.all ? "all that there are" : "and there are more") + "\n# " +
                     one_line(found.words) + "\n";
  if (found.undecoded > 0) {
    text += "# " + count_text(found.undecoded) +
            (found.undecoded == 1 ? " of them does not decode: a dead letter\n"
                                  : " of them do not decode: dead letters, such as\n");
    for (const std::string& words : found.undecoded_words) text += "#   " + one_line(words) + "\n";
  }
  for (const std::string& note : found.notes) text += "# " + one_line(note) + "\n";
  return text;
}

}  // namespace

std::string reason_of(const InferredColumn& column) {
  std::string text = count_text(column.values) + " of " + count_text(column.records);
  if (column.values < column.records && column.records > 0) {
    const double missing = 100.0 * static_cast<double>(column.records - column.values) /
                           static_cast<double>(column.records);
    text += " (" + percent_text(missing) + " NULL)";
  }
  const auto add = [&](const std::string& more) {
    if (!more.empty()) text += "; " + one_line(more);
  };
  add(column.what.reason);
  if (!column.what.values.empty()) {
    const auto& values = column.what.values;
    std::string list =
        values.size() == 1
            ? "always "
            : "one of " + count_text(static_cast<std::int64_t>(values.size())) + ": ";
    for (std::size_t i = 0; i < values.size() && i < kValuesShownMax; ++i) {
      list += (i > 0 ? ", " : "") + (values[i].empty() ? std::string("\"\"") : values[i]);
    }
    if (values.size() > kValuesShownMax) list += ", ...";
    add(list);
  }
  if (column.what.is_key) add("looks like a key");
  return text;
}

int event_time_column(const Inference& found, bool by_meaning) {
  int best = -1;
  int best_points = 0;
  for (std::size_t i = 0; i < found.columns.size(); ++i) {
    const InferredColumn& column = found.columns[i];
    if (!column.what.is_time || column.is_left_out || column.values == 0) continue;
    if (column.what.meaning.empty() == by_meaning) continue;
    const int points = 1 + (column.values == column.records ? 2 : 0) +
                       (column.what.disorder.empty() ? 0 : 2) + (names_time(column.name) ? 1 : 0);
    if (points > best_points) best = static_cast<int>(i), best_points = points;
  }
  return best;
}

std::string schema_lines(const Inference& found, const std::string& before, bool with_reasons) {
  std::string text;
  std::size_t shown = 0;
  for (const InferredColumn& column : found.columns) {
    const std::string type = column.what.type.to_string();
    if (column.is_left_out) {
      if (with_reasons) {
        text += before + "# " + one_line(column.name) +
                " is left out: " + one_line(column.what.reason) + "\n";
      }
      continue;
    }
    const std::string line = before + yaml_scalar(column.name, /*quoted=*/true) + ": " +
                             yaml_scalar(type, /*quoted=*/true);
    text += line;
    if (with_reasons) {
      // What is long has its reason in the next line.
      text += type.size() > kTypeShownMax ? "\n" + before + "#   " : "  # ";
      text += reason_of(column);
    }
    text += "\n";
    if (with_reasons) add_nested(column.fields, column.name, before, shown, text);
  }
  return text;
}

std::string source_lines(const Inference& found, bool with_reasons) {
  using Schema = Inference::Schema;
  std::string text = "    " + found.kind + ":\n" + option_lines(found.options, 6);
  if (found.schema == Schema::kConnector) {
    text += "      schema:\n" + schema_lines(found, blanks(8), with_reasons);
  } else if (found.options.empty()) {
    text = "    " + found.kind + ": {}\n";
  }
  if (found.format.empty()) {
    if (found.schema == Schema::kNone && with_reasons) {
      text += "    # Its columns:\n" + schema_lines(found, "    # ", true);
    }
    return text;
  }
  const bool has_schema = found.schema == Schema::kFormat;
  if (found.format_options.empty() && !has_schema) {
    text += "    format: {" + found.format + ": {}}\n";
  } else {
    text += "    format:\n      " + found.format + ":\n" + option_lines(found.format_options, 8);
    if (has_schema) text += "        schema:\n" + schema_lines(found, blanks(10), with_reasons);
  }
  if (!has_schema && with_reasons) {
    text += "    # Its columns:\n" + schema_lines(found, "    # ", true);
  }
  return text;
}

std::string pipeline_text(const Inference& found, const PipelineTarget& target) {
  const std::string view = target.name + "_read";
  std::string text = head_lines(found, target.command) + "name: " + target.name +
                     "\n\nsources:\n  " + target.name + ":\n" + source_lines(found, true);
  const int time = event_time_column(found, /*by_meaning=*/false);
  if (time >= 0) {
    const InferredColumn& column = found.columns[static_cast<std::size_t>(time)];
    text += watermark_comment(column.name, column, 4);
  }
  const bool has_view = has_meanings(found);
  if (has_view) text += view_lines(found, target.name, view);
  text += "\nsinks:\n  out:\n    from: " + (has_view ? view : target.name) + "\n    " +
          target.kind + ": " + yaml_text(ConfigValue::map(target.options, {})) +
          "\n\ntrigger: available_now\ncheckpoint: checkpoints/" + target.checkpoint + "\n";
  return text;
}

}  // namespace sluice::app
