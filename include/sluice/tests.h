#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"

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

  bool has_passed() const { return differences.empty() && error.empty(); }
};

struct TestRequest {
  std::string path;                              ///< a file of tests
  std::map<std::string, std::string> variables;  ///< for ${NAME} in the pipeline file
  std::string name;                              ///< only tests in whose name this is; "": all
  /// Writes what comes into the file, as what is expected from now on.
  bool update = false;
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
