#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/udf/arrow_columns.h"
#include "sql/udf/user_function.h"

namespace sluice::sql {

/// Processes of Python that call the functions of a pipeline: one for each thread of SQL that calls
/// one at the same time, started when it is needed, and ended with this. Any thread.
class PythonWorkers {
 public:
  /// `python`: the program, searched in PATH; `functions`: all of the pipeline's that are Python's,
  /// which outlive this.
  PythonWorkers(std::string python, const std::vector<UserFunction>& functions);
  ~PythonWorkers();
  PythonWorkers(const PythonWorkers&) = delete;
  PythonWorkers& operator=(const PythonWorkers&) = delete;

  struct Answer {
    std::vector<std::size_t> lengths;  ///< of the buffers of one column
    std::string bytes;
  };

  /// Calls the n-th function with `rows` rows of its arguments. kUser: E_FUNCTION_FAILED, what
  /// Python says of an exception; E_FUNCTION_CRASHED, the process ended; E_FUNCTION_PYTHON, it
  /// cannot be started.
  Result<Answer> call(std::size_t function, std::uint64_t rows,
                      const std::vector<ArrowColumn>& arguments);

 private:
  class Worker;

  Result<std::unique_ptr<Worker>> take();

  const std::string python_;
  std::vector<std::string> names_;
  std::string functions_;  ///< as JSON, for worker.py

  std::mutex mutex_;  ///< guards what follows
  std::vector<std::unique_ptr<Worker>> idle_;
};

}  // namespace sluice::sql
