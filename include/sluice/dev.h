#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sluice/preview.h"
#include "sluice/tests.h"

namespace sluice {

/// What is wrong with a file.
struct DevProblem {
  std::string message;  ///< "pipeline.yaml:8:9: ..."
  std::string file;     ///< "pipeline.yaml"
};

/// A pipeline file as `sluice dev` looked at it: its rows and the outcomes of its tests, as far as
/// they are known.
struct DevResult {
  std::string file;
  std::vector<std::string> changed;  ///< the files for whose change it was looked at; {}: at first
  std::int64_t began_us = 0;         ///< since 1970
  std::optional<std::int64_t> duration_us{};  ///< null: it is still at work
  std::string timeout;                        ///< of the preview, as the user gave it
  std::optional<Preview> preview{};           ///< null: not yet, or the file is wrong
  std::vector<DevProblem> problems{};         ///< of the file, or else of files of tests
  std::vector<TestOutcome> outcomes{};
};

/// It as one JSON object, docs/reference/live.md#sluice-dev; with the lines around what is wrong,
/// without secrets.
std::string dev_json(const DevResult& result);

}  // namespace sluice
