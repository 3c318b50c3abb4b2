#include "config/alert_entry.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/list_text.h"
#include "base/nearest.h"
#include "config/alert_keys.h"
#include "config/names.h"

namespace sluice::config {
namespace {

using Shape = ConfigValue::Shape;
using Entry = ConfigValue::Entry;

bool is_alert_name(const std::string& name) {
  return !name.empty() && name.size() <= kNameBytesMax &&
         std::ranges::all_of(name, [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
         });
}

Status check_alert_name(const Entry& entry, const std::string& what) {
  if (is_alert_name(entry.key)) return {};
  return ConfigValue::null(entry.key_location)
      .error(what + " cannot be called '" + entry.key + "'; use letters, digits, '_', '-' and '.'");
}

Result<SqlEntry> read_sql(const Options& options, const std::string& key,
                          const std::string& subject, const SourceText& source) {
  if (!options.has(key)) return SqlEntry();
  const ConfigValue& value = options.value(key);
  if (value.text().find_first_not_of(" \t\r\n") == std::string::npos) {
    return value.error("'" + key + "' of " + subject + " is empty; it is a SELECT");
  }
  return read_sql(value, source);
}

std::optional<double> number_of(std::string text) {
  std::erase(text, '_');
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = problem == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(number) && number >= 0 ? std::optional(number) : std::nullopt;
}

Status read_lag(const ConfigValue& value, const std::string& subject, AlertEntry& made) {
  if (const auto number = number_of(value.text())) {
    made.limit = *number;
    return {};
  }
  const auto micros = parse_duration_micros(value.text());
  if (!micros) {
    return value.error("'lag' of " + subject + " is a number of records, such as 10000, or a " +
                       "duration, such as 5m, not '" + value.text() + "'");
  }
  made.limit = static_cast<double>(*micros);
  made.is_duration = true;
  return {};
}

Status read_dead_letters(const ConfigValue& value, const std::string& subject, AlertEntry& made) {
  std::string text = value.text();
  made.is_percent = text.ends_with('%');
  if (made.is_percent) text.pop_back();
  while (text.ends_with(' ')) text.pop_back();
  const auto number = number_of(text);
  if (!number || (made.is_percent && *number >= 100)) {
    return value.error("'dead_letters' of " + subject +
                       " is a part of the records below 100 %, such as 1 %, or a number of them a "
                       "minute, not '" +
                       value.text() + "'");
  }
  made.limit = *number;
  return {};
}

Status read_batch_duration(const ConfigValue& value, const std::string& subject, AlertEntry& made) {
  made.is_by_trigger = value.text() == "trigger";
  if (made.is_by_trigger) return {};
  const auto micros = parse_duration_micros(value.text());
  if (!micros || *micros <= 0) {
    return value.error("'batch_longer_than' of " + subject +
                       " is a duration, such as 30s, or trigger, not '" + value.text() + "'");
  }
  made.limit = static_cast<double>(*micros);
  return {};
}

Status read_condition(const Options& options, const std::string& subject, const SourceText& source,
                      AlertEntry& made) {
  const ConfigValue& value = options.value(made.condition);
  if (made.condition == "when") {
    SLUICE_ASSIGN(made.when, read_sql(options, "when", subject, source));
  } else if (made.condition == "lag") {
    return read_lag(value, subject, made);
  } else if (made.condition == "dead_letters") {
    return read_dead_letters(value, subject, made);
  } else if (made.condition == "batch_longer_than") {
    return read_batch_duration(value, subject, made);
  } else if (made.condition == "failed") {
    if (!options.boolean("failed")) {
      return value.error("'failed' of " + subject + " can only be true; or remove the alert");
    }
  } else {
    made.limit = static_cast<double>(options.integer(made.condition));
  }
  return {};
}

/// What goes with only some of the conditions.
Status check_company(const Options& options, const std::string& subject, const AlertEntry& made) {
  const auto belongs = [&](const char* key, std::initializer_list<const char*> to) -> Status {
    if (!options.has(key)) return {};
    std::vector<std::string> names(to.begin(), to.end());
    if (std::ranges::find(names, made.condition) != names.end()) return {};
    return options.value(key).error("'" + std::string(key) + "' of " + subject + " belongs to " +
                                    joined(names) + ", not to " + made.condition + "; remove it");
  };
  for (const char* key : {"key", "clear_when", "every", "group_by"}) {
    SLUICE_TRY(belongs(key, {"when"}));
  }
  SLUICE_TRY(belongs("source", {"lag", "no_data", "dead_letters"}));
  if (made.condition == "failed" && options.integer("for") > 0) {
    return options.value("for").error("'for' of " + subject +
                                      " does not go with failed: nothing is left that could wait");
  }
  return {};
}

Result<AlertEntry> read_alert(const Entry& entry, const SourceText& source) {
  SLUICE_TRY(check_alert_name(entry, "an alert"));
  const std::string subject = "alert '" + entry.key + "'";
  AlertEntry made;
  made.name = entry.key;
  made.location = entry.key_location;
  if (entry.value.shape() != Shape::kMap) {
    return ConfigValue::null(entry.key_location)
        .error(subject + " must be a map such as {when: SELECT ..., to: ops}");
  }
  SLUICE_ASSIGN(made.options, Options::validate(alert_keys(), entry.value, subject));
  for (const std::string& condition : alert_conditions()) {
    if (!made.options.has(condition)) continue;
    if (!made.condition.empty()) {
      return made.options.value(condition).error(subject + " has both '" + made.condition +
                                                 "' and '" + condition +
                                                 "'; keep one of the two, or make two alerts");
    }
    made.condition = condition;
  }
  if (made.condition.empty()) {
    return ConfigValue::null(entry.key_location)
        .error(subject + " watches nothing; add one of: " + joined(alert_conditions()));
  }
  SLUICE_TRY(read_condition(made.options, subject, source, made));
  SLUICE_ASSIGN(made.clear_when, read_sql(made.options, "clear_when", subject, source));
  SLUICE_TRY(check_company(made.options, subject, made));
  return made;
}

Result<ReceiverEntry> read_receiver(const Entry& entry, const std::vector<std::string>& kinds) {
  SLUICE_TRY(check_alert_name(entry, "a receiver"));
  const std::string subject = "receiver '" + entry.key + "'";
  const ConfigValue& value = entry.value;
  // `ops: log` is short for `ops: {log: {}}`.
  if (value.shape() == Shape::kScalar && value.text() == "log") {
    return ReceiverEntry{entry.key, "log", ConfigValue::null(value.location()), value.location()};
  }
  if (value.shape() != Shape::kMap || value.entries().size() != 1) {
    return ConfigValue::null(entry.key_location)
        .error(subject + " must be one of " + joined(kinds) +
               " with its options, such as {webhook: {url: ...}}");
  }
  const Entry& kind = value.entries().front();
  if (std::ranges::find(kinds, kind.key) == kinds.end()) {
    const std::string guess = did_you_mean(kind.key, kinds);
    return ConfigValue::null(kind.key_location)
        .error(subject + ": there is no kind '" + kind.key + "'" +
               (guess.empty() ? "; there are: " + joined(kinds) : guess));
  }
  return ReceiverEntry{entry.key, kind.key, kind.value, kind.key_location};
}

Status check_alert_names(const AlertEntry& alert, const std::vector<ReceiverEntry>& receivers,
                         const std::vector<std::string>& sources) {
  std::vector<std::string> names = {"log"};
  for (const ReceiverEntry& receiver : receivers) names.push_back(receiver.name);
  const auto check = [&](const ConfigValue& value) -> Status {
    if (std::ranges::find(names, value.text()) != names.end()) return {};
    const std::string guess = did_you_mean(value.text(), names);
    return value.error("alert '" + alert.name + "' goes to '" + value.text() +
                       "', which 'notify' does not have" +
                       (guess.empty() ? "; it has: " + joined(names) : guess));
  };
  const ConfigValue& to = alert.options.value("to");
  if (to.shape() == Shape::kScalar) SLUICE_TRY(check(to));
  for (const ConfigValue& item : to.items()) SLUICE_TRY(check(item));
  if (!alert.options.has("source")) return {};
  const ConfigValue& source = alert.options.value("source");
  if (std::ranges::find(sources, source.text()) != sources.end()) return {};
  return source.error("alert '" + alert.name + "' is about the source '" + source.text() +
                      "', which is not there" + did_you_mean(source.text(), sources));
}

Result<std::vector<Entry>> entries_of(const Options& file, const char* key, const char* what) {
  std::vector<Entry> entries;
  if (!file.has(key)) return entries;
  const ConfigValue& map = file.value(key);
  if (map.shape() != Shape::kMap || map.entries().empty()) {
    return map.error("'" + std::string(key) + "' must be a map of name to " + what +
                     (map.shape() == Shape::kList ? "; write the names without '- '" : ""));
  }
  return map.entries();
}

}  // namespace

Result<AlertEntries> read_alerts(const Options& file, const AlertSurroundings& around) {
  AlertEntries made;
  SLUICE_ASSIGN(const auto receivers, entries_of(file, "notify", "receiver"));
  for (const Entry& entry : receivers) {
    SLUICE_ASSIGN(ReceiverEntry receiver, read_receiver(entry, around.kinds));
    made.receivers.push_back(std::move(receiver));
  }
  SLUICE_ASSIGN(const auto alerts, entries_of(file, "alerts", "alert"));
  for (const Entry& entry : alerts) {
    SLUICE_ASSIGN(AlertEntry alert, read_alert(entry, around.source));
    SLUICE_TRY(check_alert_names(alert, made.receivers, around.sources));
    if (alert.is_by_trigger && !around.has_interval) {
      return alert.options.value("batch_longer_than")
          .error("'batch_longer_than: trigger' of alert '" + alert.name +
                 "' needs trigger: {every: ...}; write a duration, such as 30s");
    }
    made.alerts.push_back(std::move(alert));
  }
  return made;
}

}  // namespace sluice::config
