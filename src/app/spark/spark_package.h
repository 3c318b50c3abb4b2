#pragma once

#include <string_view>

namespace sluice::app {

/// The Python package sluice_spark (spark/) as a zip archive, which Python imports from.
std::string_view spark_package();

}  // namespace sluice::app
