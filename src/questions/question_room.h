#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "questions/copy_desk.h"
#include "questions/question_process.h"
#include "questions/sandbox.h"
#include "sluice/base/result.h"

namespace sluice::questions {

/// Where the questions of a process are answered, one after the other: kSeats may be at it, of
/// which one runs its SQL. Any thread.
class QuestionRoom {
 public:
  /// As QuestionProcess::start().
  explicit QuestionRoom(std::string program) : program_(std::move(program)) {}

  /// The answer as JSON (docs/reference/live.md); `desk` is the pipeline's. `request` needs no
  /// relations. Blocks for the sum of the limits at most. Errors: kUser (the question; with its
  /// place as placed() reads it), kTransient E_BUSY (enough ask already), else as CopyDesk::ask().
  Result<std::string> ask(SandboxRequest request, CopyDesk& desk, const std::stop_token& stop);

  static constexpr int kSeats = 4;
  static constexpr std::chrono::seconds kPlanTime{10};
  static constexpr std::chrono::seconds kWaitTime{10};  ///< for copies
  static constexpr std::chrono::seconds kRunTime{10};

 private:
  Result<std::string> run(QuestionProcess& process, const Copies& copies,
                          const std::stop_token& stop);

  const std::string program_;
  const SystemClock clock_;
  std::mutex mutex_;  // guards what follows
  int seats_taken_ = 0;
  std::timed_mutex running_;  // one question's SQL at a time
};

}  // namespace sluice::questions
