#include "app/composition/composition.h"

#include <algorithm>
#include <utility>

#include "app/composition/alert_composition.h"
#include "app/composition/secret_text.h"
#include "app/composition/settings.h"
#include "app/composition/source_composition.h"
#include "app/composition/stores.h"
#include "app/notify/receiver_kinds.h"
#include "charts/chart_watcher.h"
#include "connector/path_option.h"
#include "formats/registry.h"
#include "sql/udf/user_function.h"

namespace sluice::connectors {
/// Generated from src/connectors/CMakeLists.txt.
void register_all(connector::Registry& registry);
}  // namespace sluice::connectors

namespace sluice::app {
namespace {

engine::Trigger trigger_of(const config::TriggerEntry& entry) {
  using From = config::TriggerEntry::Kind;
  using To = engine::Trigger::Kind;
  switch (entry.kind) {
    case From::kEvery:
      return {To::kEvery, std::chrono::microseconds(entry.every_us)};
    case From::kOnce:
      return {To::kOnce, {}};
    case From::kAvailableNow:
      return {To::kAvailableNow, {}};
    case From::kContinuous:
      return {To::kContinuous, {}};
  }
  return {};
}

std::string trigger_text(const config::TriggerEntry& entry) {
  using Trigger = config::TriggerEntry::Kind;
  switch (entry.kind) {
    case Trigger::kEvery:
      return entry.every_us % 1'000'000 == 0
                 ? "every " + std::to_string(entry.every_us / 1'000'000) + "s"
                 : "every " + std::to_string(entry.every_us / 1'000) + "ms";
    case Trigger::kOnce:
      return "once";
    case Trigger::kAvailableNow:
      return "available_now";
    case Trigger::kContinuous:
      return "continuous";
  }
  return "";
}

/// Two sinks in one folder would overwrite each other's manifests, and with one transactional id
/// each would take it from the other.
Status refuse_shared_targets(const std::vector<MadeSink>& sinks) {
  for (std::size_t i = 0; i < sinks.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const std::string& exclusive = sinks[i].exclusive;
      if (!exclusive.empty() && exclusive == sinks[j].exclusive) {
        return ConfigValue::null(sinks[i].location)
            .error(sinks[i].subject + " and " + sinks[j].subject + " both have " + exclusive +
                   "; give each its own");
      }
      if (sinks[i].path.empty() || sinks[i].path != sinks[j].path) continue;
      return ConfigValue::null(sinks[i].location)
          .error(sinks[i].subject + " and " + sinks[j].subject + " both write to " + sinks[i].path +
                 "; give each a path of its own");
    }
  }
  return {};
}

sql::ViewText view_text(const config::ViewEntry& entry) {
  sql::ViewText text{entry.name, entry.sql, entry.sql_location};
  if (entry.deduplicate) {
    text.deduplicate.emplace();
    text.deduplicate->within_us = entry.deduplicate->within_us;
    text.deduplicate->location = entry.deduplicate->location;
    for (const auto& column : entry.deduplicate->by) {
      text.deduplicate->by.push_back({column.name, column.location});
    }
  }
  text.late_to = entry.late_to.key;
  text.late_location = entry.late_to.key_location;
  return text;
}

/// The type that `text` names; of what a function that is not SQL's takes or gives, `is_known` says
/// whether there is such.
Result<data::Type> type_of(const config::FunctionEntry& entry, const ConfigValue& text,
                           bool (*is_known)(const data::Type&)) {
  auto type = data::Type::parse(text.text());
  if (!type) return text.error("function '" + entry.name + "': " + type.error().message());
  if (entry.language != "sql" && !is_known(*type)) {
    return text.error("function '" + entry.name + "' is not SQL's, and cannot have a " +
                      type->to_string() + "; there are: " + sql::kArrowTypes);
  }
  return type;
}

Result<sql::UserFunction> user_function(const config::FunctionEntry& entry) {
  sql::UserFunction made;
  made.name = entry.name;
  made.location = entry.location;
  made.sql = entry.sql.sql;
  made.sql_location = entry.sql.location;
  using Language = sql::UserFunction::Language;
  made.language = entry.language == "sql"      ? Language::kSql
                  : entry.language == "python" ? Language::kPython
                                               : Language::kLibrary;
  made.file = entry.file;
  made.calls = entry.calls;
  for (const config::FunctionEntry::Argument& argument : entry.arguments) {
    made.arguments.push_back({argument.name, std::nullopt});
    if (argument.type.shape() != ConfigValue::Shape::kScalar) continue;
    SLUICE_ASSIGN(made.arguments.back().type, type_of(entry, argument.type, sql::is_arrow_type));
  }
  if (entry.returns.shape() == ConfigValue::Shape::kScalar) {
    const bool is_python = made.language == Language::kPython;
    SLUICE_ASSIGN(made.returns, type_of(entry, entry.returns,
                                        is_python ? sql::is_arrow_type : sql::is_given_type));
  }
  return made;
}

class Composer {
 public:
  Composer(const config::PipelineFile& file, const Parts& parts) : file_(file), parts_(parts) {}

  Result<Composition> compose() {
    engine::Pipeline& pipeline = made_.pipeline;
    pipeline.name = made_.description.name = file_.name;
    pipeline.shard = file_.shard;
    pipeline.checkpoint = made_.description.checkpoint = file_.checkpoint;
    pipeline.trigger = trigger_of(file_.trigger);
    made_.description.trigger = trigger_text(file_.trigger);
    if (file_.greatest_watermark) pipeline.watermark_policy = engine::WatermarkPolicy::kMax;
    pipeline.time_zone = file_.timezone;
    pipeline.time_zone_location = file_.timezone_location;
    const Limits limits = limits_of(file_);
    pipeline.threads = limits.threads;
    pipeline.memory_limit = limits.memory_bytes;
    pipeline.retries_max = static_cast<int>(file_.engine.integer("retries"));
    pipeline.backoff_max = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::microseconds(file_.engine.integer("retry_pause_max")));
    if (file_.backup) {
      engine::BackupPart& backup = pipeline.backup.emplace();
      SLUICE_ASSIGN(backup.to, connector::path_option(*file_.backup, "to", parts_.files));
      if (file_.shard) backup.to = io::join_path(backup.to, file_.shard->name());
      backup.every = file_.backup->integer("every");
      backup.keep = static_cast<int>(file_.backup->integer("keep"));
    }
    for (const config::SourceEntry& entry : file_.sources) SLUICE_TRY(add_source(entry));
    for (const config::TableEntry& entry : file_.tables) SLUICE_TRY(add_table(entry));
    for (const config::FunctionEntry& entry : file_.functions) {
      SLUICE_ASSIGN(sql::UserFunction function, user_function(entry));
      pipeline.functions.push_back(std::move(function));
    }
    for (const config::ViewEntry& entry : file_.views) {
      pipeline.views.push_back(view_text(entry));
      if (!entry.watermark.column.empty()) {
        pipeline.view_watermarks[entry.name] = watermark_part(entry.watermark);
      }
    }
    for (const config::SinkEntry& entry : file_.sinks) SLUICE_TRY(add_sink(entry));
    SLUICE_TRY(add_alerts());
    SLUICE_TRY(refuse_shared_targets(sinks_));
    if (!file_.charts.empty()) {
      pipeline.watchers.push_back(
          std::make_unique<charts::ChartWatcher>(chart_entries(file_), file_.ui, parts_.charts));
    }
    const config::PageEntry& page = file_.ui.page;
    made_.description.page = {page.address, page.token_file, page.certificate,         page.key,
                              page.plain,   page.hosts,      page.location.to_string()};
    SLUICE_ASSIGN(auto stores, store_secrets(file_));
    std::ranges::move(stores, std::back_inserter(secrets_));
    pipeline.sql_variables = file_.sql_variables;
    pipeline.text = made_.description.text = without_secrets(file_.text, secrets_);
    made_.description.settings = settings_of(file_, parts_.registry, secrets_);
    if (pipeline.trigger.kind == engine::Trigger::Kind::kEvery) {
      made_.description.every_us = pipeline.trigger.every.count();
    }
    return std::move(made_);
  }

 private:
  Status add_source(const config::SourceEntry& entry) {
    SLUICE_ASSIGN(MadeSource source, make_source(entry, file_, parts_));
    SLUICE_ASSIGN(MadeSink dead_letter, make_dead_letter(entry, file_, parts_));
    PartDescription description;
    description.name = entry.name;
    description.kind = entry.connector.kind;
    if (entry.format) description.kind += ", " + entry.format->kind;
    if (source.part.decoder != nullptr && source.part.on_error == engine::OnError::kDeadLetter) {
      description.dead_letters = dead_letter.place;
    }
    source.part.dead_letter = std::move(dead_letter.sink);
    source.part.dead_letter_promise = dead_letter.promise;
    std::ranges::move(source.secrets, std::back_inserter(secrets_));
    std::ranges::move(dead_letter.secrets, std::back_inserter(secrets_));
    sinks_.push_back(std::move(dead_letter));
    made_.pipeline.sources.push_back(std::move(source.part));
    made_.description.sources.push_back(std::move(description));
    return {};
  }

  Status add_table(const config::TableEntry& entry) {
    SLUICE_ASSIGN(MadeTable table, make_table(entry, file_, parts_));
    PartDescription description;
    description.name = entry.source.name;
    description.kind = entry.source.connector.kind;
    std::ranges::move(table.secrets, std::back_inserter(secrets_));
    made_.pipeline.tables.push_back(std::move(table.part));
    made_.description.tables.push_back(std::move(description));
    return {};
  }

  /// By name, before the sink is made: what else it says of its options matters less.
  Status refuse_upsert(const config::SinkEntry& entry) const {
    using connector::OutputMode;
    const auto upserts = [](const connector::SinkKind& kind) {
      return std::ranges::find(kind.modes, OutputMode::kUpsert) != kind.modes.end();
    };
    if (entry.mode != OutputMode::kUpsert) return {};
    if (upserts(*parts_.registry.sink(entry.connector.kind))) return {};
    std::string able;
    for (const connector::SinkKind* kind : parts_.registry.sinks()) {
      if (upserts(*kind)) able += (able.empty() ? "" : ", ") + kind->name;
    }
    return ConfigValue::null(entry.mode_location)
        .error(
            "sink '" + entry.name + "': " + entry.connector.kind +
            " cannot upsert: it has no rows that a key could find again; sinks that can: " + able);
  }

  Status add_sink(const config::SinkEntry& entry) {
    SLUICE_TRY(refuse_upsert(entry));
    connector::Context context{file_.name,   entry.name,   parts_.clock, parts_.random,
                               parts_.files, parts_.spool, entry.upsert, parts_.rewriter};
    context.shard = file_.shard;
    SLUICE_ASSIGN(MadeSink sink,
                  make_sink(entry.connector, context, "sink '" + entry.name + "'", parts_));
    PartDescription description;
    description.name = entry.name;
    description.kind = entry.connector.kind;
    description.reads = {entry.from};
    description.detail =
        std::string(connector::output_mode_name(entry.mode)) + " from " + entry.from;
    if (!sink.path.empty()) description.detail += " to " + sink.path;
    if (!sink.topic.empty()) description.detail += " to topic " + sink.topic;
    if (sink.promise != connector::Promise::kAtomic) {
      description.promise = connector::promise_name(sink.promise);
    }
    engine::SinkPart part;
    part.name = entry.name;
    part.from = entry.from;
    part.mode = entry.mode;
    part.roll = {entry.roll.rows, entry.roll.bytes, entry.roll.every_us};
    if (part.roll.any() && sink.promise != connector::Promise::kAtomic) {
      return ConfigValue::null(entry.roll.location)
          .error("'roll' of sink '" + entry.name + "' is for sinks that write files, not for " +
                 description.kind);
    }
    part.location = entry.location;
    part.sink = std::move(sink.sink);
    part.promise = sink.promise;
    part.upsert = entry.upsert;
    part.delete_when = {entry.delete_when, entry.delete_when_location};
    std::ranges::move(sink.secrets, std::back_inserter(secrets_));
    sinks_.push_back(std::move(sink));
    made_.pipeline.sinks.push_back(std::move(part));
    made_.description.sinks.push_back(std::move(description));
    return {};
  }

  Status add_alerts() {
    SLUICE_ASSIGN(MadeAlerts alerts, make_alerts(file_, parts_));
    std::ranges::move(alerts.secrets, std::back_inserter(secrets_));
    if (alerts.watcher == nullptr) return {};
    made_.alert_watcher = alerts.watcher.get();
    made_.alert_board = std::move(alerts.board);
    made_.pipeline.watchers.push_back(std::move(alerts.watcher));
    return {};
  }

  const config::PipelineFile& file_;
  const Parts& parts_;
  Composition made_;
  std::vector<MadeSink> sinks_;  // their connectors are moved out
  std::vector<ConfigValue> secrets_;
};

}  // namespace

Limits limits_of(const config::PipelineFile& file) {
  Limits limits;
  limits.threads = static_cast<int>(file.engine.integer("threads"));
  if (file.engine.has("memory_limit")) limits.memory_bytes = file.engine.integer("memory_limit");
  return limits;
}

charts::ChartBoard::Entries chart_entries(const config::PipelineFile& file) {
  charts::ChartBoard::Entries entries;
  for (const config::ChartEntry& entry : file.charts) {
    entries.push_back(std::make_shared<const config::ChartEntry>(entry));
  }
  return entries;
}

sql::DatabaseOptions rewriter_options(const config::PipelineFile& file, const Limits& limits) {
  sql::DatabaseOptions options;
  options.threads = limits.threads;
  options.memory_limit = limits.memory_bytes;
  options.temp_folder = io::join_path(io::join_path(file.checkpoint, "spill"), "rewrite");
  return options;
}

connector::Registry all_connectors() {
  connector::Registry registry;
  connectors::register_all(registry);
  return registry;
}

config::KnownKinds known_kinds(const connector::Registry& registry) {
  config::KnownKinds kinds;
  for (const connector::SourceKind* kind : registry.sources()) kinds.sources.push_back(kind->name);
  for (const connector::TableKind* kind : registry.tables()) kinds.tables.push_back(kind->name);
  for (const connector::SinkKind* kind : registry.sinks()) kinds.sinks.push_back(kind->name);
  for (const formats::FormatKind& kind : formats::all_formats()) {
    if (kind.make) kinds.formats.push_back(kind.name);
  }
  kinds.receivers = receiver_kind_names();
  return kinds;
}

Result<Composition> compose(const config::PipelineFile& file, const Parts& parts) {
  return Composer(file, parts).compose();
}

}  // namespace sluice::app
