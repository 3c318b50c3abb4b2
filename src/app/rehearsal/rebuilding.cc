#include <limits>
#include <memory>
#include <utility>

#include "app/composition/runnable.h"
#include "app/pipeline/pipeline_content.h"
#include "app/rehearsal/quiet_source.h"
#include "app/rehearsal/rehearsal.h"
#include "app/rehearsal/rows_sink.h"
#include "base/border.h"
#include "base/shown_text.h"
#include "config/variables.h"
#include "engine/rebuild.h"
#include "sluice/rebuild.h"

namespace sluice {
namespace {

/// Of an offset, which may name a thousand files.
constexpr std::size_t kOffsetBytesMax = 200;

/// Nobody looks.
class Unwatched final : public RunListener {
 public:
  void on_start(std::int64_t /*next_batch*/, int /*redone*/) override {}
  void on_batch(const BatchProgress& /*progress*/) override {}
  void on_retry(const std::string& /*what*/, int /*attempt*/, std::int64_t /*pause_ms*/) override {}
};

/// The pipeline once more, which writes nowhere and of which its sources know nothing.
Result<std::unique_ptr<app::Runnable>> once_more(const config::PipelineFile& file,
                                                 const engine::Pipeline& pipeline) {
  SLUICE_ASSIGN(auto made, app::make_rehearsal(file, pipeline.checkpoint + "/rebuild"));
  engine::Pipeline& again = made->composition.pipeline;
  again.trigger = {engine::Trigger::Kind::kAvailableNow, {}};
  again.watchers.clear();
  for (engine::SourcePart& source : again.sources) {
    source.source = std::make_unique<app::QuietSource>(std::move(source.source),
                                                       std::numeric_limits<std::int64_t>::max());
  }
  for (const engine::SinkPart& sink : pipeline.sinks) {
    again.sinks.push_back(app::rows_part(sink.name, sink.from, sink.mode, app::no_rows()));
    again.sinks.back().upsert = sink.upsert;
  }
  return made;
}

Result<Rebuilt> rebuild_pipeline(const Pipeline::Content& content, const RebuildOptions& options,
                                 std::stop_token stop) {
  if (content.file.checkpoint.empty()) {
    return user_error(content.path +
                      ": the pipeline keeps no checkpoint, so nothing is to be made "
                      "again");
  }
  engine::Pipeline& pipeline = content.parts->composition.pipeline;
  SLUICE_ASSIGN(const auto again, once_more(content.file, pipeline));
  std::unique_ptr<app::Runnable> before;
  const auto read_before = [&](const std::string& text) -> Result<engine::Pipeline*> {
    config::Variables values = config::system_variables(content.variables);
    std::set<std::string> unused;
    values.unused = &unused;
    SLUICE_ASSIGN(const auto file,
                  config::read_pipeline_text(text, "the file of the last start",
                                             app::known_kinds(again->registry), values));
    SLUICE_ASSIGN(before, app::make_runnable(file, app::limits_of(file)));
    return &before->composition.pipeline;
  };
  Unwatched unwatched;
  RunListener& listener = options.listener == nullptr ? unwatched : *options.listener;
  return engine::rebuild({.pipeline = pipeline,
                          .again = again->composition.pipeline,
                          .before = read_before,
                          .views = options.views},
                         {again->clock, again->random, *again->files, listener}, std::move(stop));
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

Result<Rebuilt> rebuild(const Pipeline& pipeline, const RebuildOptions& options,
                        std::stop_token stop) {
  return at_border("rebuild the views",
                   [&] { return rebuild_pipeline(pipeline.content(), options, std::move(stop)); });
}

std::string rebuild_text(const Rebuilt& done) {
  std::string text = "made again: " + listed(done.views) + "\n";
  if (done.views.empty()) {
    text = "nothing to make again: what the checkpoint keeps is what the file says\n";
  }
  for (const Rebuilt::Source& source : done.sources) {
    text += "  from " + source.name + ": " + std::to_string(source.records) + " records, " +
            (source.from.empty() ? "none"
                                 : shown_text(source.from, kOffsetBytesMax) + " to " +
                                       shown_text(source.to, kOffsetBytesMax)) +
            "\n";
  }
  if (!done.whole.empty()) {
    text += "the next batch writes the whole result to: " + listed(done.whole) + "\n";
  }
  if (!done.from_now_on.empty()) {
    text += "rows from now on only: " + listed(done.from_now_on) + "\n";
  }
  if (!done.left.empty()) {
    text += "keep the result before, since the file does not have them any more: targets of " +
            listed(done.left) + "\n";
  }
  return text;
}

}  // namespace sluice
