#include "app/composition/alert_composition.h"

#include <algorithm>
#include <utility>

#include "alerts/log_receiver.h"
#include "alerts/text_template.h"
#include "app/composition/secret_text.h"
#include "app/notify/receiver_kinds.h"
#include "base/list_text.h"
#include "base/nearest.h"
#include "config/names.h"

namespace sluice::app {
namespace {

using alerts::JobCondition;
using config::AlertEntry;

alerts::Severity severity_of(const std::string& name) {
  if (name == "page") return alerts::Severity::kPage;
  return name == "info" ? alerts::Severity::kInfo : alerts::Severity::kWarn;
}

JobCondition::Of condition_of(const AlertEntry& entry) {
  using Of = JobCondition::Of;
  if (entry.condition == "lag") return entry.is_duration ? Of::kLagTime : Of::kLagRecords;
  if (entry.condition == "freshness") return Of::kFreshness;
  if (entry.condition == "no_data") return Of::kNoData;
  if (entry.condition == "dead_letters") {
    return entry.is_percent ? Of::kDeadLetterPart : Of::kDeadLetters;
  }
  return entry.condition == "failed" ? Of::kFailed : Of::kBatchDuration;
}

/// What the text of a job's condition may name.
std::vector<std::string> names_in_text(JobCondition::Of of) {
  using Of = JobCondition::Of;
  switch (of) {
    case Of::kLagRecords:
    case Of::kLagTime:
      return {"source", "records", "seconds"};
    case Of::kFreshness:
      return {"seconds"};
    case Of::kNoData:
      return {"source", "seconds"};
    case Of::kDeadLetterPart:
    case Of::kDeadLetters:
      return {"source", "count", "percent"};
    case Of::kBatchDuration:
      return {"batch", "seconds"};
    case Of::kFailed:
      return {"error"};
  }
  return {};
}

Status check_text(const AlertEntry& entry, const std::optional<JobCondition>& job) {
  if (!entry.options.has("text")) return {};
  const ConfigValue& value = entry.options.value("text");
  const auto text = alerts::TextTemplate::parse(value.text());
  if (!text) return value.error("'text' of alert '" + entry.name + "': " + text.error().message());
  if (!job) return {};
  const std::vector<std::string> known = names_in_text(job->of);
  for (const std::string& name : text->names()) {
    if (std::ranges::find(known, name) != known.end()) continue;
    const std::string guess = did_you_mean(name, known);
    return value.error("'text' of alert '" + entry.name + "' names '" + name +
                       "', which an alert of " + entry.condition + " does not have" +
                       (guess.empty() ? "; it has: " + joined(known) : guess));
  }
  return {};
}

std::optional<alerts::AlertColumns> columns(const Options& options, const char* name) {
  if (!options.has(name)) return std::nullopt;
  return alerts::AlertColumns{options.text_list(name), options.value(name).location()};
}

Result<alerts::Alert> make_alert(const AlertEntry& entry, const config::PipelineFile& file) {
  const Options& options = entry.options;
  alerts::Alert alert;
  alert.name = entry.name;
  alert.location = entry.location;
  if (options.has("title")) alert.title = options.text("title");
  if (options.has("help")) alert.help = options.text("help");
  alert.severity = severity_of(options.text("severity"));
  alert.when = {entry.when.sql, entry.when.location};
  alert.clear_when = {entry.clear_when.sql, entry.clear_when.location};
  if (entry.condition != "when") {
    JobCondition& job = alert.job.emplace();
    job.of = condition_of(entry);
    job.limit = entry.is_by_trigger ? static_cast<double>(file.trigger.every_us) : entry.limit;
    if (options.has("source")) job.source = options.text("source");
  }
  alert.key = columns(options, "key");
  alert.group_by = columns(options, "group_by");
  if (options.has("text")) {
    alert.text = options.text("text");
    alert.text_location = options.value("text").location();
  }
  SLUICE_TRY(check_text(entry, alert.job));
  const auto micros = [&](const char* name) {
    return options.has(name) ? options.integer(name) : std::int64_t{0};
  };
  alert.every = micros("every");
  alert.for_us = micros("for");
  alert.keep_firing = micros("keep_firing_for");
  alert.repeat = micros("repeat");
  alert.group_wait = micros("group_wait");
  alert.tells_resolved = options.boolean("resolved");
  alert.to = options.text_list("to");
  return alert;
}

Status add_receiver(const config::ReceiverEntry& entry, const config::PipelineFile& file,
                    const Parts& parts, alerts::Receivers& receivers, MadeAlerts& made) {
  const ReceiverKind& kind = *find_receiver_kind(entry.kind);
  const ConfigValue& given = entry.options;
  const bool is_nothing = given.shape() == ConfigValue::Shape::kNull;
  SLUICE_ASSIGN(
      const Options options,
      Options::validate(kind.options, is_nothing ? ConfigValue::null(entry.location) : given,
                        "the " + kind.name + " of receiver '" + entry.name + "'"));
  const connector::Context context{file.name, entry.name, parts.clock, parts.random, parts.files};
  SLUICE_ASSIGN(receivers[entry.name], kind.make(options, context));
  add_secrets(kind.options, options, made.secrets);
  return {};
}

}  // namespace

Result<MadeAlerts> make_alerts(const config::PipelineFile& file, const Parts& parts) {
  MadeAlerts made;
  alerts::Receivers receivers;
  for (const config::ReceiverEntry& entry : file.alerting.receivers) {
    SLUICE_TRY(add_receiver(entry, file, parts, receivers, made));
  }
  // Without alerts, too: whoever has heard of one that is gone must learn that it is over.
  if (file.alerting.alerts.empty() && receivers.empty()) return made;
  if (!receivers.contains("log")) receivers["log"] = std::make_unique<alerts::LogReceiver>();
  std::vector<alerts::Alert> all;
  for (const AlertEntry& entry : file.alerting.alerts) {
    SLUICE_ASSIGN(alerts::Alert alert, make_alert(entry, file));
    all.push_back(std::move(alert));
  }
  made.board = std::make_shared<alerts::Board>(std::move(all));
  std::vector<std::string> sources;
  for (const config::SourceEntry& source : file.sources) sources.push_back(source.name);
  made.watcher =
      std::make_unique<alerts::AlertWatcher>(alerts::WatcherParts{.pipeline = file.name,
                                                                  .sources = std::move(sources),
                                                                  .board = made.board,
                                                                  .receivers = std::move(receivers),
                                                                  .clock = parts.clock,
                                                                  .random = parts.random,
                                                                  .files = parts.files,
                                                                  .folder = file.checkpoint});
  return made;
}

}  // namespace sluice::app
