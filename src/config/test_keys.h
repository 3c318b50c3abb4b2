#pragma once

#include <vector>

#include "base/options.h"

namespace sluice::config {

/// The keys of a file of tests (docs/reference/tests.md), of a test and of a batch of it.
std::vector<OptionSpec> test_file_keys();
std::vector<OptionSpec> test_keys();
std::vector<OptionSpec> test_batch_keys();

}  // namespace sluice::config
