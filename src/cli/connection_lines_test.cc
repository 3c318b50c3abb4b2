#include "cli/connection_lines.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

TEST(ConnectionLines, OneLineHasTheStepsAndTheTime) {
  ConnectionReport report{"source", "orders", "kafka", {}};
  report.steps.push_back({"connect", false, {}, 120'000});
  report.steps.push_back({"read topic orders", false, {}, 80'000});
  EXPECT_EQ(connection_lines(report, 8, false),
            "  source        orders    kafka      ok      200 ms   connect, read topic orders\n");
}

TEST(ConnectionLines, AnErrorIsBelowItsLineAndNamesItsStep) {
  ConnectionReport report{"sink", "gold", "delta", {}};
  report.steps.push_back({"write s3://b/t", false, user_error("access denied"), 1'000});
  EXPECT_EQ(connection_lines(report, 4, false),
            "  sink          gold  delta      failed  1 ms     write s3://b/t: FAILED\n"
            "    write s3://b/t: access denied\n");
}

TEST(ConnectionLines, WhatWasNotTriedIsNotOk) {
  ConnectionReport report{"sink", "shown", "console", {}};
  report.steps.push_back({"nothing to connect to", true, {}, 0});
  EXPECT_EQ(connection_lines(report, 5, false),
            "  sink          shown  console    -                nothing to connect to\n");
}

}  // namespace
}  // namespace sluice::cli
