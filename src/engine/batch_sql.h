#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "connector/batch_table.h"
#include "engine/event_clock.h"
#include "engine/failed_view.h"
#include "engine/graph.h"
#include "engine/pipeline.h"
#include "engine/static_tables.h"
#include "engine/whole_results.h"
#include "sluice/base/result.h"
#include "sql/duckdb/database.h"
#include "sql/plan/plan.h"
#include "sql/scan/parquet_view.h"
#include "sql/scan/scan.h"
#include "sql/view/kept_rows.h"

namespace sluice::engine {

/// The SQL side of a pipeline's batches: sources and dead letters as scans, views planned, shared
/// nodes materialised, aggregates folded into their state. Everything happens in one session, which
/// outlives it; the caller owns the transaction. Engine thread only.
class BatchSql {
 public:
  /// Defines the scans and plans the views; `pipeline` outlives it. `kept` gets what each view
  /// keeps (null: nobody asks). kUser errors of the planner.
  static Result<std::unique_ptr<BatchSql>> make(const Pipeline& pipeline, sql::Session& session,
                                                sql::KeptByView* kept = nullptr);

  const sql::Plan& plan() const { return plan_; }
  const Graph& graph() const { return *graph_; }

  /// Columns of `from`, a view or source.
  Result<data::Schema> schema_of(const std::string& from);

  /// Columns that the sink's target gets.
  Result<data::Schema> schema_for(const SinkPart& sink);

  /// Makes the state tables that are missing and the temp views of shared nodes. Once, before
  /// batches.
  Status prepare();

  /// The tables that are read in full: connects them, and reads those that are due. Before a batch.
  Status open_tables(std::stop_token stop) { return tables_.open(std::move(stop)); }
  Result<bool> refresh_tables(Micros now, const std::stop_token& stop) {
    return tables_.refresh(now, stop);
  }

  /// The records that the next run reads from `source` (not owned; null: none).
  Status bind(const std::string& source, const data::RecordBatch* records);

  /// What the batch's failure is to say: when a Parquet file of a source is broken or gone, that,
  /// and of which source; when a view cannot compute a row, which view and row. After the rollback,
  /// before clear(); an error that is not kTransient ends the batches.
  Error name_culprit(Error error, const Clock& clock);

  /// Materialises what several read and folds the batch into the views' state. In a transaction.
  Status run(const Watermarks& watermarks);

  /// What is known of a source or view in the last run.
  struct Work {
    std::optional<std::chrono::nanoseconds> duration;  ///< null: it is a part of its reader's query
    std::optional<std::int64_t> rows;                  ///< null: not counted
  };
  Work work(const std::string& name) const;
  /// How much time since bind() went into decoding.
  std::chrono::nanoseconds decode_time() const;
  /// Runs a view on the batch to count its rows, for work().
  Status count_rows(const std::string& view);

  /// Gives up the state that no later batch needs, after the sinks have their rows. In the same
  /// transaction.
  Status evict();

  /// The batch's rows of a source or view that has a watermark. After run().
  struct Events {
    std::int64_t rows = 0;
    std::optional<Micros> latest;  ///< null: none has a time
  };
  Result<Events> events_of(const std::string& name);

  /// Whether some view keeps rows that the watermark will make final or give up.
  Result<bool> rows_wait();

  /// The SELECT that gives a sink its rows.
  std::string select_for(const SinkPart& sink) const;
  /// The rows of the batch for a sink. Valid until the batch's end.
  Result<std::unique_ptr<connector::BatchTable>> rows_for(const SinkPart& sink);

  /// Views that take a result row by row as it changes, and whose rows go to one of `sinks`, take
  /// the whole result from now on, or (`whole` false) what has changed. Within a transaction.
  Status read_whole(const WholeResults& sinks, bool whole);
  /// The same of the whole result instead of the batch's rows. REQUIRES: takes_whole(); after
  /// read_whole() and run().
  Result<std::unique_ptr<connector::BatchTable>> whole_rows_for(const SinkPart& sink,
                                                                const WholeResults& sinks);

  /// The rows of one of plan().queries. After run() and before evict(). Valid until the batch's
  /// end.
  Result<std::unique_ptr<connector::BatchTable>> rows_of(const sql::QueryPlan& query);

  /// What may be read of the run; once tables are open.
  Result<std::vector<WatchedRelation>> relations();
  /// As WatchedBatch::read(): after run() and before evict(), or between two batches.
  Status read(const WatchedRelation& relation, const std::vector<std::size_t>& columns,
              const WatchedBatch::Receive& receive);

  /// Whether all readers of each source have rejected the same records; false: the batch must be
  /// run again from its start, and then the answer is true (sql::Scan::agree). After run() and
  /// after the sinks have read their rows.
  Result<bool> rejects_agree();
  /// What did not decode, after that.
  sql::ScanOutcome outcome(const std::string& source);
  /// Rows of `letters` for the dead-letter sink of `source`.
  Result<std::unique_ptr<connector::BatchTable>> dead_letters(const std::string& source,
                                                              const data::RecordBatch& letters);

  /// Input rows that reached a view with state in the last run, and those of them that came too
  /// late for it, by how much the watermark's delay was too short for them (sql::Step::Counts).
  struct ViewCounts {
    std::int64_t rows = 0;
    std::int64_t late = 0;
    std::map<Micros, std::int64_t> late_by;
  };
  ViewCounts counts(const std::string& view) const;

  /// Forgets the records and frees temp tables: after the commit, or after a rollback.
  Status clear();

 private:
  BatchSql(const Pipeline& pipeline, sql::Session& session)
      : pipeline_(pipeline), session_(session), tables_(pipeline, session) {}

  Status define(const SourcePart& source);
  /// Whether batches make what SQL reads under this name.
  bool is_made(const std::string& name) const;
  /// What SQL calls the rows of the relation, with at least these columns.
  std::string rows_with(const WatchedRelation& relation,
                        const std::vector<std::size_t>& columns) const;
  std::vector<FailedSource> failed_sources();
  FailedSource failed_records(const SourcePart& source, const data::RecordBatch& records);
  Status share(const std::string& name, const std::string& columns);
  /// What SQL calls the rows of a shared node as they are made, beside the table that keeps them.
  static std::string select_name(const std::string& name) {
    return data::quote_identifier(name + "__select");
  }
  Status set_watermarks(const Watermarks& watermarks);
  Status fill(const std::string& name);
  Status fold(const sql::ViewPlan& view);

  const Pipeline& pipeline_;
  sql::Session& session_;
  StaticTables tables_;
  std::map<std::string, std::unique_ptr<sql::Scan>> scans_;
  std::map<std::string, std::unique_ptr<sql::ParquetView>> parquet_;  ///< columnar sources
  std::map<std::string, std::unique_ptr<sql::Scan>> dead_letter_scans_;
  sql::Plan plan_;
  std::unique_ptr<Graph> graph_;
  std::map<std::string, const data::RecordBatch*> bound_;  ///< by source, what bind() was given
  std::map<std::string, ViewCounts> counts_;
  std::map<std::string, Work> work_;
  std::map<std::string, data::Schema> row_schemas_;  ///< by sink, of rows_for()
  std::map<std::string, std::string>
      fill_table_;  ///< by shared node: statement that makes its rows
};

}  // namespace sluice::engine
