#include "sluice/pipeline.h"

#include <algorithm>
#include <utility>

#include "app/pipeline/pipeline_content.h"
#include "base/border.h"
#include "engine/engine.h"
#include "engine/warnings.h"

namespace sluice {
namespace {

std::string view_kind_name(sql::ViewKind kind) {
  switch (kind) {
    case sql::ViewKind::kStateless:
      return "stateless";
    case sql::ViewKind::kAggregate:
      return "aggregate";
    case sql::ViewKind::kDistinct:
      return "deduplicated";
    case sql::ViewKind::kJoin:
      return "join of streams";
    case sql::ViewKind::kOverResult:
      return "over the whole result";
  }
  return "";
}

/// What a sink of mode upsert deletes.
std::string deletion_detail(const engine::SinkPart& sink, const sql::Plan& plan) {
  if (sink.mode != connector::OutputMode::kUpsert) return "";
  const sql::ViewPlan* view = plan.find(sink.from);
  std::string what;
  if (view != nullptr && !view->before.empty()) what = "rows that leave the result";
  if (!sink.delete_when.sql.empty()) {
    what += (what.empty() ? "" : " and ") + ("keys of rows with " + sink.delete_when.sql);
  }
  return what.empty() ? "; no row leaves it" : "; deletes " + what;
}

}  // namespace

Pipeline::Pipeline(std::unique_ptr<Content> content) : content_(std::move(content)) {}
Pipeline::Pipeline(Pipeline&&) noexcept = default;
Pipeline& Pipeline::operator=(Pipeline&&) noexcept = default;
Pipeline::~Pipeline() = default;

Result<Pipeline> Pipeline::load(const std::string& path,
                                const std::map<std::string, std::string>& variables,
                                std::set<std::string>* unused) {
  return at_border("load the pipeline", [&]() -> Result<Pipeline> {
    auto content = std::make_unique<Content>();
    content->path = path;
    content->variables = variables;
    const connector::Registry registry = app::all_connectors();
    config::Variables values = config::system_variables(variables);
    values.unused = unused;
    SLUICE_ASSIGN(content->file,
                  config::read_pipeline_file(path, app::known_kinds(registry), values));
    SLUICE_ASSIGN(content->parts, app::make_runnable(content->file, app::limits_of(content->file)));
    return Pipeline(std::move(content));
  });
}

Result<Pipeline> Pipeline::parse(const std::string& text, const std::string& name) {
  return at_border("read the pipeline", [&]() -> Result<Pipeline> {
    auto content = std::make_unique<Content>();
    content->path = name;
    const connector::Registry registry = app::all_connectors();
    SLUICE_ASSIGN(content->file, config::read_pipeline_text(text, name, app::known_kinds(registry),
                                                            config::system_variables({})));
    SLUICE_ASSIGN(content->parts, app::make_runnable(content->file, app::limits_of(content->file)));
    return Pipeline(std::move(content));
  });
}

const std::string& Pipeline::path() const { return content_->path; }

PipelineDescription Pipeline::describe() const { return content_->parts->composition.description; }

Result<PipelineDescription> Pipeline::check() const {
  return at_border("check the pipeline", [&]() -> Result<PipelineDescription> {
    const engine::Pipeline& pipeline = content_->parts->composition.pipeline;
    SLUICE_ASSIGN(const sql::Plan plan, engine::check_pipeline(pipeline));
    PipelineDescription description = describe();
    for (std::size_t i = 0; i < description.sources.size(); ++i) {
      description.sources[i].detail = plan.sources.at(pipeline.sources[i].name).to_string();
    }
    for (const sql::ViewPlan& view : plan.views) {
      const bool declared = std::ranges::any_of(pipeline.views, [&view](const sql::ViewText& text) {
        return text.name == view.name || text.late_to == view.name;
      });
      if (!declared) continue;
      PartDescription part;
      part.name = view.name;
      part.kind = view_kind_name(view.kind);
      part.detail = view.schema.to_string();
      description.views.push_back(std::move(part));
    }
    for (std::size_t i = 0; i < pipeline.sinks.size(); ++i) {
      description.sinks[i].detail += deletion_detail(pipeline.sinks[i], plan);
    }
    description.warnings = engine::warnings_about(pipeline, plan);
    return description;
  });
}

}  // namespace sluice
