#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "app/pipeline/pipeline_content.h"
#include "app/rehearsal/rehearsal.h"
#include "app/rerun/rerun.h"
#include "base/border.h"
#include "base/list_text.h"
#include "base/log.h"
#include "config/names.h"
#include "engine/rebuild.h"
#include "sluice/rebuild.h"

namespace sluice {
namespace {

/// The shadow of the version that is made again; null: there is none that has read anything.
std::optional<app::ShadowNote> shadow_of(const config::PipelineFile& file,
                                         const app::ShadowPlace& place) {
  auto note = app::ShadowNote::read(place);
  if (!note || !note->has_read(true)) return std::nullopt;
  if (note->is_of(file, place)) return note;
  log_warn("the shadow in " + place.folder +
           " is of another file or checkpoint, and is not used; `sluice shadow FILE --discard` "
           "removes it");
  return std::nullopt;
}

Result<Rebuilt> rebuild_pipeline(const Pipeline::Content& content, const RebuildOptions& options,
                                 std::stop_token stop) {
  if (content.file.checkpoint.empty()) {
    return user_error(content.path +
                      ": the pipeline keeps no checkpoint, so nothing is to be made "
                      "again");
  }
  engine::Pipeline& pipeline = content.parts->composition.pipeline;
  const app::ShadowPlace place(pipeline.checkpoint);
  const auto shadow = shadow_of(content.file, place);
  std::optional<io::LockFile> lock;
  if (shadow) {
    SLUICE_ASSIGN(lock, app::lock_shadow(place));
  }
  SLUICE_ASSIGN(const auto again, app::once_more(content.file, pipeline.checkpoint + "/rebuild"));
  for (const engine::SinkPart& sink : pipeline.sinks) {
    auto& sinks = again->composition.pipeline.sinks;
    sinks.push_back(app::rows_part(sink.name, sink.from, sink.mode, app::no_rows()));
    sinks.back().upsert = sink.upsert;
  }
  std::unique_ptr<app::Runnable> before;
  const auto read_before = [&](const state::LastStart& last) -> Result<engine::Pipeline*> {
    SLUICE_ASSIGN(const auto file, app::file_of_last_start(last, content.variables));
    SLUICE_ASSIGN(before, app::make_runnable(file, app::limits_of(file)));
    return &before->composition.pipeline;
  };
  engine::RebuildRequest request{.pipeline = pipeline,
                                 .again = again->composition.pipeline,
                                 .before = read_before,
                                 .views = options.views};
  if (shadow) request.shadow = {place.checkpoint(true), shadow->next_batch()};
  SLUICE_ASSIGN(Rebuilt done, engine::rebuild(request,
                                              {again->clock, again->random, *again->files,
                                               app::listener_or_none(options.listener)},
                                              std::move(stop)));
  if (shadow) {
    std::error_code problem;
    std::filesystem::remove_all(place.folder, problem);
    if (problem) log_warn("remove " + place.folder + ": " + problem.message());
  }
  return done;
}

}  // namespace

Result<Rebuilt> rebuild(const Pipeline& pipeline, const RebuildOptions& options,
                        std::stop_token stop) {
  return at_border("rebuild the views",
                   [&] { return rebuild_pipeline(pipeline.content(), options, std::move(stop)); });
}

std::string rebuild_text(const Rebuilt& done) {
  std::string text = "made again: " + joined(done.views) + "\n";
  if (done.views.empty()) {
    text = "nothing to make again: what the checkpoint keeps is what the file says\n";
  }
  if (done.by_shadow && !done.sources.empty())
    text += "the shadow had read what came before these:\n";
  for (const Rebuilt::Source& source : done.sources) {
    text += "  from " + source.name + ": " + std::to_string(source.records) + " records, " +
            (source.from.empty()
                 ? "none"
                 : data::shown_offset(source.from) + " to " + data::shown_offset(source.to)) +
            "\n";
  }
  if (!done.whole.empty()) {
    text += "the next batch writes the whole result to: " + joined(done.whole) + "\n";
  }
  if (!done.from_now_on.empty()) {
    text += "rows from now on only: " + joined(done.from_now_on) + "\n";
  }
  if (!done.left.empty()) {
    text += "keep the result before, since the file does not have them any more: targets of " +
            joined(done.left) + "\n";
  }
  return text;
}

}  // namespace sluice
