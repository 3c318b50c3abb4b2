#include "charts/chart_json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/csv_text.h"
#include "base/quantity_text.h"
#include "base/timestamp_text.h"
#include "charts/histogram.h"
#include "charts/thinning.h"

namespace sluice::charts {
namespace {

using config::ChartEntry;
using config::ChartKind;
using config::ChartThreshold;
using ValueKind = Values::Kind;

/// Beyond it JSON's numbers are not exact for everybody.
constexpr std::int64_t kExactMax = std::int64_t{1} << 53;

OrderedJson thresholds_json(const std::vector<ChartThreshold>& thresholds) {
  OrderedJson list = OrderedJson::array();
  for (const ChartThreshold& threshold : thresholds) {
    OrderedJson item = {{"at", threshold.at}, {"tone", threshold.tone}};
    if (!threshold.label.empty()) item["label"] = threshold.label;
    list.push_back(std::move(item));
  }
  return list;
}

OrderedJson option_json(const OptionSpec& spec, const Options& options) {
  switch (spec.type) {
    case OptionType::kBoolean:
      return options.boolean(spec.name);
    case OptionType::kInteger:
      return options.integer(spec.name);
    case OptionType::kDouble:
      return options.number(spec.name);
    case OptionType::kDuration:
      return duration_option_text(options.integer(spec.name));
    case OptionType::kTextList:
      return options.text_list(spec.name);
    default:
      return options.text(spec.name);
  }
}

OrderedJson table_columns_json(const ChartEntry& entry) {
  OrderedJson columns = OrderedJson::object();
  for (const config::ChartTableColumn& column : entry.table_columns) {
    OrderedJson& item = columns[column.column.name] = OrderedJson::object();
    for (const OptionSpec& spec : config::chart_column_keys()) {
      if (spec.type == OptionType::kAny || !column.options.has(spec.name)) continue;
      item[spec.name] = option_json(spec, column.options);
    }
    if (!column.thresholds.empty()) item["thresholds"] = thresholds_json(column.thresholds);
  }
  return columns;
}

OrderedJson options_json(const ChartEntry& entry) {
  OrderedJson json = OrderedJson::object();
  for (const OptionSpec& spec : config::keys_of(entry.kind).options) {
    if (!entry.options.has(spec.name)) continue;
    if (spec.type != OptionType::kAny) {
      json[spec.name] = option_json(spec, entry.options);
    } else if (spec.name == "columns") {
      json[spec.name] = table_columns_json(entry);
    } else {
      OrderedJson& list = json[spec.name] = OrderedJson::array();
      for (const ConfigValue& side : entry.options.value(spec.name).items()) {
        list.push_back(std::stod(side.text()));
      }
    }
  }
  return json;
}

void append_escaped(std::string& out, std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

template <class Number>
void append_number(std::string& out, Number value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void append_value(std::string& out, const Values& values, ColumnType type, std::size_t row) {
  switch (values.kind(row)) {
    case ValueKind::kNull:
      out += "null";
      return;
    case ValueKind::kReal: {
      const double value = values.real(row);
      if (std::isfinite(value)) {
        append_number(out, value);
      } else {
        out += "null";
      }
      return;
    }
    case ValueKind::kInteger: {
      const std::int64_t value = values.integer(row);
      if (type == ColumnType::kBool) {
        out += value != 0 ? "true" : "false";
      } else if (value > kExactMax || value < -kExactMax) {
        out += '"';
        append_number(out, value);
        out += '"';
      } else {
        append_number(out, value);
      }
      return;
    }
    case ValueKind::kText:
      append_escaped(out, values.text(row));
      return;
  }
}

void append_columns(std::string& out, const std::vector<Column>& columns) {
  out += "\"columns\":[";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    out += i > 0 ? ",{\"name\":" : "{\"name\":";
    append_escaped(out, columns[i].name);
    out += ",\"type\":\"";
    out += column_type_name(columns[i].type);
    out += "\"}";
  }
  out += ']';
}

void append_data(std::string& out, const Rows& rows) {
  out += "\"data\":[";
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    out += i > 0 ? ",[" : "[";
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (row > 0) out += ',';
      append_value(out, rows.values[i], rows.columns[i].type, row);
    }
    out += ']';
  }
  out += ']';
}

/// The rows as a page gets them.
Rows page_rows(const ChartSpec& spec, std::span<const SharedRows> rows) {
  if (spec.entry->kind != ChartKind::kHistogram) return joined(spec, rows);
  const SharedRows kept = std::make_shared<const Rows>(joined(spec, rows));
  return histogram_rows(spec, {&kept, 1});
}

/// "15 minutes"
std::string in_words(std::int64_t milliseconds) {
  const std::int64_t seconds = milliseconds / 1000;
  if (seconds % 3600 == 0) return counted(seconds / 3600, "hour", "hours");
  if (seconds % 60 == 0) return counted(seconds / 60, "minute", "minutes");
  return counted(seconds, "second", "seconds");
}

std::string none_text(const ChartFacts& facts) {
  if (facts.spec == nullptr || !facts.state->is_looked) return "no batch has run yet";
  if (facts.spec->keeping == Keeping::kResult) return "the query gives no rows";
  if (facts.spec->range_ms == 0) return "no rows yet";
  return "no rows in the last " + in_words(facts.spec->range_ms);
}

void append_cell(std::string& out, const Values& values, ColumnType type, std::size_t row) {
  std::string cell;
  bool is_foreign = false;
  switch (values.kind(row)) {
    case ValueKind::kNull:
      return;
    case ValueKind::kReal:
      if (!std::isfinite(values.real(row))) return;
      append_number(cell, values.real(row));
      break;
    case ValueKind::kInteger:
      if (type == ColumnType::kTime) {
        cell = iso_time_text(values.integer(row) * 1000);
      } else if (type == ColumnType::kBool) {
        cell = values.integer(row) != 0 ? "true" : "false";
      } else {
        append_number(cell, values.integer(row));
      }
      break;
    case ValueKind::kText:
      cell = values.text(row);
      is_foreign = type == ColumnType::kText;
      break;
  }
  if (is_foreign && !cell.empty() &&
      std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos) {
    cell.insert(cell.begin(), '\'');
  }
  append_csv_field(out, cell);
}

}  // namespace

OrderedJson chart_json(const ChartEntry& entry, const ChartSpec* spec) {
  OrderedJson json;
  json["id"] = entry.name;
  json["title"] = entry.title;
  json["tab"] = entry.tab;
  json["kind"] = config::chart_kind_name(entry.kind);
  for (const char* name : {"help", "unit"}) {
    if (entry.look.has(name)) json[name] = entry.look.text(name);
  }
  if (entry.look.has("digits")) json["digits"] = entry.look.integer("digits");
  json["width"] = entry.width;
  if (entry.look.has("height")) json["height"] = entry.look.integer("height");
  if (spec != nullptr && spec->range_ms > 0) json["range_ms"] = spec->range_ms;
  json["thresholds"] = thresholds_json(entry.thresholds);
  if (entry.kind == ChartKind::kMarkdown) {
    json["options"] = OrderedJson::object();
    json["markdown"] = entry.markdown;
    return json;
  }
  if (entry.look.has("sql")) {
    json["sql"] = entry.sql;
  } else {
    json["from"] = entry.from.text();
  }
  json["options"] = options_json(entry);
  const bool along_time =
      spec != nullptr && spec->x && spec->columns[*spec->x].type == ColumnType::kTime;
  if (entry.kind == ChartKind::kScatter && along_time) json["options"]["time"] = true;
  return json;
}

std::string news_json(const ChartFacts& facts) {
  std::string out = "{\"pipeline\":";
  append_escaped(out, facts.pipeline);
  out += ",\"chart\":";
  append_escaped(out, facts.chart);
  out += facts.appends ? R"(,"mode":"append")" : R"(,"mode":"replace")";
  out += ",\"key\":1,\"at\":";
  append_number(out, facts.state->at_ms);
  out += ',';
  if (facts.state->error) {
    const ChartError& error = *facts.state->error;
    out += "\"columns\":[],\"data\":[],\"error\":{\"message\":";
    append_escaped(out, error.message);
    if (error.line > 0) out += ",\"line\":" + std::to_string(error.line);
    if (error.line > 0 && error.column > 0) out += ",\"column\":" + std::to_string(error.column);
    return out + "}}";
  }
  const Rows rows = facts.spec == nullptr ? Rows() : page_rows(*facts.spec, facts.rows);
  append_columns(out, rows.columns);
  out += ',';
  append_data(out, rows);
  if (facts.state->total) out += ",\"total\":" + std::to_string(*facts.state->total);
  if (facts.state->truncated) out += ",\"truncated\":true";
  if (rows.size() == 0 && !facts.appends) {
    out += ",\"none\":";
    append_escaped(out, none_text(facts));
  }
  return out + '}';
}

std::string chart_csv(const ChartSpec* spec, std::span<const SharedRows> blocks) {
  if (spec == nullptr) return "";
  const Rows rows = page_rows(*spec, blocks);
  std::string out;
  Values names;
  for (const Column& column : rows.columns) names.add_text(column.name);
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    if (i > 0) out += ',';
    append_cell(out, names, ColumnType::kText, i);
  }
  out += "\r\n";
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t i = 0; i < rows.columns.size(); ++i) {
      if (i > 0) out += ',';
      append_cell(out, rows.values[i], rows.columns[i].type, row);
    }
    out += "\r\n";
  }
  return out;
}

}  // namespace sluice::charts
