#pragma once

#include <string>

#include "base/config_value.h"

namespace sluice::app {

/// The value as YAML on one line, which parse_yaml() reads as the same: maps and lists in flow
/// style, texts in quotes where YAML would take them for something else.
std::string yaml_text(const ConfigValue& value);

/// A text as a scalar.
std::string yaml_scalar(const std::string& text, bool quoted);

}  // namespace sluice::app
