#include "sluice/change.h"

#include <utility>

#include "app/change/comparison.h"
#include "app/composition/runnable.h"
#include "app/composition/state_copy.h"
#include "app/composition/stores.h"
#include "app/pipeline/pipeline_content.h"
#include "app/pipeline/plan_description.h"
#include "base/border.h"
#include "engine/engine.h"
#include "sql/functions/open_database.h"
#include "sql/view/kept_state.h"
#include "state/checkpoint.h"

namespace sluice {
namespace {

Result<app::PlannedPipeline> planned(const app::Composition& composition) {
  app::PlannedPipeline made{composition.description, &composition.pipeline, {}};
  SLUICE_ASSIGN(made.plan, engine::check_pipeline(composition.pipeline));
  app::add_plan(made.description, composition.pipeline, made.plan);
  return made;
}

Result<app::PlannedPipeline> planned(const Pipeline& pipeline) {
  return planned(pipeline.content().parts->composition);
}

/// As if batches of the file had run.
app::Before before_of(app::PlannedPipeline file, const std::string& path) {
  app::Before before;
  before.words = path;
  before.position.next_batch = 1;
  for (const engine::SourcePart& source : file.pipeline->sources) {
    before.position.offsets[source.name] = {};
  }
  before.position.known_sinks.emplace();
  for (const engine::SinkPart& sink : file.pipeline->sinks) {
    before.position.known_sinks->insert(sink.name);
  }
  bool any_state = false;
  for (const sql::ViewPlan& view : file.plan.views) {
    if (!view.has_state()) continue;
    before.position.fingerprints[view.name] = sql::note_of_state(view);
    any_state = true;
  }
  if (any_state) before.time_zone = file.pipeline->time_zone;
  before.file = std::move(file);
  return before;
}

/// The file of the last start, read again; null where it is not there.
Result<std::unique_ptr<app::Runnable>> file_of(state::Checkpoint& checkpoint,
                                               const Pipeline::Content& after) {
  SLUICE_ASSIGN(const state::LastStart last, checkpoint.last_start());
  if (last.text.empty()) return std::unique_ptr<app::Runnable>();
  SLUICE_ASSIGN(const auto file, app::file_of_last_start(last, after.variables));
  return app::make_runnable(file, app::limits_of(file));
}

Result<PipelineChange> change_of(const Pipeline& after, const std::string& checkpoint) {
  SLUICE_ASSIGN(const app::PlannedPipeline is, planned(after));
  const std::string& folder = checkpoint.empty() ? is.description.checkpoint : checkpoint;
  if (folder.empty()) {
    return user_error(after.path() +
                      ": the pipeline keeps no checkpoint that could be compared; "
                      "give the file of before, too: sluice plan OLD NEW");
  }
  app::ScratchFolder scratch;
  SLUICE_TRY(scratch.make());
  const auto files = app::make_file_system();
  SLUICE_ASSIGN(const auto opened, app::open_copy(folder, scratch.path(), *files));
  app::Before before;
  SLUICE_ASSIGN(before.position, opened->position());
  SLUICE_ASSIGN(before.time_zone, opened->time_zone());
  const data::BatchId next = before.position.next_batch;
  before.words = folder + (next == 0 ? ", before the first batch"
                                     : ", after batch " + std::to_string(next - 1));
  std::string not_read;
  auto file = file_of(*opened, after.content());
  if (file && *file) {
    auto was = planned((*file)->composition);
    if (was) {
      before.file = *std::move(was);
    } else {
      not_read = was.error().message();
    }
  } else if (!file) {
    not_read = file.error().message();
  }
  SLUICE_ASSIGN(PipelineChange change, app::compare(before, is, opened->session()));
  change.after = after.path();
  if (!not_read.empty()) {
    change.notes.push_back(
        "options and columns are not compared, since the file of the last start "
        "cannot be read: " +
        not_read);
  }
  return change;
}

}  // namespace

Result<PipelineChange> change_between(const Pipeline& before, const Pipeline& after) {
  return at_border("compare the pipelines", [&]() -> Result<PipelineChange> {
    SLUICE_ASSIGN(app::PlannedPipeline was, planned(before));
    SLUICE_ASSIGN(const app::PlannedPipeline is, planned(after));
    SLUICE_ASSIGN(const auto database, sql::open_database("", {}));
    SLUICE_ASSIGN(const auto session, database->connect());
    SLUICE_ASSIGN(PipelineChange change,
                  app::compare(before_of(std::move(was), before.path()), is, *session));
    change.after = after.path();
    return change;
  });
}

Result<PipelineChange> change_of_checkpoint(const Pipeline& after, const std::string& checkpoint) {
  return at_border("compare the pipeline with its checkpoint",
                   [&] { return change_of(after, checkpoint); });
}

}  // namespace sluice
