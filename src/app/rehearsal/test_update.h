#pragma once

#include <string>
#include <vector>

#include "app/rehearsal/test_file.h"
#include "app/rehearsal/test_run.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// A test and what came of it.
struct CameTest {
  const TestCase* test = nullptr;
  std::vector<CameStep> came;
};

/// The text of the file with what came in the place of what it expected, of these tests: the rest
/// of it, comments too, stays as it is. Of rows the columns stay that were named before; a test
/// that expects nothing gets all sinks. kUser, with the place, where a batch is written on one
/// line.
Result<std::string> updated_text(const TestFile& file, const std::vector<CameTest>& tests);

}  // namespace sluice::app
