#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/rehearsal/test_run.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// Rows as lines, by the name of a source or table, in the order of the pipeline.
using RowLines = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// A test without what it expects.
struct TestDraft {
  struct Step {
    std::string at;  ///< "": as ever
    RowLines rows;   ///< of sources that gave some
  };
  std::string name;
  std::map<std::string, std::string> variables;
  RowLines tables;
  std::vector<Step> steps;
};

/// What came of a draft, and which of it a test may speak of.
struct Expectation {
  std::vector<CameStep> came;
  std::vector<std::string> sinks;
  std::map<std::string, std::set<std::string>> left_out;  ///< columns by sink

  /// The columns of the sink's rows that the test has.
  std::vector<std::string> columns(const std::string& sink, const data::Schema& schema) const;
  /// Two that are equal give the same.
  std::string comparable() const;
};

/// Columns of sinks, and whole sinks, by which two runs of one test differ are taken out of
/// `expected`. Gives in words which.
std::vector<std::string> leave_out_unstable(Expectation& expected,
                                            const std::vector<CameStep>& again);

/// What a file says beside its tests.
struct FileHead {
  std::vector<std::string> comments;
  std::string pipeline;                        ///< "": its name says
  std::map<std::string, std::string> columns;  ///< by source or table: {id: BIGINT}
};

/// A file with the one test.
std::string file_text(const FileHead& head, const TestDraft& draft, const Expectation& expected);

/// `text`, a file of tests, with one more at its end. kUser: it is not laid out so that lines can
/// be added, lacks `columns`, or has a test of that name.
Result<std::string> appended_text(const std::string& text, const std::string& path,
                                  const FileHead& head, const TestDraft& draft,
                                  const Expectation& expected);

}  // namespace sluice::app
