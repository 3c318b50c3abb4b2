#include "app/live/verdict.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/quantity_text.h"

namespace sluice::app {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
/// Batches by which times are judged: one that is slow by chance says nothing.
constexpr std::size_t kTypicalBatches = 10;
/// Over how long a lag must grow, at least and at most, to be called falling behind.
constexpr std::int64_t kTrendLeast = 10 * kSecond;
constexpr std::int64_t kTrendMost = 120 * kSecond;
/// A lag that is shorter is never called so.
constexpr std::int64_t kBehindLeast = 5 * kSecond;

struct Part {
  std::string_view name;
  std::string_view words;
  std::int64_t us;
};

/// What the last batches took on average, by what can be bound.
struct Typical {
  std::int64_t duration = 0;
  std::int64_t rows = 0;
  std::array<Part, 4> parts{{{"source", "the source", 0},
                             {"decode", "decoding", 0},
                             {"sql", "SQL", 0},
                             {"sink", "the sinks", 0}}};
  const Part& largest() const { return *std::ranges::max_element(parts, {}, &Part::us); }
};

/// Of batches with rows: what an empty one takes is not what limits.
Typical typical_of(std::span<const JudgedBatch> batches) {
  Typical typical;
  std::int64_t count = 0;
  for (auto batch = batches.rbegin(); batch != batches.rend(); ++batch) {
    if (batch->rows == 0) continue;
    const BatchSteps& steps = batch->steps;
    typical.duration += batch->duration_us;
    typical.rows += batch->rows;
    typical.parts[0].us += steps.plan + steps.read;
    typical.parts[1].us += steps.decode;
    typical.parts[2].us += steps.sql;
    typical.parts[3].us += steps.stage + steps.commit + steps.publish;
    if (++count == static_cast<std::int64_t>(kTypicalBatches)) break;
  }
  if (count == 0) return typical;
  typical.duration /= count;
  typical.rows /= count;
  for (Part& part : typical.parts) part.us /= count;
  return typical;
}

/// "3 s", "0.3 s": coarse, since it is part of a sentence that changes each second.
std::string coarse(std::int64_t us) {
  if (us < 0) us = 0;
  if (us < 10 * kSecond) {
    const auto tenths = std::llround(static_cast<double>(us) / 100'000);
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
  }
  if (us < 120 * kSecond) return std::to_string(us / kSecond) + " s";
  return duration_text(us);
}

std::string lag_text(const Lag& lag) {
  if (lag.us) return coarse(*lag.us);
  if (lag.records) return counted(*lag.records, "record", "records");
  return "";
}

/// By how much the lag grows each second; null: it is too early to say.
struct Trend {
  double growth = 0;  ///< seconds a second, or records a second
  bool in_time = true;
};

std::optional<Trend> trend_of(std::span<const JudgedBatch> batches) {
  if (batches.size() < 2) return std::nullopt;
  const JudgedBatch& last = batches.back();
  const auto first = std::ranges::find_if(batches, [&](const JudgedBatch& batch) {
    return batch.ended_us >= last.ended_us - kTrendMost;
  });
  const std::int64_t span = last.ended_us - first->ended_us;
  if (span < kTrendLeast) return std::nullopt;
  const double seconds = static_cast<double>(span) / 1e6;
  if (last.lag.us && first->lag.us) {
    return Trend{static_cast<double>(*last.lag.us - *first->lag.us) / 1e6 / seconds, true};
  }
  if (last.lag.records && first->lag.records) {
    return Trend{static_cast<double>(*last.lag.records - *first->lag.records) / seconds, false};
  }
  return std::nullopt;
}

/// How long the backlog alone would take; null: not known.
std::optional<std::int64_t> backlog_us(const Lag& lag, const Typical& typical) {
  if (lag.us) return lag.us;
  if (!lag.records || typical.rows == 0) return std::nullopt;
  return static_cast<std::int64_t>(static_cast<double>(*lag.records) *
                                   static_cast<double>(typical.duration) /
                                   static_cast<double>(typical.rows));
}

std::string advice(const Evidence& evidence, std::string_view bound) {
  if (bound == "trigger") {
    return " Raise the source's limit per trigger, or let batches follow each other (trigger: "
           "continuous).";
  }
  if (bound == "source") {
    return " More partitions or files at a time, or a broker nearer by, would help.";
  }
  if (bound == "decode") {
    return " More threads (engine: {threads}), or Avro instead of text, would help.";
  }
  if (bound == "sql") {
    return evidence.slowest_view.empty()
               ? " More threads or memory (engine: {threads, memory_limit}) would help."
               : " View " + evidence.slowest_view +
                     " takes most of it: look at its SQL and at how much state it keeps.";
  }
  return evidence.slowest_sink.empty()
             ? " Larger batches make fewer, larger files and transactions."
             : " Sink " + evidence.slowest_sink +
                   " takes most of it: larger batches, or roll: for sinks of files, make fewer and "
                   "larger writes.";
}

Verdict resting(const Evidence& evidence, std::int64_t now) {
  const std::string since = coarse(now - evidence.since_us) + " ago";
  switch (evidence.state) {
    case PipelineState::kReady:
      return {
          VerdictState::kStopped, "Not started.", "It was read and checked; start it.", "", {}, {}};
    case PipelineState::kStarting:
      return {
          VerdictState::kStarting,
          "Starting.",
          "It opens its checkpoint, connects, and publishes what the last run left unpublished.",
          "",
          {},
          {}};
    case PipelineState::kReloading:
      return {VerdictState::kStarting,
              "Reloading.",
              "A new version of its file takes over between two batches.",
              "",
              {},
              {}};
    case PipelineState::kPaused:
      return {
          VerdictState::kPaused,
          "Paused, " + since + ".",
          "Nothing is read until it is resumed; the sources keep what comes as long as they do.",
          "",
          {},
          {}};
    case PipelineState::kFailed:
      return {
          VerdictState::kFailed, "Stopped by an error, " + since + ".", evidence.error, "", {}, {}};
    case PipelineState::kStopped:
      return {VerdictState::kStopped,
              "Stopped, " + since + ".",
              "The next start goes on where it ended.",
              "",
              {},
              {}};
    default:
      return {VerdictState::kFinished,
              "Finished, " + since + ".",
              "All that its trigger asked for is published.",
              "",
              {},
              {}};
  }
}

Verdict idle(const Evidence& evidence, std::int64_t now) {
  Verdict verdict;
  verdict.state = VerdictState::kIdle;
  const auto with_rows = std::find_if(evidence.batches.rbegin(), evidence.batches.rend(),
                                      [](const JudgedBatch& batch) { return batch.rows > 0; });
  if (with_rows == evidence.batches.rend()) {
    verdict.head = "Waiting for the first record.";
    verdict.text = "It is connected, and there was nothing to read yet.";
    return verdict;
  }
  verdict.head = "Waiting for data for " + coarse(now - with_rows->ended_us) + ".";
  verdict.text = "Everything is read and published; the last batch with rows was " +
                 count_text(with_rows->batch) + ".";
  return verdict;
}

bool is_idle(const Evidence& evidence, std::int64_t now) {
  const auto with_rows = std::find_if(evidence.batches.rbegin(), evidence.batches.rend(),
                                      [](const JudgedBatch& batch) { return batch.rows > 0; });
  if (with_rows == evidence.batches.rend()) return true;
  if (with_rows->lag.records && *with_rows->lag.records > 0) return false;
  return now - with_rows->ended_us > std::max<std::int64_t>(10 * kSecond, 3 * evidence.every_us);
}

/// What bounds the last batches, in words, and what they have to spare.
void add_bound(const Evidence& evidence, const Typical& typical, Verdict& verdict) {
  const Part& largest = typical.largest();
  verdict.bound = largest.name;
  const std::int64_t every = evidence.every_us;
  if (typical.duration > 0) {
    verdict.could = static_cast<double>(typical.rows) * 1e6 / static_cast<double>(typical.duration);
  }
  if (every > 0) {
    verdict.spare = std::clamp(
        1 - static_cast<double>(typical.duration) / static_cast<double>(every), 0.0, 1.0);
    if (evidence.limited && *verdict.spare > 0.1) {
      verdict.bound = "trigger";
      verdict.text =
          "Bound by the trigger: each batch takes as many records as its limit allows, "
          "and is done in " +
          duration_text(typical.duration) + " of " + duration_text(every) + ".";
      return;
    }
  }
  verdict.text = "Bound by " + std::string(largest.words) + ": " + duration_text(largest.us) +
                 " of " + duration_text(typical.duration) + " a batch.";
  if (verdict.spare) {
    verdict.text +=
        *verdict.spare > 0
            ? " Each " + duration_option_text(every) + " trigger has " +
                  percent_text(std::round(*verdict.spare * 100)) + " to spare."
            : " Batches take longer than the " + duration_option_text(every) + " of the trigger.";
  } else if (verdict.could) {
    verdict.text += " About " + count_text(std::llround(*verdict.could)) + " rows a second fit.";
  }
}

}  // namespace

BatchSteps steps_of(const BatchProgress& batch) {
  const auto phase = [&batch](const char* name) {
    const auto found = batch.phase_us.find(name);
    return found == batch.phase_us.end() ? std::int64_t{0} : found->second;
  };
  const auto decoding = [&batch](const char* name, std::int64_t most) {
    const auto found = batch.decode_us.find(name);
    return found == batch.decode_us.end() ? std::int64_t{0} : std::min(found->second, most);
  };
  const std::int64_t run = phase("run");
  const std::int64_t stage = phase("stage");
  const std::int64_t decode_run = decoding("run", run);
  const std::int64_t decode_stage = decoding("stage", stage);
  BatchSteps steps{.plan = phase("plan"),
                   .read = phase("read"),
                   .decode = decode_run + decode_stage,
                   .sql = run - decode_run,
                   .stage = stage - decode_stage,
                   .commit = phase("commit"),
                   .publish = phase("publish")};
  const std::int64_t sum = steps.plan + steps.read + steps.decode + steps.sql + steps.stage +
                           steps.commit + steps.publish;
  steps.publish += std::max<std::int64_t>(batch.duration_us - sum, 0);
  return steps;
}

Lag lag_of(const BatchProgress& batch) {
  Lag lag{.records = 0, .us = 0};
  for (const SourceProgress& source : batch.sources) {
    if (source.lag && lag.records) {
      *lag.records += *source.lag;
    } else {
      lag.records.reset();
    }
    if (source.lag_us && lag.us) {
      lag.us = std::max(*lag.us, *source.lag_us);
    } else {
      lag.us.reset();
    }
  }
  if (batch.sources.empty()) return {};
  return lag;
}

std::string_view verdict_state_name(VerdictState state) {
  constexpr std::array<std::string_view, 9> kNames = {
      "ok", "idle", "behind", "paused", "starting", "retrying", "stopped", "failed", "finished"};
  return kNames.at(static_cast<std::size_t>(state));
}

Verdict judge(const Evidence& evidence, std::int64_t now) {
  const bool running = evidence.state == PipelineState::kRunning ||
                       evidence.state == PipelineState::kDraining ||
                       evidence.state == PipelineState::kStopping;
  if (!evidence.retrying.empty() && is_active(evidence.state)) {
    return {VerdictState::kRetrying,
            "Tries again: " + evidence.retrying + ".",
            "A step failed for a reason that may pass. Nothing is lost meanwhile; the log has the "
            "error.",
            "",
            {},
            {}};
  }
  if (!running) return resting(evidence, now);
  if (is_idle(evidence, now)) return idle(evidence, now);
  const Typical typical = typical_of(evidence.batches);
  Verdict verdict;
  add_bound(evidence, typical, verdict);
  const JudgedBatch& last = evidence.batches.back();
  const std::string lag = lag_text(last.lag);
  const std::optional<std::int64_t> backlog = backlog_us(last.lag, typical);
  const std::optional<Trend> trend = trend_of(evidence.batches);
  const bool far = backlog && *backlog > std::max(kBehindLeast, 3 * evidence.every_us);
  const bool grows =
      trend &&
      (trend->in_time ? trend->growth > 0.05
                      : last.lag.records &&
                            trend->growth * 60 > 0.05 * static_cast<double>(*last.lag.records));
  if (far && grows) {
    verdict.state = VerdictState::kBehind;
    const std::string more =
        trend->in_time
            ? coarse(static_cast<std::int64_t>(trend->growth * 60e6)) + " more each minute"
            : count_text(std::llround(trend->growth * 60)) + " more each minute";
    verdict.head = "Falling behind: " + lag + ", and " + more + ".";
    verdict.text += advice(evidence, verdict.bound);
  } else if (far) {
    verdict.head = "Catching up: " + lag + " behind.";
  } else {
    verdict.head = lag.empty() ? "Keeping up." : "Keeping up, " + lag + " behind.";
  }
  if (evidence.state == PipelineState::kDraining) verdict.head = "Draining: " + verdict.head;
  if (evidence.state == PipelineState::kStopping) verdict.head = "Stopping: " + verdict.head;
  return verdict;
}

}  // namespace sluice::app
