#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "app/lint/reviewed.h"

namespace sluice::app {
namespace {

using sql::lower;

/// The words of the scalars in `value`, lower case: other options may name columns, in SQL or not.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the pipeline file nests them.
void add_words(const ConfigValue& value, std::set<std::string>& words) {
  std::string word;
  for (const char c : value.text() + " ") {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalnum(letter) != 0 || c == '_') {
      word += static_cast<char>(std::tolower(letter));
    } else if (!word.empty()) {
      words.insert(std::exchange(word, ""));
    }
  }
  for (const ConfigValue& item : value.items()) add_words(item, words);
  for (const ConfigValue::Entry& entry : value.entries()) {
    const bool declares =
        entry.key == "schema" || entry.key == "columns" || entry.key == "metadata";
    if (!declares) add_words(entry.value, words);
  }
}

/// The columns that the file declares and that may be left out of it; null: none.
const ConfigValue* optional_columns(const config::SourceEntry& entry) {
  const bool is_json = entry.format && entry.format->kind == "json";
  const ConfigValue* options = is_json ? &entry.format->options : nullptr;
  if (entry.connector.kind == "json_lines") options = &entry.connector.options;
  // Fields without a column have a column of their own then.
  const bool rescues = options != nullptr && options->find("rescued_column") != nullptr;
  return options == nullptr || rescues ? nullptr : options->find("schema");
}

/// All columns of the source are read: by a sink, or by a stream of a view's late rows.
bool is_read_in_full(const Reviewed& reviewed, const std::string& source) {
  const config::PipelineFile& file = reviewed.file();
  if (std::ranges::find(file.sinks, source, &config::SinkEntry::from) != file.sinks.end()) {
    return true;
  }
  return std::ranges::any_of(reviewed.plan().views, [&](const sql::ViewPlan& view) {
    const ReviewedView* declared = reviewed.declared_view(view.name);
    return declared != nullptr && !declared->text->late_to.empty() &&
           std::ranges::find(view.inputs, source) != view.inputs.end();
  });
}

void unused_columns(const Reviewed& reviewed, const config::SourceEntry& entry,
                    Findings& findings) {
  if (!reviewed.graph().live(entry.name) || is_read_in_full(reviewed, entry.name)) return;
  const auto read = reviewed.plan().source_columns.find(entry.name);
  // Where rows are counted only there must be a column nevertheless.
  if (read == reviewed.plan().source_columns.end() || read->second.empty()) return;
  std::set<std::string> used;
  for (const std::string& column : read->second) used.insert(lower(column));
  const ConfigValue* sources = reviewed.file().tree.find("sources");
  const ConfigValue* whole = sources == nullptr ? nullptr : sources->find(entry.name);
  if (whole != nullptr) add_words(*whole, used);
  const auto look = [&](const std::string& column, const Location& place) {
    if (used.contains(lower(column))) return;
    findings.push_back(
        {"LINT_UNUSED_COLUMN", place,
         "column '" + column + "' of source '" + entry.name + "' is read by nothing"});
  };
  const ConfigValue* columns = optional_columns(entry);
  if (columns != nullptr && columns->shape() == ConfigValue::Shape::kMap) {
    for (const ConfigValue::Entry& column : columns->entries()) {
      look(column.key, column.key_location);
    }
  }
  for (const config::MetadataColumn& column : entry.metadata) look(column.name, column.location);
}

void unused_tables(const Reviewed& reviewed, Findings& findings) {
  std::set<std::string> read;
  for (const sql::ViewPlan& view : reviewed.plan().views) {
    read.insert(view.inputs.begin(), view.inputs.end());
  }
  for (const sql::QueryPlan& query : reviewed.plan().queries) {
    read.insert(query.inputs.begin(), query.inputs.end());
  }
  for (const config::SinkEntry& sink : reviewed.file().sinks) read.insert(sink.from);
  for (const config::TableEntry& table : reviewed.file().tables) {
    if (read.contains(table.source.name)) continue;
    findings.push_back({"LINT_UNUSED_PART", table.source.location,
                        "table '" + table.source.name + "' is read by no view, sink or chart"});
  }
}

}  // namespace

void lint_unused(const Reviewed& reviewed, Findings& findings) {
  for (const config::SourceEntry& entry : reviewed.file().sources) {
    unused_columns(reviewed, entry, findings);
  }
  unused_tables(reviewed, findings);
}

}  // namespace sluice::app
