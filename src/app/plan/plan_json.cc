#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "app/composition/composition.h"
#include "app/pipeline/pipeline_content.h"
#include "app/pipeline/plan_description.h"
#include "app/plan/options_json.h"
#include "base/border.h"
#include "base/json.h"
#include "config/keys.h"
#include "engine/engine.h"
#include "engine/explained_pipeline.h"
#include "formats/registry.h"
#include "io/s3_settings.h"
#include "sluice/plan.h"
#include "sluice_version.h"
#include "sql/udf/macros.h"

namespace sluice {
namespace {

using app::place_json;

constexpr int kVersion = 1;
/// What a file may have that a plan leaves out.
constexpr std::array<std::string_view, 6> kIgnored = {"alerts",  "backup", "charts",
                                                      "metrics", "notify", "ui"};

OrderedJson columns_json(const data::Schema& schema) {
  OrderedJson list = OrderedJson::array();
  for (const data::Field& field : schema.fields()) {
    list.push_back({{"name", field.name}, {"type", field.type.to_string()}});
  }
  return list;
}

OrderedJson watermark_json(const config::WatermarkEntry& entry) {
  if (entry.column.empty()) return nullptr;
  return {{"column", entry.column},
          {"delay_us", entry.delay_us},
          {"idle_after_us", entry.idle_after_us},
          {"advances_when_idle", entry.advances_when_idle},
          {"at", place_json(entry.location)}};
}

std::string_view view_kind(sql::ViewKind kind) {
  switch (kind) {
    case sql::ViewKind::kStateless:
      return "stateless";
    case sql::ViewKind::kAggregate:
      return "aggregate";
    case sql::ViewKind::kDistinct:
      return "deduplicated";
    case sql::ViewKind::kJoin:
      return "join";
    case sql::ViewKind::kOverResult:
      break;
  }
  return "over_result";
}

OrderedJson trigger_json(const config::TriggerEntry& trigger, TriggerChoice choice) {
  using Kind = config::TriggerEntry::Kind;
  if (choice == TriggerChoice::kOnce) return {{"kind", "once"}};
  if (choice == TriggerChoice::kAvailableNow) return {{"kind", "available_now"}};
  switch (trigger.kind) {
    case Kind::kEvery:
      return {{"kind", "every"}, {"every_us", trigger.every_us}};
    case Kind::kOnce:
      return {{"kind", "once"}};
    case Kind::kAvailableNow:
      return {{"kind", "available_now"}};
    case Kind::kContinuous:
      break;
  }
  return {{"kind", "continuous"}};
}

OrderedJson roll_json(const config::RollEntry& roll) {
  if (roll.rows == 0 && roll.bytes == 0 && roll.every_us == 0) return nullptr;
  return {{"rows", roll.rows}, {"bytes", roll.bytes}, {"every_us", roll.every_us}};
}

class PlanWriter {
 public:
  PlanWriter(const Pipeline& pipeline, const PlanOptions& options)
      : file_(pipeline.content().file),
        parts_(*pipeline.content().parts),
        options_(options),
        table_{file_, options.with_secrets} {}

  Result<std::string> write() {
    SLUICE_TRY(make_plan());
    described_ = parts_.composition.description;
    app::add_plan(described_, parts_.composition.pipeline, plan_);
    OrderedJson made = head();
    made["written"] = written();
    SLUICE_TRY(add_stores(made));
    SLUICE_TRY(add_sources(made["sources"] = OrderedJson::array()));
    SLUICE_TRY(add_tables(made["tables"] = OrderedJson::array()));
    add_functions(made["functions"] = OrderedJson::array());
    add_views(made["views"] = OrderedJson::array());
    SLUICE_TRY(add_sinks(made["sinks"] = OrderedJson::array()));
    OrderedJson& ignored = made["ignored"] = OrderedJson::array();
    for (const std::string_view key : kIgnored) {
      if (file_.tree.find(key) != nullptr) ignored.push_back(key);
    }
    return made.dump(2, ' ', /*ensure_ascii=*/false, OrderedJson::error_handler_t::replace) + "\n";
  }

 private:
  /// With the SQL of views in which the file's own functions have been put in the place of their
  /// calls: nobody else knows them.
  Status make_plan() {
    const engine::Pipeline& pipeline = parts_.composition.pipeline;
    if (pipeline.functions.empty()) {
      SLUICE_ASSIGN(plan_, engine::check_pipeline(pipeline));
      return {};
    }
    const auto look = [&](const engine::ExplainedPipeline&, sql::Session& session) -> Status {
      for (const sql::ViewText& view : pipeline.views) {
        SLUICE_ASSIGN(sql_[view.name], sql::sql_without_macros(session, view));
      }
      return {};
    };
    SLUICE_ASSIGN(engine::ExplainedPipeline explained, engine::explain_pipeline(pipeline, look));
    plan_ = std::move(explained.plan);
    return {};
  }

  const std::string& sql_of(const config::ViewEntry& view) const {
    const auto made = sql_.find(view.name);
    return made == sql_.end() ? view.sql : made->second;
  }

  OrderedJson head() const {
    std::error_code ignored;
    return {{"version", kVersion},
            {"sluice", SLUICE_VERSION},
            {"file", file_.path},
            {"folder", std::filesystem::current_path(ignored).string()},
            {"name", file_.name},
            {"timezone", file_.timezone.empty() ? "UTC" : file_.timezone},
            {"checkpoint", file_.checkpoint},
            {"watermark_policy", file_.greatest_watermark ? "max" : "min"},
            {"trigger", trigger_json(file_.trigger, options_.trigger)}};
  }

  /// Of the file's own keys, what has a ${...}, as it is in the file.
  OrderedJson written() const {
    OrderedJson texts = OrderedJson::object();
    for (const ConfigValue::Entry& entry : file_.tree.entries()) {
      const Location& at = entry.value.location();
      const auto found = file_.written.find({at.line, at.column});
      if (entry.value.shape() != ConfigValue::Shape::kScalar || found == file_.written.end()) {
        continue;
      }
      if (!found->second.is_secret) texts[entry.key] = found->second.text;
    }
    return texts;
  }

  Status add_stores(OrderedJson& made) {
    const ConfigValue* engine = file_.tree.find("engine");
    SLUICE_ASSIGN(made["engine"],
                  table_.of(config::engine_keys(), engine != nullptr ? *engine : ConfigValue()));
    made["s3"] = nullptr;
    if (file_.s3.shape() != ConfigValue::Shape::kNull) {
      SLUICE_ASSIGN(made["s3"], table_.of(io::s3_options(), file_.s3));
    }
    OrderedJson& mounts = made["mounts"] = OrderedJson::array();
    for (const config::MountEntry& mount : file_.mounts) {
      SLUICE_ASSIGN(OrderedJson s3, table_.of(io::s3_mount_options(), mount.s3));
      mounts.push_back({{"name", mount.name}, {"s3", std::move(s3)}});
    }
    return {};
  }

  Result<OrderedJson> kind_json(const std::string& kind, const Location& at,
                                const std::vector<OptionSpec>& specs,
                                const ConfigValue& given) const {
    SLUICE_ASSIGN(const OrderedJson options, table_.of(specs, given));
    OrderedJson made = {{"kind", kind}, {"at", place_json(at)}};
    made.update(options);
    return made;
  }

  Result<OrderedJson> sink_json(const config::KindUse& use) const {
    return kind_json(use.kind, use.location, parts_.registry.sink(use.kind)->options, use.options);
  }

  /// What sources and tables have in common.
  Result<OrderedJson> source_json(const config::SourceEntry& entry,
                                  const data::Schema& columns) const {
    const config::KindUse& use = entry.connector;
    const connector::SourceKind* kind = parts_.registry.source(use.kind);
    const std::vector<OptionSpec>& specs =
        kind != nullptr ? kind->options : parts_.registry.table(use.kind)->options;
    OrderedJson made = {{"name", entry.name}, {"at", place_json(entry.location)}};
    SLUICE_ASSIGN(made["connector"], kind_json(use.kind, use.location, specs, use.options));
    made["format"] = nullptr;
    if (kind != nullptr && !kind->format.empty()) {
      SLUICE_ASSIGN(made["format"],
                    kind_json(kind->format, use.location,
                              formats::find_format(kind->format)->options, use.options));
    } else if (entry.format) {
      SLUICE_ASSIGN(made["format"], kind_json(entry.format->kind, entry.format->location,
                                              formats::find_format(entry.format->kind)->options,
                                              entry.format->options));
    }
    OrderedJson& metadata = made["metadata"] = OrderedJson::array();
    for (const config::MetadataColumn& column : entry.metadata) {
      metadata.push_back({{"name", column.name}, {"column", column.column}});
    }
    made["columns"] = columns_json(columns);
    return made;
  }

  Status add_sources(OrderedJson& list) const {
    for (const config::SourceEntry& entry : file_.sources) {
      SLUICE_ASSIGN(OrderedJson made, source_json(entry, plan_.sources.at(entry.name)));
      made["watermark"] = watermark_json(entry.watermark);
      made["dead_letter"] = nullptr;
      if (entry.dead_letter) {
        SLUICE_ASSIGN(made["dead_letter"], sink_json(*entry.dead_letter));
      }
      list.push_back(std::move(made));
    }
    return {};
  }

  Status add_tables(OrderedJson& list) const {
    for (const config::TableEntry& entry : file_.tables) {
      SLUICE_ASSIGN(OrderedJson made,
                    source_json(entry.source, plan_.tables.at(entry.source.name)));
      made["refresh_us"] = entry.refresh_us;
      made["latest_by_key"] = entry.latest_by_key;
      list.push_back(std::move(made));
    }
    return {};
  }

  /// Those that are not SQL: an expression is where it is called.
  void add_functions(OrderedJson& list) const {
    for (const sql::UserFunction& function : parts_.composition.pipeline.functions) {
      using Language = sql::UserFunction::Language;
      if (function.language == Language::kSql) continue;
      OrderedJson arguments = OrderedJson::array();
      for (const sql::UserFunction::Argument& argument : function.arguments) {
        arguments.push_back({{"name", argument.name}, {"type", argument.type->to_string()}});
      }
      list.push_back(
          {{"name", function.name},
           {"at", OrderedJson::array({function.location.line, function.location.column})},
           {"language", function.language == Language::kPython ? "python" : "library"},
           {"file", function.file},
           {"function", function.calls},
           {"arguments", std::move(arguments)},
           {"returns", function.returns->to_string()}});
    }
  }

  void add_views(OrderedJson& list) const {
    for (const sql::ViewPlan& view : plan_.views) {
      const auto entry = std::ranges::find(file_.views, view.name, &config::ViewEntry::name);
      if (entry == file_.views.end()) continue;  // the planner's own
      const auto part = std::ranges::find(described_.views, view.name, &PartDescription::name);
      OrderedJson made = {{"name", view.name},
                          {"at", place_json(entry->location)},
                          {"sql", sql_of(*entry)},
                          {"sql_at", place_json(entry->sql_location)},
                          {"columns", columns_json(view.schema)},
                          {"kind", view_kind(view.kind)},
                          {"stream", plan_.streams.contains(view.name)},
                          {"has_state", part->has_state},
                          {"reads", part->reads},
                          {"deduplicate", nullptr},
                          {"watermark", watermark_json(entry->watermark)},
                          {"late_to", nullptr}};
      if (!entry->late_to.key.empty()) made["late_to"] = entry->late_to.key;
      if (entry->deduplicate) {
        OrderedJson by = OrderedJson::array();
        for (const auto& column : entry->deduplicate->by) by.push_back(column.name);
        made["deduplicate"] = {{"by", std::move(by)}, {"within_us", nullptr}};
        if (entry->deduplicate->within_us) {
          made["deduplicate"]["within_us"] = *entry->deduplicate->within_us;
        }
      }
      list.push_back(std::move(made));
    }
  }

  Status add_sinks(OrderedJson& list) const {
    for (const config::SinkEntry& entry : file_.sinks) {
      OrderedJson made = {{"name", entry.name},
                          {"at", place_json(entry.location)},
                          {"from", entry.from},
                          {"mode", connector::output_mode_name(entry.mode)},
                          {"key", entry.upsert.columns},
                          {"order_by", entry.upsert.order_by},
                          {"leave_out", entry.upsert.leave_out},
                          {"delete_when", nullptr},
                          {"roll", roll_json(entry.roll)}};
      if (!entry.delete_when.empty()) made["delete_when"] = entry.delete_when;
      SLUICE_ASSIGN(made["connector"], sink_json(entry.connector));
      list.push_back(std::move(made));
    }
    return {};
  }

  const config::PipelineFile& file_;
  const app::Runnable& parts_;
  const PlanOptions options_;
  const app::OptionsJson table_;
  sql::Plan plan_;
  std::map<std::string, std::string> sql_;  ///< of views that call functions of the file's, by name
  PipelineDescription described_;
};

}  // namespace

Result<std::string> plan_json(const Pipeline& pipeline, const PlanOptions& options) {
  return at_border("plan the pipeline", [&] { return PlanWriter(pipeline, options).write(); });
}

}  // namespace sluice
