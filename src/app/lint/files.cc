#include <algorithm>
#include <array>

#include "app/lint/reviewed.h"
#include "base/quantity_text.h"

namespace sluice::app {
namespace {

constexpr std::int64_t kShortTriggerUs = 30'000'000;
constexpr std::int64_t kDayUs = 86'400'000'000;

bool writes_files(const config::SinkEntry& sink) {
  static constexpr std::array<std::string_view, 4> kKinds = {"parquet", "csv", "json_lines",
                                                             "delta"};
  return std::ranges::find(kKinds, sink.connector.kind) != kKinds.end();
}

/// A delta sink puts its own small files together, unless it is not to.
bool compacts(const config::SinkEntry& sink) {
  if (sink.connector.kind != "delta") return false;
  const ConfigValue* compact = sink.connector.options.find("compact");
  return compact == nullptr || compact->text() != "false";
}

void small_files(const Reviewed& reviewed, const config::SinkEntry& sink, Findings& findings) {
  using Kind = config::TriggerEntry::Kind;
  const config::TriggerEntry& trigger = reviewed.file().trigger;
  const bool is_short = trigger.kind == Kind::kContinuous ||
                        (trigger.kind == Kind::kEvery && trigger.every_us < kShortTriggerUs);
  const bool rolls = sink.roll.rows > 0 || sink.roll.bytes > 0 || sink.roll.every_us > 0;
  // Mode complete replaces its files.
  const bool replaces = sink.mode == connector::OutputMode::kComplete;
  if (!writes_files(sink) || compacts(sink) || !is_short || rolls || replaces) return;
  if (!reviewed.is_endless(sink.from)) return;
  std::string text = "sink '" + sink.name + "' writes a file in each batch, ";
  if (trigger.kind == Kind::kContinuous) {
    text += "as fast as records come";
  } else {
    text += "every " + duration_option_text(trigger.every_us) + ": up to " +
            std::to_string(kDayUs / std::max<std::int64_t>(trigger.every_us, 1)) + " a day";
  }
  findings.push_back({"LINT_SMALL_FILES", sink.location, std::move(text)});
}

/// Why the column has nearly as many values as there are rows; "": it need not have.
std::string why_many(const std::string& column, const data::Type& type) {
  static constexpr std::array<std::string_view, 10> kCoarse = {
      "hour", "day", "date", "week", "month", "quarter", "year", "hours", "days", "minute"};
  const std::vector<std::string> words = words_of(column);
  switch (type.id()) {
    case data::TypeId::kTimestamp:
    case data::TypeId::kTimestampTz:
    case data::TypeId::kTime: {
      const bool is_coarse = std::ranges::any_of(words, [](const std::string& word) {
        return std::ranges::find(kCoarse, word) != kCoarse.end();
      });
      return is_coarse ? "" : "a " + type.to_string();
    }
    case data::TypeId::kUuid:
    case data::TypeId::kReal:
    case data::TypeId::kDouble:
    case data::TypeId::kBlob:
      return "a " + type.to_string();
    default:
      break;
  }
  static constexpr std::array<std::string_view, 12> kIds = {
      "id",         "uuid",     "guid",    "offset",     "order id",       "event id",
      "message id", "trace id", "span id", "request id", "transaction id", "invoice id"};
  std::string name;
  for (const std::string& word : words) name += (name.empty() ? "" : " ") + word;
  return std::ranges::find(kIds, name) == kIds.end() ? "" : "by its name one for each record";
}

void many_partitions(const Reviewed& reviewed, const config::SinkEntry& sink, Findings& findings) {
  const ConfigValue* columns = sink.connector.options.find("partition_by");
  if (columns == nullptr || !writes_files(sink)) return;
  const bool is_one = columns->shape() == ConfigValue::Shape::kScalar;
  for (const ConfigValue& column : is_one ? std::vector<ConfigValue>{*columns} : columns->items()) {
    const auto type = reviewed.column_type(sink.from, column.text());
    const std::string why = type ? why_many(column.text(), *type) : "";
    if (why.empty()) continue;
    findings.push_back({"LINT_MANY_PARTITIONS", column.location(),
                        "sink '" + sink.name + "' makes a folder for each value of '" +
                            column.text() + "', " + why});
  }
}

}  // namespace

void lint_files(const Reviewed& reviewed, Findings& findings) {
  for (const config::SinkEntry& sink : reviewed.file().sinks) {
    small_files(reviewed, sink, findings);
    many_partitions(reviewed, sink, findings);
  }
}

}  // namespace sluice::app
