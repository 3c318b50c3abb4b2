#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "data/offset.h"

namespace sluice::engine {

/// Records of a source that did not decode, of one kind.
struct DeadLetterReason {
  std::string reason;      ///< "column Quantity: not an integer"
  std::int64_t count = 0;  ///< records
  std::string first;       ///< the first of them: its place and how its value begins
};

struct SourceProgress {
  std::string name;
  std::int64_t rows = 0;            ///< records read
  std::int64_t dead_letters = 0;    ///< of them, that did not decode
  std::int64_t blank_lines = 0;     ///< beside them: lines with nothing on them
  std::optional<std::int64_t> lag;  ///< records (of a source of files: files) still to read
  std::optional<std::int64_t> lag_bytes;
  /// Latest event time that was seen, of sources with a watermark.
  std::optional<Micros> latest_event;
  std::string start_offset;  ///< JSON
  std::string end_offset;    ///< JSON
  /// Of the dead letters, in the order of their first ones; columns times ways to fail at most.
  std::vector<DeadLetterReason> reasons;
};

/// For every sink rows_in + added = dead_letters + filtered + late + kept: `rows_in` records were
/// read by the sources below it, `added` are what unnest, sliding windows, static tables and the
/// like made of them, `dead_letters` did not decode, `filtered` were dropped by WHERE, `late` came
/// too late for a view below, `kept` reached the sink or the state of the first aggregate or join
/// of streams below it. SQL that both drops and adds rows is known by the difference only, so in a
/// batch one of `added` and `filtered` is 0. `rows` were written; after a state that number
/// differs.
struct SinkProgress {
  std::string name;
  std::int64_t rows_in = 0;
  std::int64_t added = 0;
  std::int64_t dead_letters = 0;
  std::int64_t filtered = 0;
  std::int64_t late = 0;
  std::int64_t kept = 0;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::int64_t waiting = 0;  ///< of the rows, those in the checkpoint until a file is full
  /// Columns that the sink leaves out because its table lacks them.
  std::vector<std::string> left_out{};
};

/// Longer delays of watermarks with which a view would have kept more rows.
struct DelayAdvice {
  double kept_percent = 0;               ///< of all rows that reached the view; at least
  std::map<std::string, Micros> delays;  ///< by source below the view
};

/// What a view with state did.
struct ViewProgress {
  std::string name;
  std::int64_t rows_in = 0;  ///< that reached it
  std::int64_t late = 0;     ///< of them, that came too late
  /// Of those, how many by how much the delay was too short: see sql::Step::Counts.
  std::map<Micros, std::int64_t> late_by;
  std::int64_t state_rows = 0;      ///< kept after the batch
  std::int64_t state_bytes = 0;     ///< which these rows take, not compressed; an estimate
  std::vector<DelayAdvice> advice;  ///< by all batches of the run so far; empty: no row was late
};

/// What one batch did. Also the shape of the totals at the end.
struct BatchProgress {
  data::BatchId batch = 0;
  Micros started = 0;  ///< wall clock
  std::int64_t duration_us = 0;
  std::map<std::string, std::int64_t> phase_us;  ///< plan, read, run, stage, commit, publish
  std::vector<SourceProgress> sources;
  std::vector<SinkProgress> sinks;
  std::vector<ViewProgress> views;  ///< those with state
  std::optional<Micros> watermark;  ///< by which the batch made results final
  std::int64_t state_rows = 0;
  std::int64_t state_bytes = 0;
  bool redone = false;  ///< published again after a crash; counts are those of the first time
};

struct Summary {
  std::int64_t batches = 0;
  std::int64_t duration_us = 0;
  std::vector<SourceProgress> sources;  ///< sums; offsets: first and last
  std::vector<SinkProgress> sinks;      ///< sums
  std::vector<ViewProgress> views;      ///< sums; the state as it is at the end
  bool stopped_by_user = false;
};

/// Informed about each batch, on the engine's thread: keep it short.
class ProgressListener {
 public:
  virtual ~ProgressListener() = default;
  /// Once, after recovery, before the first batch.
  virtual void on_start(data::BatchId next_batch, int redone) = 0;
  virtual void on_batch(const BatchProgress& progress) = 0;
  /// A transient failure: try number `attempt` comes in `pause_ms`.
  virtual void on_retry(const std::string& what, int attempt, std::int64_t pause_ms) = 0;
};

}  // namespace sluice::engine
