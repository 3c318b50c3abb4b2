#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// Records that did not decode, of one kind.
struct DeadLetterReason {
  std::string reason;      ///< "column Quantity: not an integer"
  std::int64_t count = 0;  ///< records
  std::string first;       ///< the first of them: its place and how its value begins
};

/// What a source gave in one batch, or in a whole run.
struct SourceProgress {
  std::string name;
  std::int64_t rows = 0;          ///< records read
  std::int64_t dead_letters = 0;  ///< of them, those that did not decode
  std::int64_t replayed = 0;      ///< of them, dead letters of earlier batches, read once more
  std::int64_t blank_lines = 0;   ///< beside them: lines with nothing on them
  /// Records (of a source of files: files) still to read; null: unknown.
  std::optional<std::int64_t> lag;
  std::optional<std::int64_t> lag_bytes;  ///< the same in bytes; null: unknown
  /// How long ago the oldest of them was written, by its own time; 0: all are read; null: unknown.
  std::optional<std::int64_t> lag_us;
  /// Latest event so far, microseconds since 1970, of a source with a watermark; null: none.
  std::optional<std::int64_t> latest_event_us;
  std::string start_offset;               ///< JSON
  std::string end_offset;                 ///< JSON
  std::vector<DeadLetterReason> reasons;  ///< of the dead letters, in the order of their first
};

/// What a sink took in one batch, or in a whole run. It adds up: rows_in + added = kept + filtered
/// + late + dead_letters.
struct SinkProgress {
  std::string name;
  std::int64_t rows_in = 0;  ///< records that the sources below it read
  /// Rows that unnest, sliding windows, joins with tables and the like made in addition. Where SQL
  /// both adds and drops rows the difference is known: of a batch one of added and filtered is 0.
  std::int64_t added = 0;
  std::int64_t dead_letters = 0;  ///< records that did not decode
  std::int64_t filtered = 0;      ///< dropped by WHERE
  std::int64_t late = 0;          ///< came too late for a view below it
  /// Rows that reached the sink, or the state of the first aggregate or join of streams below it.
  std::int64_t kept = 0;
  std::int64_t rows = 0;     ///< written; after an aggregate or a join not the same number as kept
  std::int64_t bytes = 0;    ///< written
  std::int64_t waiting = 0;  ///< rows that wait in the checkpoint until a file is full
  std::int64_t duration_us = 0;  ///< staging, with the SQL that nobody else has run, and publishing
  /// Columns that the sink leaves out because its table lacks them.
  std::vector<std::string> left_out{};
};

/// Longer delays of watermarks with which a view would have kept more rows.
struct DelayAdvice {
  double kept_percent = 0;                        ///< of the rows that reached the view; at least
  std::map<std::string, std::int64_t> delays_us;  ///< by source or view that has a watermark
};

/// What a view with state did in one batch, or in a whole run.
struct ViewProgress {
  std::string name;
  std::int64_t rows_in = 0;  ///< that reached it
  std::int64_t late = 0;     ///< of them, those that came too late
  /// Of the late ones, how many by how much the delay was too short, in microseconds, rounded up to
  /// one of few steps.
  std::map<std::int64_t, std::int64_t> late_by_us;
  std::int64_t state_rows = 0;   ///< kept in the end
  std::int64_t state_bytes = 0;  ///< which these rows take, not compressed; an estimate
  /// By all rows of the run so far, better delays last; empty: none was late.
  std::vector<DelayAdvice> advice;
};

/// A source or view in one batch.
struct NodeProgress {
  std::string name;
  std::optional<std::int64_t> rows;  ///< that came out of it; null: not counted
  /// Of what it runs by itself; null: nothing, it is a part of the SQL of those that read it.
  std::optional<std::int64_t> duration_us;
};

/// One micro-batch.
struct BatchProgress {
  std::int64_t batch = 0;
  std::int64_t started_us = 0;  ///< microseconds since 1970 (UTC)
  std::int64_t duration_us = 0;
  std::map<std::string, std::int64_t> phase_us;  ///< plan, read, run, stage, commit, publish
  /// About how much of the phases run and stage went into decoding records.
  std::map<std::string, std::int64_t> decode_us;
  std::vector<SourceProgress> sources;
  std::vector<SinkProgress> sinks;
  std::vector<ViewProgress> views;  ///< those with state
  std::vector<NodeProgress> nodes;  ///< sources and views that some sink depends on
  /// The watermark by which the batch made results final, microseconds since 1970; null: none yet.
  std::optional<std::int64_t> watermark_us;
  /// Latest event so far, by view that has a watermark of its own; without those that have had
  /// none.
  std::map<std::string, std::int64_t> view_events_us;
  std::int64_t state_rows = 0;
  std::int64_t state_bytes = 0;
};

/// Records read from all sources, and those of them that did not decode.
std::int64_t rows_of(const BatchProgress& progress);
std::int64_t dead_letters_of(const BatchProgress& progress);

/// A whole run, from the first batch to the last. Sums; offsets: the first and the last.
struct RunSummary {
  std::int64_t batches = 0;
  std::int64_t duration_us = 0;
  std::vector<SourceProgress> sources;
  std::vector<SinkProgress> sinks;
  std::vector<ViewProgress> views;  ///< those with state
  bool stopped_by_user = false;
};

/// Informed about a run while it goes, on its thread, which waits meanwhile. What it throws ends
/// the run with an error. REQUIRES: it outlives the run.
class RunListener {
 public:
  virtual ~RunListener() = default;
  /// Once, after recovery, before the first batch. `redone` batches were published again.
  virtual void on_start(std::int64_t next_batch, int redone) = 0;
  virtual void on_batch(const BatchProgress& progress) = 0;
  /// A step failed for a passing reason; try number `attempt` comes in `pause_ms`.
  virtual void on_retry(const std::string& what, int attempt, std::int64_t pause_ms) = 0;
  /// Whether the next batch is to count the rows of views that nothing else counts, which runs them
  /// once more: NodeProgress::rows has them then.
  virtual bool wants_row_counts() { return false; }
  /// The run was asked to pause and holds between two batches from now on; false: it goes on.
  virtual void on_hold(bool held) { static_cast<void>(held); }
};

/// One line of JSON as docs/reference/progress.md describes it, without a line end.
std::string progress_json(const std::string& pipeline, const BatchProgress& progress);

}  // namespace sluice
