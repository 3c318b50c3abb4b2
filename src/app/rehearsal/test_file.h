#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/config_value.h"
#include "config/pipeline_file.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// Rows by the name of a source, table, sink or view: a list each.
using RowsByName = std::map<std::string, ConfigValue>;

/// One batch of a test.
struct TestStep {
  Location location;
  std::optional<Micros> at;  ///< when it begins; null: a second after the one before
  RowsByName rows;           ///< by source
  RowsByName expect;         ///< by sink
  RowsByName dead_letters;   ///< by source
  std::map<std::string, std::pair<std::int64_t, Location>> late;  ///< by view
  ConfigValue value;                                              ///< as it is in the file
};

struct TestCase {
  std::string name;
  Location location;
  std::map<std::string, std::string> variables;
  RowsByName tables;
  std::vector<TestStep> steps;

  /// That some step expects something of.
  bool names_sink(const std::string& sink) const;
};

struct TestFile {
  std::string path;
  std::string text;
  std::string pipeline;  ///< the path of its file
  std::map<std::string, std::string> variables;
  /// Of sources and tables whose records have no format: name -> type, each.
  std::map<std::string, ConfigValue> columns;
  std::vector<TestCase> tests;
};

/// Whether the file is a pipeline's with tests in it. kUser: it cannot be read.
Result<bool> has_own_tests(const std::string& path);

/// Of a file of tests, or of a pipeline file with tests. kUser, with the place. Names of sources
/// and sinks are checked by check_names().
Result<TestFile> read_test_file(const std::string& path);
/// As read_test_file, of a text that is, or will be, the file's.
Result<TestFile> parse_test_file(std::string text, const std::string& path);

/// kUser, with the place: a source, table, sink or view that the pipeline has not.
Status check_names(const TestFile& file, const TestCase& test,
                   const config::PipelineFile& pipeline);

}  // namespace sluice::app
