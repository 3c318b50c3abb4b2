#include "sluice/pipeline.h"

#include <algorithm>
#include <utility>

#include "app/composition/composition.h"
#include "app/composition/stores.h"
#include "base/check.h"
#include "base/random.h"
#include "engine/engine.h"
#include "engine/warnings.h"
#include "sql/files/parquet_rewriter.h"

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

struct Pipeline::Content {
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<io::FileSystem> files;  // set by load, as is
  std::unique_ptr<io::Spool> spool;       // this
  connector::Registry registry = app::all_connectors();
  std::unique_ptr<connector::ParquetRewriter> rewriter;
  app::Composition composition;
  bool ran = false;
};

Pipeline::Pipeline(std::unique_ptr<Content> content) : content_(std::move(content)) {}
Pipeline::Pipeline(Pipeline&&) noexcept = default;
Pipeline& Pipeline::operator=(Pipeline&&) noexcept = default;
Pipeline::~Pipeline() = default;

Result<Pipeline> Pipeline::load(const std::string& path,
                                const std::map<std::string, std::string>& variables) {
  auto content = std::make_unique<Content>();
  SLUICE_ASSIGN(const config::PipelineFile file,
                config::read_pipeline_file(path, app::known_kinds(content->registry),
                                           config::system_variables(variables)));
  SLUICE_ASSIGN(content->files, app::make_file_system(file));
  content->spool =
      std::make_unique<io::Spool>(*content->files, io::join_path(file.checkpoint, "spool"));
  content->rewriter = sql::make_parquet_rewriter(app::rewriter_options(file));
  const app::Parts parts{content->registry, content->clock,       content->random,
                         *content->files,   content->spool.get(), content->rewriter.get()};
  SLUICE_ASSIGN(content->composition, app::compose(file, parts));
  return Pipeline(std::move(content));
}

PipelineDescription Pipeline::describe() const { return content_->composition.description; }

Result<PipelineDescription> Pipeline::check() const {
  const engine::Pipeline& pipeline = content_->composition.pipeline;
  SLUICE_ASSIGN(const sql::Plan plan, engine::check_pipeline(pipeline));
  PipelineDescription description = content_->composition.description;
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
}

Status Pipeline::run(TriggerChoice trigger, RunListener& listener, RunSummary& summary,
                     std::stop_token stop) {
  SLUICE_CHECK(!std::exchange(content_->ran, true));
  engine::Pipeline& pipeline = content_->composition.pipeline;
  if (trigger == TriggerChoice::kOnce) pipeline.trigger.kind = engine::Trigger::Kind::kOnce;
  if (trigger == TriggerChoice::kAvailableNow) {
    pipeline.trigger.kind = engine::Trigger::Kind::kAvailableNow;
  }
  const engine::Surroundings surroundings{content_->clock, content_->random, *content_->files,
                                          listener};
  return engine::run_pipeline(pipeline, surroundings, summary, std::move(stop));
}

}  // namespace sluice
