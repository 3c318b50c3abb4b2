#pragma once

#include <string>
#include <vector>

#include "sluice/base/error.h"

namespace sluice {

/// What the Spark engine is to do.
struct SparkCommand {
  std::string plan;                    ///< plan_json() with secrets; its standard input
  std::string python = "python3";      ///< the interpreter: a path, or a name to look up in PATH
  std::vector<std::string> arguments;  ///< "run", "check" or "export", and its options
};

/// Replaces this process by the Python program sluice_spark, which this binary holds: exit codes,
/// signals and the process's id are those of one program. Nothing of it or of the plan is written
/// to disk. Returns when that is not possible only. Errors: kUser: there is no such interpreter.
/// REQUIRES: no other thread runs.
Error become_spark_engine(const SparkCommand& command);

}  // namespace sluice
