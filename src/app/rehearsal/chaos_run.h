#pragma once

#include <cstddef>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "app/rehearsal/cuts.h"
#include "app/rehearsal/kept_table.h"
#include "app/rehearsal/scripted_pipeline.h"
#include "app/rehearsal/test_file.h"
#include "config/pipeline_file.h"
#include "engine/explained_pipeline.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// The test that is run again and again; all outlive the runs.
struct ChaosTest {
  const TestFile& file;
  const TestCase& test;
  const config::PipelineFile& pipeline;
  /// Views whose whole result is kept, too, under their names.
  std::vector<std::string> results{};
  MakeKeptSink make_sink{};     ///< null: a KeptSink each
  MadeRecords* made = nullptr;  ///< ScriptedRequest::made
};

/// What is done to a run: its batches are cut, and its first engine is killed at the first of
/// these crash points that it passes, counted from 1, the next one at the second, and so on.
struct Havoc {
  Cuts cuts;
  std::vector<std::size_t> kills;
};

/// What a run leaves outside.
struct Havocked {
  std::map<std::string, KeptTable> sinks;
  std::map<std::string, KeptTable> dead_letters;  ///< by source
  std::map<std::string, KeptTable> results;       ///< by view
  std::string error;                              ///< that ended it; "": none
  /// Where engines were killed: "engine.committed, in batch 2".
  std::vector<std::string> killed_at;
  // Of the last engine: how many crash points it passed, and how many before its first batch.
  std::size_t points = 0;
  std::size_t start_points = 0;
  std::size_t moments = 0;  ///< batches of the script
  Partitions records;
};

/// Runs the test by engines over one checkpoint: what a kill leaves of it (its files, at that
/// instant) the next engine finds, and sinks keep what they have. The watermark moves between
/// batches of the test only, whatever they are cut into, and silence counts for nothing, so that
/// neither cuts nor kills may change what any sink has at the end. Errors: kUser (of the test),
/// kCancelled (`stop`), kTransient (files of the checkpoint cannot be copied).
Result<Havocked> run_with_havoc(const ChaosTest& test, const Havoc& havoc, std::stop_token stop);

/// How the test's pipeline is planned.
Result<engine::ExplainedPipeline> plan_of(const ChaosTest& test);

}  // namespace sluice::app
