#pragma once

#include <vector>

#include "base/config_value.h"
#include "config/pipeline_file.h"
#include "connector/registry.h"
#include "sluice/pipeline.h"

namespace sluice::app {

/// Every option of the file as it holds, with where it comes from, in the order of the file; after
/// those of a table the defaults of what it leaves out. Values are *** for `secrets` and wherever a
/// name, of an option, a variable or a part of a URL, speaks of one. What ${...} stands for is
/// shown of options that a connector or a format declares as no secret; elsewhere, in headers,
/// properties and SQL, it stays a name. At most 5,000.
std::vector<SettingDescription> settings_of(const config::PipelineFile& file,
                                            const connector::Registry& registry,
                                            const std::vector<ConfigValue>& secrets);

}  // namespace sluice::app
