#pragma once

#include <string>

#include "base/config_value.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

/// kUser, with the place of `given`, unless Kafka takes a topic of the name.
Status check_topic_name(const ConfigValue& given, const std::string& name);

}  // namespace sluice::connectors::kafka
