#pragma once

#include <string>
#include <vector>

#include "sluice/tests.h"

namespace sluice::cli {

/// The outcomes as JUnit's XML, a suite for each file, which CI systems read. What XML cannot hold
/// becomes U+FFFD.
std::string junit_text(const std::vector<TestOutcome>& outcomes);

/// What is wrong with the test, line by line; "" when nothing is. `colour`: rows that are missing
/// are red, those that were not expected green.
std::string difference_text(const TestOutcome& outcome, bool colour);

}  // namespace sluice::cli
