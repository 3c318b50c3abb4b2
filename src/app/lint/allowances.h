#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/lint/reviewed.h"
#include "base/config_value.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// What a pipeline file keeps quiet: `lint: {allow: [CODE]}`, for all of it, and comments, `#
/// sluice: allow CODE[, CODE] reason`, for their own line or, alone on theirs, for the next one.
/// What a comment says at a source, table, view, sink ... holds for all of it. In SQL a comment
/// begins with `--`.
class Allowances {
 public:
  /// kUser error with its place for a code that there is not.
  static Result<Allowances> read(const config::PipelineFile& file);

  /// Whether the finding is not to be shown.
  bool allows(const Finding& finding);
  /// Those that have kept nothing quiet.
  Findings unused() const;

 private:
  struct Allowance {
    std::string code;
    Location place;
    int line = 0;  ///< for which it is; 0: all
    bool is_used = false;
  };

  Status add_of_file(const ConfigValue& allow);

  std::vector<Allowance> allowances_;
  std::vector<int> part_lines_;  ///< where sources, views ... begin, and the keys beside them
};

}  // namespace sluice::app
