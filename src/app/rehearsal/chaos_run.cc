#include "app/rehearsal/chaos_run.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "app/composition/scratch_folder.h"
#include "app/rehearsal/rehearsal.h"
#include "base/crash_watch.h"
#include "engine/engine.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

/// A source that was silent is not so at once after a restart, and the watermark would differ.
void forget_silence(engine::Pipeline& pipeline) {
  const auto forget = [](engine::WatermarkPart& watermark) {
    watermark.idle_after = 0;
    watermark.advances_when_idle = false;
  };
  for (engine::SourcePart& source : pipeline.sources) forget(source.watermark);
  for (auto& [view, watermark] : pipeline.view_watermarks) forget(watermark);
}

class HavocRun final : public RunListener {
 public:
  HavocRun(const ChaosTest& test, const Havoc& havoc)
      : test_(test), havoc_(havoc), moments_(moments_of(test.test, havoc.cuts)) {}

  Result<Havocked> run(const std::stop_token& stop) {
    SLUICE_TRY(scratch_.make());
    left_.moments = moments_.size();
    bool is_killed = true;
    for (std::size_t start = 0; is_killed; ++start) {
      kill_at_ = start < havoc_.kills.size() ? havoc_.kills[start] : 0;
      SLUICE_ASSIGN(is_killed, run_once(stop));
      if (stop.stop_requested()) return Error(Kind::kCancelled, "stopped");
      if (is_killed) SLUICE_TRY(take_what_is_left());
    }
    return std::move(left_);
  }

  void on_start(std::int64_t /*next_batch*/, int /*redone*/) override {
    left_.start_points = left_.points;
    // The engine before has committed the batch, and did not come to say so.
    if (scripted_->was_read(script_->at())) script_->advance();
  }
  void on_batch(const BatchProgress& /*progress*/) override { script_->advance(); }
  void on_retry(const std::string& /*what*/, int /*attempt*/, std::int64_t /*pause_ms*/) override {}

 private:
  /// One engine, until it ends or is killed; whether it was killed.
  Result<bool> run_once(const std::stop_token& stop) {
    std::stop_source over;
    Script script(moments_, over, next_);
    script_ = &script;
    const ScriptedRequest request{test_.file,  test_.test,   test_.pipeline,
                                  havoc_.cuts, checkpoint(), test_.made};
    SLUICE_ASSIGN(scripted_, ScriptedPipeline::make(request, script));
    left_.records = scripted_->partitions();
    engine::Pipeline& pipeline = scripted_->pipeline();
    forget_silence(pipeline);
    add_sinks(pipeline, script);
    const std::stop_callback by_user(stop, [&over] { over.request_stop(); });
    left_.points = 0;
    const CrashWatch watch([this](std::string_view point) { pass(point); });
    Runnable& parts = scripted_->parts();
    engine::Surroundings surroundings{script, parts.random, *parts.files, *this};
    surroundings.part = [&script] { return script.moment().kind; };
    RunSummary summary;
    auto done = engine::run_pipeline(pipeline, surroundings, summary, over.get_token());
    next_ = script.at();
    const bool is_killed = script.is_dead();
    if (!done && !is_killed) left_.error = done.error().message();
    scripted_.reset();
    script_ = nullptr;
    return is_killed;
  }

  void add_sinks(engine::Pipeline& pipeline, const Script& script) {
    for (engine::SourcePart& source : pipeline.sources) {
      source.dead_letter = make_sink(left_.dead_letters[source.name], {}, script);
      source.dead_letter_promise = connector::Promise::kAtomic;
    }
    for (const config::SinkEntry& entry : scripted_->sink_entries()) {
      connector::ChunkRequest request;
      if (entry.mode == connector::OutputMode::kUpsert) request.upsert = entry.upsert;
      engine::SinkPart part;
      part.name = entry.name;
      part.from = entry.from;
      part.mode = entry.mode;
      part.location = entry.location;
      part.upsert = entry.upsert;
      part.delete_when = {entry.delete_when, entry.delete_when_location};
      part.sink = make_sink(left_.sinks[entry.name], std::move(request), script);
      pipeline.sinks.push_back(std::move(part));
    }
    for (const std::string& view : test_.results) {
      engine::SinkPart part;
      part.name = view + "__result";
      part.from = view;
      part.mode = connector::OutputMode::kComplete;
      part.sink = make_sink(left_.results[view], {}, script);
      pipeline.sinks.push_back(std::move(part));
    }
  }

  std::unique_ptr<connector::Sink> make_sink(KeptTable& table, connector::ChunkRequest request,
                                             const Script& script) const {
    if (test_.make_sink) return test_.make_sink(table, std::move(request), script);
    return std::make_unique<KeptSink>(table, std::move(request), script);
  }

  /// The engine is at a crash point. A kill leaves the files as they are now: whatever it does with
  /// its checkpoint from now on nobody sees.
  void pass(std::string_view point) {
    if (script_->is_dead() || ++left_.points != kill_at_) return;
    fs::copy(checkpoint(), copy(), fs::copy_options::recursive, problem_);
    const Moment& moment = script_->moment();
    std::string place = std::string(point) + ", in batch " + std::to_string(moment.batch + 1);
    if (moment.kind != engine::BatchPart::kWhole) {
      place += " (part " + std::to_string(moment.part + 1) + ")";
    }
    left_.killed_at.push_back(std::move(place));
    script_->kill();
  }

  Status take_what_is_left() {
    if (!problem_) fs::remove_all(checkpoint(), problem_);
    if (!problem_) fs::rename(copy(), checkpoint(), problem_);
    if (!problem_) return {};
    return Error(Kind::kTransient, "what a kill leaves of the checkpoint cannot be kept: path=" +
                                       scratch_.path() + ": " + problem_.message());
  }

  std::string checkpoint() const { return scratch_.path() + "/checkpoint"; }
  std::string copy() const { return scratch_.path() + "/left"; }

  const ChaosTest& test_;
  const Havoc& havoc_;
  const std::vector<Moment> moments_;
  ScratchFolder scratch_;
  Havocked left_;
  std::size_t next_ = 0;  // moment
  std::size_t kill_at_ = 0;
  std::error_code problem_;
  // While an engine runs.
  Script* script_ = nullptr;
  std::unique_ptr<ScriptedPipeline> scripted_;
};

}  // namespace

Result<Havocked> run_with_havoc(const ChaosTest& test, const Havoc& havoc, std::stop_token stop) {
  return HavocRun(test, havoc).run(stop);
}

Result<engine::ExplainedPipeline> plan_of(const ChaosTest& test) {
  const Cuts whole;
  std::stop_source over;
  Script script(moments_of(test.test, whole), over);
  const ScriptedRequest request{test.file, test.test, test.pipeline, whole};
  SLUICE_ASSIGN(const auto scripted, ScriptedPipeline::make(request, script));
  for (const config::SinkEntry& entry : scripted->sink_entries()) {
    engine::SinkPart part;
    part.name = entry.name;
    part.from = entry.from;
    part.mode = entry.mode;
    part.upsert = entry.upsert;
    part.delete_when = {entry.delete_when, entry.delete_when_location};
    part.sink = std::make_unique<RowsSink>(no_rows());
    scripted->pipeline().sinks.push_back(std::move(part));
  }
  return engine::explain_pipeline(scripted->pipeline());
}

}  // namespace sluice::app
