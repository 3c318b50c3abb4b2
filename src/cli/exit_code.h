#pragma once

#include "sluice/base/error.h"

namespace sluice::cli {

/// What the program ends with; docs/reference/cli.md lists them for scripts.
enum ExitCode : int {
  kFine = 0,
  kFailure = 1,       ///< something outside failed, retries are used up: run it again
  kUserError = 2,     ///< the command, the pipeline file or its data is wrong: fix it
  kConflict = 3,      ///< the checkpoint or a sink belongs to another run
  kCorruption = 4,    ///< what is stored contradicts itself: nothing was touched
  kDiffers = 5,       ///< of a comparison that was asked to say so: rows differ
  kInterrupted = 130  ///< the second Ctrl+C; of a copy the first: not all is there
};

ExitCode exit_code(const Error& error);

}  // namespace sluice::cli
