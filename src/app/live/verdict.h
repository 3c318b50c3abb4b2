#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/host.h"

namespace sluice::app {

/// What takes a batch's time, in steps that add up to its duration, microseconds.
struct BatchSteps {
  std::int64_t plan = 0;
  std::int64_t read = 0;
  std::int64_t decode = 0;  ///< about: inside of queries it is distinguished from SQL by a clock
  std::int64_t sql = 0;
  std::int64_t stage = 0;
  std::int64_t commit = 0;
  std::int64_t publish = 0;  ///< with what comes after it: state and lag are measured
};

BatchSteps steps_of(const BatchProgress& batch);

/// What a pipeline has not read yet.
struct Lag {
  std::optional<std::int64_t> records;  ///< of all sources; null: some source does not know
  std::optional<std::int64_t> us;  ///< age of the oldest record that is not read; null: unknown
};

Lag lag_of(const BatchProgress& batch);

/// A batch as the verdict sees it.
struct JudgedBatch {
  std::int64_t batch = 0;
  std::int64_t ended_us = 0;  ///< since 1970
  std::int64_t duration_us = 0;
  std::int64_t rows = 0;
  BatchSteps steps;
  Lag lag;
};

/// What a pipeline is judged by.
struct Evidence {
  PipelineState state = PipelineState::kReady;
  std::int64_t since_us = 0;  ///< in this state
  std::string retrying;       ///< a step whose next try is waited for; "": none
  std::string error;          ///< why it failed; "": it did not
  std::int64_t every_us = 0;  ///< of the trigger; 0: batches follow each other
  bool limited = false;      ///< the last batch took all that its limits let it, and more was there
  std::string slowest_view;  ///< which takes most of the SQL's time; "": not known
  std::string slowest_sink;  ///< which takes most of the sinks' time
  std::span<const JudgedBatch> batches;  ///< the newest ones, oldest first
};

enum class VerdictState : unsigned char {
  kOk,
  kIdle,    ///< all is read, and nothing comes
  kBehind,  ///< its lag grows
  kPaused,
  kStarting,
  kRetrying,
  kStopped,
  kFailed,
  kFinished,
};

std::string_view verdict_state_name(VerdictState state);

/// How a pipeline is, in words for people: one sentence, and why it is so.
struct Verdict {
  VerdictState state = VerdictState::kOk;
  std::string head;   ///< "Keeping up, 0.3 s behind."
  std::string text;   ///< "Bound by decoding: 154 of 415 ms. Each 1 s trigger has 59 % to spare."
  std::string bound;  ///< "source", "decode", "sql", "sink", "trigger"; "": nothing runs
  std::optional<double> spare;  ///< of the trigger's time, 0 to 1; null: it has no interval
  std::optional<double> could;  ///< rows a second that batches like the last ones could do
};

/// `now`: microseconds since 1970.
Verdict judge(const Evidence& evidence, std::int64_t now);

}  // namespace sluice::app
