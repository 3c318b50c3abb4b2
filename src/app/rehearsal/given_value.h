#pragma once

#include <string>
#include <vector>

#include "base/config_value.h"

namespace sluice::app {

// Values of a file of tests, and of rows that came: trees of located scalars, whose numbers keep
// all the digits that they are written with.

/// null, ~ or nothing.
bool is_null(const ConfigValue& value);

/// As JSON, where an unquoted number or boolean is one.
std::string json_of(const ConfigValue& value);

/// By which values are compared: numbers without zeros that mean nothing, maps sorted by key.
std::string comparable(const ConfigValue& value);

/// As a file of tests has it, on one line: {id: 1, name: "a: b"}.
std::string flow_text(const ConfigValue& value);

}  // namespace sluice::app
