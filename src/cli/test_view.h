#pragma once

#include <string>
#include <vector>

#include "sluice/tests.h"

namespace sluice::cli {

/// Writes it to standard output: a line, and of a test that has failed the rows that differ.
void show_outcome(const TestOutcome& outcome);

/// "2 passed, 1 failed".
std::string summary_of(const std::vector<TestOutcome>& outcomes);

}  // namespace sluice::cli
