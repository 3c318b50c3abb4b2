#pragma once

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "app/rehearsal/came_rows.h"
#include "app/rehearsal/test_file.h"
#include "config/pipeline_file.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// What one batch of a test gave.
struct CameStep {
  std::map<std::string, CameRows> sinks;
  std::map<std::string, CameRows> dead_letters;  ///< by source; of those that have some
  std::map<std::string, std::int64_t> late;      ///< by view
};

struct CameSteps {
  std::vector<CameStep> steps;  ///< one for each of the test
  std::string error;            ///< that ended the run in a batch; "": none
};

/// Runs the test by the engine, batch by batch. Errors: kUser (of the test, with its place, and of
/// the pipeline, before the first batch), kCancelled (`stop`).
Result<CameSteps> run_test(const TestFile& file, const TestCase& test,
                           const config::PipelineFile& pipeline, std::stop_token stop);

}  // namespace sluice::app
