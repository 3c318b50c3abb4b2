#include "config/chart_entry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/ascii_text.h"
#include "base/list_text.h"
#include "base/nearest.h"
#include "config/sql_entry.h"

namespace sluice::config {
namespace {

using Shape = ConfigValue::Shape;
using Entry = ConfigValue::Entry;

constexpr std::size_t kThresholdsMax = 16;
constexpr std::size_t kTextBytesMax = 20'000;

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const ChartKindKeys& kind : chart_kinds()) names.push_back(kind.name);
  return names;
}

/// Whoever sees the page sees what is in a chart.
Status refuse_secrets(const ConfigValue& value) {
  if (value.secret()) {
    return value.error("a ${file:...} cannot be used in a chart; the page would show it");
  }
  for (const ConfigValue& item : value.items()) SLUICE_TRY(refuse_secrets(item));
  for (const Entry& entry : value.entries()) SLUICE_TRY(refuse_secrets(entry.value));
  return {};
}

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// {80: bad}
Result<std::vector<ChartThreshold>> thresholds_in_map(const ConfigValue& map) {
  static const std::vector<std::string> kTones = {"good", "warn", "bad"};
  std::vector<ChartThreshold> made;
  for (const Entry& entry : map.entries()) {
    const auto at = number_in(entry.key);
    if (!at) {
      return ConfigValue::null(entry.key_location)
          .error("'thresholds' has numbers as keys such as {80: bad}, not '" + entry.key + "'");
    }
    const bool is_tone = entry.value.shape() == Shape::kScalar &&
                         std::ranges::find(kTones, entry.value.text()) != kTones.end();
    if (!is_tone) {
      return entry.value.error("the tone of the threshold " + entry.key + " must be one of: " +
                               joined(kTones) + did_you_mean(entry.value.text(), kTones));
    }
    made.push_back({*at, entry.value.text(), ""});
  }
  return made;
}

Result<std::vector<ChartThreshold>> read_thresholds(const ConfigValue& value,
                                                    const std::string& subject) {
  std::vector<ChartThreshold> made;
  if (value.shape() == Shape::kMap) {
    SLUICE_ASSIGN(made, thresholds_in_map(value));
  } else if (value.shape() == Shape::kList) {
    for (const ConfigValue& item : value.items()) {
      SLUICE_ASSIGN(const Options options,
                    Options::validate(threshold_keys(), item, "a threshold of " + subject));
      made.push_back({options.number("at"), options.text("tone"),
                      options.has("label") ? options.text("label") : ""});
    }
  } else {
    return value.error(
        "'thresholds' must be a map such as {80: bad} or a list such as [{at: 80, tone: bad}]");
  }
  if (made.size() > kThresholdsMax) {
    return value.error("'thresholds' has " + std::to_string(made.size()) + " values, at most " +
                       std::to_string(kThresholdsMax));
  }
  std::ranges::stable_sort(made, {}, &ChartThreshold::at);
  return made;
}

class ChartReader {
 public:
  ChartReader(const Entry& entry, const SourceText& source, const FindTable& find_table)
      : entry_(entry),
        source_(source),
        find_table_(find_table),
        subject_("chart '" + entry.key + "'") {}

  Result<ChartEntry> read() {
    const ConfigValue& map = entry_.value;
    made_.name = entry_.key;
    made_.location = entry_.key_location;
    if (map.shape() != Shape::kMap) {
      return ConfigValue::null(entry_.key_location)
          .error(subject_ + " must be a map such as {from: orders, bar: {x: shop, y: orders}}");
    }
    SLUICE_TRY(refuse_secrets(map));
    SLUICE_TRY(validate());
    SLUICE_ASSIGN(const Entry* const kind, one_kind());
    made_.kind = std::ranges::find(chart_kinds(), kind->key, &ChartKindKeys::name)->kind;
    SLUICE_TRY(look());
    if (made_.kind == ChartKind::kMarkdown) {
      SLUICE_TRY(text(kind->value));
    } else {
      SLUICE_TRY(query());
      SLUICE_TRY(options(kind->value));
    }
    return std::move(made_);
  }

 private:
  Status validate() {
    std::vector<OptionSpec> specs = chart_keys();
    for (const ChartKindKeys& kind : chart_kinds()) {
      if (kind.kind != ChartKind::kMarkdown) {
        specs.push_back({.name = kind.name, .type = OptionType::kAny});
      }
    }
    SLUICE_ASSIGN(made_.look, Options::validate(specs, entry_.value, subject_));
    return {};
  }

  Result<const Entry*> one_kind() const {
    const std::vector<std::string> kinds = kind_names();
    const Entry* found = nullptr;
    for (const Entry& entry : entry_.value.entries()) {
      if (std::ranges::find(kinds, entry.key) == kinds.end()) continue;
      if (found != nullptr) {
        return ConfigValue::null(entry.key_location)
            .error(subject_ + " is drawn in two ways, '" + found->key + "' and '" + entry.key +
                   "'; keep one, and make the other a chart of its own");
      }
      found = &entry;
    }
    if (found != nullptr) return found;
    return ConfigValue::null(entry_.key_location)
        .error(subject_ + " does not say how it is drawn; add one of: " + joined(kinds));
  }

  Status look() {
    const Options& given = made_.look;
    made_.title = given.has("title") ? given.text("title") : entry_.key;
    made_.tab = given.text("tab");
    const bool is_small = made_.kind == ChartKind::kNumber || made_.kind == ChartKind::kGauge;
    made_.width = given.has("width") ? static_cast<int>(given.integer("width")) : is_small ? 3 : 6;
    if (given.has("range")) made_.range_us = given.integer("range");
    made_.refresh_us = given.integer("refresh");
    made_.points = given.integer("points");
    for (const char* name : {"title", "tab", "help", "unit"}) {
      if (given.has(name) && given.text(name).size() > kTextBytesMax) {
        return given.value(name).error("'" + std::string(name) + "' of " + subject_ +
                                       " is longer than 20,000 bytes");
      }
    }
    if (!given.has("thresholds")) return {};
    SLUICE_ASSIGN(made_.thresholds, read_thresholds(given.value("thresholds"), subject_));
    return {};
  }

  Status text(const ConfigValue& value) {
    for (const char* name : {"sql", "from", "unit", "digits", "thresholds", "range"}) {
      if (!made_.look.has(name)) continue;
      return made_.look.value(name).error("'" + std::string(name) + "' of " + subject_ +
                                          " belongs to a chart, and this is a text; leave it out");
    }
    if (is_blank(value.text())) return value.error("the text of " + subject_ + " is empty");
    if (value.text().size() > kTextBytesMax) {
      return value.error("the text of " + subject_ + " is longer than 20,000 bytes");
    }
    made_.markdown = value.text();
    return {};
  }

  Status query() {
    const Options& given = made_.look;
    if (given.has("sql") == given.has("from")) {
      return ConfigValue::null(given.has("sql") ? given.value("sql").location()
                                                : entry_.key_location)
          .error(subject_ + (given.has("sql") ? " has both 'sql' and 'from'; keep one of the two"
                                              : " needs 'sql: SELECT ...' or 'from: NAME'"));
    }
    SqlEntry read;
    if (given.has("sql")) {
      if (is_blank(given.text("sql"))) {
        return given.value("sql").error("the SQL of " + subject_ + " is empty");
      }
      SLUICE_ASSIGN(read, read_sql(given.value("sql"), source_));
    } else {
      made_.from = given.value("from");
      SLUICE_ASSIGN(const std::string name, find_table_(made_.from));
      read = select_all(name, made_.from, source_);
    }
    made_.sql = std::move(read.sql);
    made_.sql_location = std::move(read.location);
    return {};
  }

  Status options(const ConfigValue& value) {
    const ChartKindKeys& kind = keys_of(made_.kind);
    SLUICE_ASSIGN(made_.options,
                  Options::validate(kind.options, value, "'" + kind.name + "' of " + subject_));
    for (const ChartKindKeys::Column& column : kind.columns) {
      if (!made_.options.has(column.option)) continue;
      const ConfigValue& names = made_.options.value(column.option);
      if (names.shape() == Shape::kScalar) {
        made_.columns.push_back({names.text(), names.location(), column.option, column.need});
      }
      for (const ConfigValue& name : names.items()) {
        made_.columns.push_back({name.text(), name.location(), column.option, column.need});
      }
      if (names.shape() == Shape::kList && names.items().empty()) {
        return names.error("'" + column.option + "' of " + subject_ + " names no column");
      }
    }
    if (made_.kind == ChartKind::kTable) return table();
    if (made_.kind == ChartKind::kMap && made_.options.has("box")) return box();
    if (made_.kind == ChartKind::kBar && made_.options.has("sort")) return bar_order();
    if (made_.kind == ChartKind::kGauge) return ends();
    return {};
  }

  Status table() {
    if (made_.options.has("columns")) {
      const ConfigValue& columns = made_.options.value("columns");
      if (columns.shape() != Shape::kMap && columns.shape() != Shape::kList) {
        return columns.error("'columns' of " + subject_ +
                             " must be a list such as [site, kw] or a map such as {kw: {digits: "
                             "1}}");
      }
      for (const ConfigValue& item : columns.items()) {
        if (item.shape() != Shape::kScalar) {
          return item.error("'columns' of " + subject_ + " has the names of columns, such as kw");
        }
        SLUICE_TRY(table_column({item.text(), item.location(), "columns", ColumnNeed::kAny},
                                ConfigValue::null(item.location())));
      }
      for (const Entry& entry : columns.entries()) {
        SLUICE_TRY(table_column({entry.key, entry.key_location, "columns", ColumnNeed::kAny},
                                entry.value));
      }
    }
    if (!made_.options.has("sort")) return {};
    const ConfigValue& sort = made_.options.value("sort");
    const std::string& name = sort.text();
    made_.columns.push_back(
        {name.starts_with('-') ? name.substr(1) : name, sort.location(), "sort", ColumnNeed::kAny});
    return {};
  }

  Status table_column(ChartColumn column, const ConfigValue& given) {
    const std::string subject = "column '" + column.name + "' of " + subject_;
    ChartTableColumn made;
    SLUICE_ASSIGN(made.options, Options::validate(chart_column_keys(), given, subject));
    if (made.options.has("thresholds")) {
      SLUICE_ASSIGN(made.thresholds, read_thresholds(made.options.value("thresholds"), subject));
    }
    made_.columns.push_back(column);
    made.column = std::move(column);
    made_.table_columns.push_back(std::move(made));
    return {};
  }

  Status box() const {
    const ConfigValue& box = made_.options.value("box");
    std::vector<double> sides;
    for (const ConfigValue& item : box.items()) {
      const auto side =
          item.shape() == Shape::kScalar ? number_in(item.text()) : std::optional<double>();
      if (side) sides.push_back(*side);
    }
    const bool fits = sides.size() == 4 && box.items().size() == 4 && sides[0] < sides[2] &&
                      sides[1] < sides[3] && sides[0] >= -90 && sides[2] <= 90 &&
                      sides[1] >= -180 && sides[3] <= 180;
    if (fits) return {};
    return box.error("'box' of " + subject_ +
                     " must be [south, west, north, east] in degrees, such as [47, 5, 55, 15]");
  }

  Status bar_order() const {
    const ConfigValue& sort = made_.options.value("sort");
    if (sort.text() == "none" || sort.text() == made_.options.text("x")) return {};
    return sort.error("'sort' of " + subject_ +
                      " can be none, which keeps the order of the rows; leave it out for the "
                      "longest bar first");
  }

  Status ends() const {
    if (made_.options.number("min") < made_.options.number("max")) return {};
    const char* at = made_.options.has("max") ? "max" : "min";
    return made_.options.value(at).error("'min' of " + subject_ + " must be less than its 'max'");
  }

  const Entry& entry_;
  const SourceText& source_;
  const FindTable& find_table_;
  const std::string subject_;
  ChartEntry made_;
};

}  // namespace

std::vector<std::string> ChartEntry::columns_of(std::string_view option) const {
  std::vector<std::string> names;
  for (const ChartColumn& column : columns) {
    if (column.option == option) names.push_back(column.name);
  }
  return names;
}

std::string ChartEntry::column_of(std::string_view option) const {
  const auto found = std::ranges::find(columns, option, &ChartColumn::option);
  return found == columns.end() ? "" : found->name;
}

Result<ChartEntry> read_chart(const ConfigValue::Entry& entry, const SourceText& source,
                              const FindTable& find_table) {
  return ChartReader(entry, source, find_table).read();
}

namespace {

Result<PageEntry> read_page(const Options& options) {
  PageEntry made;
  if (!options.has("listen")) {
    for (const char* key : {"token_file", "certificate", "key", "plain", "hosts"}) {
      if (!options.has(key)) continue;
      return options.value(key).error("'" + std::string(key) +
                                      "' of 'ui' says how the page is served, and nothing says "
                                      "where; add listen: 127.0.0.1:8484");
    }
    return made;
  }
  const auto text = [&](const char* key) { return options.has(key) ? options.text(key) : ""; };
  made.address = options.text("listen");
  made.location = options.value("listen").location();
  if (made.address.empty()) {
    return options.value("listen").error(
        "'listen' of 'ui' is empty; write an address and a port, such as 127.0.0.1:8484");
  }
  made.token_file = text("token_file");
  made.certificate = text("certificate");
  made.key = text("key");
  if (made.certificate.empty() != made.key.empty()) {
    const char* const given = made.key.empty() ? "certificate" : "key";
    return options.value(given).error("'certificate' and 'key' of 'ui' belong together; add '" +
                                      std::string(made.key.empty() ? "key" : "certificate") + "'");
  }
  made.plain = options.has("plain") && options.boolean("plain");
  if (options.has("hosts")) made.hosts = options.text_list("hosts");
  return made;
}

}  // namespace

Result<UiEntry> read_ui(const ConfigValue& value) {
  SLUICE_ASSIGN(const Options options, Options::validate(ui_keys(), value, "'ui'"));
  UiEntry made;
  SLUICE_ASSIGN(made.page, read_page(options));
  made.range_us = options.integer("range");
  if (!options.has("filters")) return made;
  const ConfigValue& filters = options.value("filters");
  if (filters.shape() == Shape::kScalar) {
    made.filters.push_back({filters.text(), filters.location(), "filters", ColumnNeed::kAny});
  }
  for (const ConfigValue& item : filters.items()) {
    made.filters.push_back({item.text(), item.location(), "filters", ColumnNeed::kAny});
  }
  return made;
}

}  // namespace sluice::config
