#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "config/pipeline_file.h"
#include "sluice/base/result.h"
#include "sluice/recording.h"

namespace sluice::app {

/// Where a recorded test goes.
struct RecordingPlace {
  std::string path;
  std::string test;       ///< its name
  std::string pipeline;   ///< FileHead::pipeline
  bool is_there = false;  ///< the file, to which the test is added
};

/// kUser: the file is there and the request does not add to it, is not one of tests or of another
/// pipeline's, or has a test of that name.
Result<RecordingPlace> choose_place(const config::PipelineFile& file, const RecordRequest& request,
                                    Micros now);

/// What ${NAME} in the pipeline stands for, but for defaults; in the place of secrets are words.
std::map<std::string, std::string> used_variables(const config::PipelineFile& file,
                                                  const std::map<std::string, std::string>& given);

}  // namespace sluice::app
