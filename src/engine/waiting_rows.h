#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "connector/batch_table.h"
#include "engine/pipeline.h"
#include "sluice/base/result.h"
#include "sql/duckdb/database.h"

namespace sluice::engine {

/// What waits for one sink.
struct Waiting {
  std::int64_t rows = 0;
  Micros since = 0;          ///< when the first of them came, by the wall clock
  double bytes_per_row = 0;  ///< in the last files of the sink; 0: none was written yet
};

/// By sink: those with `roll:`, and those that had it when rows were left waiting.
using WaitingBySink = std::map<std::string, Waiting>;

/// The rows of sinks with `roll:`: they wait in the checkpoint, over batches, until there are
/// enough for a file. What waits lies in `state."__waiting_<sink>"` and changes in the batch's
/// transaction only, so no row is lost or written twice. The caller keeps a WaitingBySink of what
/// is committed and gives a copy of it to the current batch. Engine thread only.
class WaitingRows {
 public:
  /// References outlive it.
  WaitingRows(const Pipeline& pipeline, sql::Session& session)
      : pipeline_(pipeline), session_(session) {}

  /// Makes the tables that are missing. `selects`: what gives each sink its rows. kUser
  /// E_ROWS_WAITING: rows wait for a sink that is no longer in the file, or with other columns.
  Result<WaitingBySink> open(const std::map<std::string, std::string>& selects);

  /// What waits, also for sinks that are not in the pipeline. Makes nothing.
  Result<WaitingBySink> left();

  /// Some sink's rows are to be written now; `at_end`: no later batch will write them.
  bool due(const WaitingBySink& waiting, Micros now, bool at_end) const;
  bool due(const SinkPart& sink, const Waiting& waiting, Micros now, bool at_end) const;

  /// Adds the rows of `select`, in mode upsert in the place of those of their keys; the number of
  /// them. In the batch's transaction.
  Result<std::int64_t> add(const SinkPart& sink, const std::string& select, Micros now,
                           Waiting& waiting);
  /// All that waits for the sink.
  Result<std::unique_ptr<connector::BatchTable>> rows(const std::string& sink);
  /// They are staged: forgets them. In the batch's transaction.
  Status forget(const std::string& sink, const connector::Staged& staged, Waiting& waiting);

  /// Stores what `waiting` says. In the batch's transaction.
  Status record(const WaitingBySink& waiting);

 private:
  Result<bool> is_known();
  Result<WaitingBySink> read();
  Status check_left(const WaitingBySink& left, const std::map<std::string, std::string>& selects);
  const SinkPart* find(const std::string& sink) const;

  const Pipeline& pipeline_;
  sql::Session& session_;
  std::string schema_;  ///< before the tables' names
};

}  // namespace sluice::engine
