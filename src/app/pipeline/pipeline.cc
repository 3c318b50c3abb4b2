#include "sluice/pipeline.h"

#include <utility>

#include "app/pipeline/pipeline_content.h"
#include "app/pipeline/plan_description.h"
#include "base/border.h"
#include "engine/engine.h"
#include "engine/warnings.h"

namespace sluice {

Pipeline::Pipeline(std::unique_ptr<Content> content) : content_(std::move(content)) {}
Pipeline::Pipeline(Pipeline&&) noexcept = default;
Pipeline& Pipeline::operator=(Pipeline&&) noexcept = default;
Pipeline::~Pipeline() = default;

Result<Pipeline> Pipeline::load(const std::string& path,
                                const std::map<std::string, std::string>& variables,
                                std::set<std::string>* unused, const std::optional<Shard>& shard) {
  return at_border("load the pipeline", [&]() -> Result<Pipeline> {
    auto content = std::make_unique<Content>();
    content->path = path;
    content->variables = variables;
    const connector::Registry registry = app::all_connectors();
    config::Variables values = config::system_variables(variables);
    values.unused = unused;
    SLUICE_ASSIGN(content->file,
                  config::read_pipeline_file(path, app::known_kinds(registry), values));
    if (shard) config::keep_to_shard(content->file, *shard);
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
    app::add_plan(description, pipeline, plan);
    for (const engine::Warning& warning : engine::warnings_about(pipeline, plan)) {
      description.warnings.push_back(warning.to_string());
    }
    return description;
  });
}

}  // namespace sluice
