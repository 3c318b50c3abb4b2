#pragma once

#include <cstdint>
#include <stop_token>

#include "app/rehearsal/chaos_run.h"
#include "sluice/base/result.h"
#include "sluice/tests.h"

namespace sluice::app {

/// Runs the test, which has passed, over and over under havoc that follows from the seed, and
/// compares what each sink has at the end with what it has when the test runs as it is written.
/// Ends with the first round that differs, which `outcome` then says. Errors as of
/// run_with_havoc().
Status run_chaos(const ChaosTest& test, const ChaosRequest& request, TestOutcome& outcome,
                 std::stop_token stop);

}  // namespace sluice::app
