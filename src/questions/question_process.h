#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <sys/types.h>

#include "questions/frames.h"
#include "sluice/base/result.h"

namespace sluice::questions {

/// A process of its own that runs the SQL of one question (questions/sandbox.h): what the SQL does
/// to memory, time or the library that runs it, it does there. It has no environment, no files and
/// the lowest priority.
class QuestionProcess {
 public:
  /// `program` is called as `PROGRAM answer-question`, with a socket as standard input. kTransient:
  /// it cannot be started.
  static Result<std::unique_ptr<QuestionProcess>> start(const std::string& program);
  /// Ends it, wherever it is.
  ~QuestionProcess();
  QuestionProcess(const QuestionProcess&) = delete;
  QuestionProcess& operator=(const QuestionProcess&) = delete;

  Frames& frames() { return frames_; }
  /// What it has used so far; 0: not known.
  std::chrono::nanoseconds cpu_time() const;

 private:
  QuestionProcess(pid_t process, io::Descriptor socket)
      : process_(process), frames_(std::move(socket)) {}

  const pid_t process_;
  Frames frames_;
};

}  // namespace sluice::questions
