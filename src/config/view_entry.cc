#include "config/view_entry.h"

#include <utility>

#include "base/ascii_text.h"
#include "base/options.h"
#include "config/keys.h"
#include "config/sql_entry.h"

namespace sluice::config {
namespace {

using Shape = ConfigValue::Shape;

void take(SqlEntry read, ViewEntry& made) {
  made.sql = std::move(read.sql);
  made.sql_location = std::move(read.location);
}

Result<DeduplicateEntry> read_deduplicate(const ConfigValue& value, const std::string& subject) {
  SLUICE_ASSIGN(const Options options,
                Options::validate(deduplicate_keys(), value, "'deduplicate' of " + subject));
  DeduplicateEntry entry;
  entry.location = value.location();
  if (options.has("within")) entry.within_us = options.integer("within");
  if (!options.has("by")) return entry;
  const ConfigValue& by = options.value("by");
  if (by.shape() == Shape::kScalar) entry.by.push_back({by.text(), by.location()});
  for (const ConfigValue& item : by.items()) entry.by.push_back({item.text(), item.location()});
  if (entry.by.empty()) {
    return by.error("'by' names no column; leave it out to compare whole rows");
  }
  return entry;
}

Status read_map(const ConfigValue& map, const SourceText& source, ViewEntry& made) {
  const std::string subject = "view '" + made.name + "'";
  SLUICE_ASSIGN(const Options options, Options::validate(view_keys(), map, subject));
  if (options.has("sql") == options.has("from")) {
    return map.error(subject + (options.has("sql")
                                    ? " has both 'sql' and 'from'; keep one of the two"
                                    : " needs 'sql: SELECT ...' or 'from: NAME'"));
  }
  const ConfigValue& text = options.value(options.has("sql") ? "sql" : "from");
  if (is_blank(text.text())) return text.error("the text of " + subject + " is empty");
  if (options.has("sql")) {
    SLUICE_ASSIGN(SqlEntry read, read_sql(text, source));
    take(std::move(read), made);
  } else {
    made.from = text;
    take(select_all(text.text(), text, source), made);
  }
  if (options.has("deduplicate")) {
    SLUICE_ASSIGN(made.deduplicate, read_deduplicate(options.value("deduplicate"), subject));
  }
  if (options.has("watermark")) {
    SLUICE_ASSIGN(made.watermark, read_watermark(options.value("watermark"), subject));
  }
  if (options.has("late")) {
    SLUICE_ASSIGN(const Options late,
                  Options::validate(late_keys(), options.value("late"), "'late' of " + subject));
    made.late_to = {late.text("to"), late.value("to").location(), late.value("to")};
  }
  return {};
}

}  // namespace

Result<ViewEntry> read_view(const ConfigValue::Entry& entry, const SourceText& source) {
  ViewEntry made;
  made.name = entry.key;
  made.location = entry.key_location;
  const ConfigValue& value = entry.value;
  if (value.shape() == Shape::kMap) {
    SLUICE_TRY(read_map(value, source, made));
  } else if (value.shape() == Shape::kScalar && !is_blank(value.text())) {
    SLUICE_ASSIGN(SqlEntry read, read_sql(value, source));
    take(std::move(read), made);
  } else {
    const bool list = value.shape() == Shape::kList;
    return ConfigValue::null(list ? value.location() : entry.key_location)
        .error("view '" + entry.key +
               "' must be SQL text such as SELECT * FROM orders, or a map "
               "such as {from: orders, deduplicate: {by: [id]}}, not " +
               (list ? "a list" : "empty"));
  }
  return made;
}

}  // namespace sluice::config
