#include "app/rehearsal/test_run.h"

#include <memory>
#include <utility>

#include "app/rehearsal/rehearsal.h"
#include "app/rehearsal/scripted_pipeline.h"
#include "engine/engine.h"

namespace sluice::app {
namespace {

class TestRun final : public RunListener {
 public:
  explicit TestRun(const ScriptedRequest& request)
      : request_(request), script_(moments_of(request.test, request.cuts), over_) {
    came_.resize(request.test.steps.size());
  }

  Result<CameSteps> run(std::stop_token stop) {
    SLUICE_TRY(check_names(request_.file, request_.test, request_.pipeline));
    SLUICE_ASSIGN(scripted_, ScriptedPipeline::make(request_, script_));
    engine::Pipeline& pipeline = scripted_->pipeline();
    for (engine::SourcePart& source : pipeline.sources) keep_dead_letters(source);
    for (const config::SinkEntry& sink : scripted_->sink_entries()) add_sink(sink, pipeline);
    const std::stop_callback by_user(stop, [this] { over_.request_stop(); });
    Runnable& parts = scripted_->parts();
    const engine::Surroundings surroundings{script_, parts.random, *parts.files, *this};
    RunSummary summary;
    auto done = engine::run_pipeline(pipeline, surroundings, summary, over_.get_token());
    if (stop.stop_requested()) return Error(Kind::kCancelled, "stopped");
    CameSteps all;
    if (!done && has_begun_) {
      all.error = done.error().message();
    } else {
      SLUICE_TRY(std::move(done));
    }
    all.steps = std::move(came_);
    return all;
  }

  void on_start(std::int64_t /*next_batch*/, int /*redone*/) override { has_begun_ = true; }
  void on_batch(const BatchProgress& progress) override {
    for (const ViewProgress& view : progress.views) {
      if (view.late > 0) came().late[view.name] += view.late;
    }
    script_.advance();
  }
  void on_retry(const std::string& /*what*/, int /*attempt*/, std::int64_t /*pause_ms*/) override {}

 private:
  /// Of the batch in hand.
  CameStep& came() { return came_[script_.moment().batch]; }

  void keep_dead_letters(engine::SourcePart& source) {
    source.dead_letter = std::make_unique<RowsSink>(
        [this, name = source.name](data::BatchId,
                                   connector::BatchTable& letters) -> Result<std::uint64_t> {
          SLUICE_ASSIGN(CameRows rows, read_rows(letters, {}));
          const std::uint64_t count = rows.rows.size();
          came().dead_letters[name] = std::move(rows);
          return count;
        });
  }

  void add_sink(const config::SinkEntry& sink, engine::Pipeline& pipeline) {
    connector::ChunkRequest request;
    if (sink.mode == connector::OutputMode::kUpsert) request.upsert = sink.upsert;
    engine::SinkPart part =
        rows_part(sink.name, sink.from, sink.mode,
                  [this, name = sink.name, request](
                      data::BatchId, connector::BatchTable& table) -> Result<std::uint64_t> {
                    SLUICE_ASSIGN(CameRows rows, read_rows(table, request));
                    const std::uint64_t count = rows.rows.size();
                    came().sinks[name] = std::move(rows);
                    return count;
                  });
    part.location = sink.location;
    part.upsert = sink.upsert;
    part.delete_when = {sink.delete_when, sink.delete_when_location};
    pipeline.sinks.push_back(std::move(part));
  }

  const ScriptedRequest& request_;
  std::stop_source over_;
  Script script_;
  std::vector<CameStep> came_;
  bool has_begun_ = false;
  std::unique_ptr<ScriptedPipeline> scripted_;  // its sources use what is above
};

}  // namespace

Result<CameSteps> run_test(const TestFile& file, const TestCase& test,
                           const config::PipelineFile& pipeline, std::stop_token stop) {
  const Cuts whole;
  const ScriptedRequest request{file, test, pipeline, whole};
  return TestRun(request).run(std::move(stop));
}

}  // namespace sluice::app
