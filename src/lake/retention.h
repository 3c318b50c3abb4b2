#pragma once

#include <chrono>
#include <string>

#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::lake {

/// A table property that is a time, in Spark's words ("interval 7 days", "1 week 12 hours");
/// `default_time` when the table has none. kUser: it cannot be read.
Result<std::chrono::microseconds> retention(const TableState& state, const std::string& property,
                                            std::chrono::microseconds default_time);

}  // namespace sluice::lake
