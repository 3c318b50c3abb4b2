#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/options.h"
#include "config/pipeline_file.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// How options of a pipeline file become JSON, as docs/format/plan.md has them.
struct OptionsJson {
  const config::PipelineFile& file;  ///< outlives it
  bool with_secrets = false;

  /// `options`, `given`, `written` and `secrets` of the map (or null) `given` by the table `specs`,
  /// which has accepted it: keys that it does not know are left out.
  Result<nlohmann::ordered_json> of(const std::vector<OptionSpec>& specs,
                                    const ConfigValue& given) const;
};

/// [line, column].
nlohmann::ordered_json place_json(const Location& location);

}  // namespace sluice::app
