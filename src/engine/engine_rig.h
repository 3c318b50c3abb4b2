#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/engine_doubles.h"
#include "support/temporary_folder.h"

namespace sluice::engine {

/// A pipeline of numbers into one collecting sink, over a checkpoint folder that outlives its runs.
class EngineTest : public testing::Test {
 protected:
  Pipeline make(std::int64_t end, const std::string& from = "numbers") {
    Pipeline pipeline;
    pipeline.name = "test";
    pipeline.trigger.kind = Trigger::Kind::kAvailableNow;
    pipeline.checkpoint = folder_.path() + "/checkpoint";
    pipeline.retries_max = 3;
    SourcePart source;
    source.name = "numbers";
    auto numbers = std::make_unique<NumberSource>(end);
    source_ = numbers.get();
    source.columns = {{.field = {"n", data::TypeId::kBigint}, .decoded = false, .index = 0}};
    source.limit.records = 10;
    source.source = std::move(numbers);
    pipeline.sources.push_back(std::move(source));
    SinkPart part;
    part.name = "out";
    part.from = from;
    auto sink = std::make_unique<CollectingSink>(target_);
    sink_ = sink.get();
    part.sink = std::move(sink);
    pipeline.sinks.push_back(std::move(part));
    return pipeline;
  }

  Result<RunSummary> run(Pipeline& pipeline) {
    const Surroundings surroundings{clock_, random_, *files_, listener_};
    summary_ = {};
    SLUICE_TRY(run_pipeline(pipeline, surroundings, summary_, stop_.get_token()));
    return summary_;
  }

  std::int64_t sum_of_rows() const {
    std::int64_t sum = 0;
    for (const std::string& row : target_.rows) sum += std::stoll(row);
    return sum;
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  StillClock clock_;
  SeededRandom random_{1};
  std::stop_source stop_;
  RecordingListener listener_;
  RunSummary summary_;  ///< of the last run, also after an error
  Target target_;
  NumberSource* source_ = nullptr;
  CollectingSink* sink_ = nullptr;
};

}  // namespace sluice::engine
