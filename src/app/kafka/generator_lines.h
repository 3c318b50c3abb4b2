#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "app/composition/composition.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// The rows of the generator source `name` of the pipeline file `path` ("": its only generator),
/// each as one JSON object: numbers digit by digit, everything else as text. The function fills the
/// next line; false when the generator is at its end or `stop` was requested. kUser errors as of
/// load.
Result<std::function<Result<bool>(std::string& line)>> generator_lines(const std::string& path,
                                                                       const std::string& name,
                                                                       std::stop_token stop);

}  // namespace sluice::app
