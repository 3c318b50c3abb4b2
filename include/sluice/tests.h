#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "sluice/base/result.h"

namespace sluice {

// Unit tests of pipelines, in files beside them: docs/reference/tests.md.

/// Rows of one batch that are not those that were expected, each as the file would have it.
struct TestDifference {
  std::string what;                     ///< "batch 2, sink totals"
  std::string place;                    ///< "orders.test.yaml:12:9"
  std::vector<std::string> missing;     ///< were expected and did not come
  std::vector<std::string> unexpected;  ///< came
  std::int64_t same = 0;                ///< rows that are as expected
};

struct TestOutcome {
  std::string file;
  std::string name;
  std::string place{};  ///< of the test
  std::int64_t duration_us = 0;
  std::vector<TestDifference> differences{};
  std::string error{};  ///< that ended the run; "": none
  bool is_updated = false;
  int chaos_rounds = 0;  ///< that were run, the last one of which failed if the test did by them
  /// Of a test that fails under chaos only, lines: what was done and what that means. Differences
  /// are then from what the sinks have without it.
  std::string chaos{};
  std::string again{};               ///< the command that does the same again; "": none
  std::vector<std::string> notes{};  ///< what chaos does not compare, and why

  bool has_passed() const { return differences.empty() && error.empty(); }
};

/// Each test that passes runs again, so many times: its batches are cut into others, and engines
/// are killed and go on, at random. What each sink has at the end must be the same.
struct ChaosRequest {
  int rounds = 0;          ///< 0: none
  std::uint64_t seed = 0;  ///< of the first one; each later one has the next number
};

struct TestRequest {
  std::string path;                              ///< a file of tests
  std::map<std::string, std::string> variables;  ///< for ${NAME} in the pipeline file
  std::string name;                              ///< only tests in whose name this is; "": all
  /// Writes what comes into the file, as what is expected from now on.
  bool update = false;
  ChaosRequest chaos{};  ///< not with `update`
};

/// The files of tests that `paths` name: a file as it is, of a pipeline file that beside it
/// (x.test.yaml of x.yaml), of a folder all *.test.yaml in it and below. kUser: there is none.
Result<std::vector<std::string>> test_files(const std::vector<std::string>& paths);

/// Runs each test of a file by the engine: its rows come through the source's decoder, sinks keep
/// their rows in memory, and nothing is read from or written to the outside but the pipeline file
/// and what its formats name. Gives each outcome to `report` as soon as it is known. Errors: kUser
/// (the file, its pipeline, or a row that the format does not take), kCancelled (`stop`).
Status run_tests(const TestRequest& request, const std::function<void(const TestOutcome&)>& report,
                 std::stop_token stop);

}  // namespace sluice
