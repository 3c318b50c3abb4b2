#pragma once

#include <vector>

#include "base/options.h"

namespace sluice::config {

/// As in keys.h, of what says when somebody is to be informed.
const std::vector<OptionSpec>& alert_keys();  ///< alerts.NAME
std::vector<OptionSpec> alert_part_keys();    ///< of the file itself: alerts, notify

/// The keys of an alert of which it has exactly one: what is watched.
const std::vector<std::string>& alert_conditions();

}  // namespace sluice::config
