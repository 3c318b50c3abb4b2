#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "connector/batch_table.h"
#include "data/decoder.h"
#include "data/record_batch.h"
#include "data/type.h"
#include "sluice/base/result.h"
#include "sql/duckdb/database.h"

namespace sluice::sql {

/// Where a column of a scanned source comes from.
struct ScanColumn {
  data::Field field;
  bool decoded = false;   ///< by the decoder, else the record batch's own
  std::size_t index = 0;  ///< in Decoder::schema() or Source::schema()
};

/// What a source looks like to SQL; fixed for the life of the session.
struct ScanDefinition {
  std::string name;  ///< the name that user SQL reads from
  std::vector<ScanColumn> columns;
  const data::Decoder* decoder = nullptr;  ///< not owned; null: own columns only
};

/// What scans of one batch have met.
struct ScanOutcome {
  std::vector<data::Reject> rejects;  ///< sorted by row, each row once
  std::uint64_t rows_rejected = 0;
};

/// A source that SQL can read: `SELECT ... FROM "name"`. DuckDB asks for chunks from several
/// threads; records are decoded inside the scan, only the columns that the query needs, straight
/// into DuckDB's vectors. It is a temp view of that name.
class Scan {
 public:
  virtual ~Scan() = default;

  /// Defines the table function and the view in `session`.
  /// REQUIRES: `session` and the decoder outlive the scan.
  static Result<std::unique_ptr<Scan>> define(Session& session, ScanDefinition definition);

  /// The records that queries read from now on (not owned; null: no rows). Forgets earlier rejects
  /// and frees what earlier readers held.
  /// REQUIRES: no query reads; nobody looks at results of queries over the batch before; `batch`
  /// stays until the next bind().
  virtual void bind(const data::RecordBatch* batch) = 0;

  /// Columns that every scan decodes, be it for their errors only. None at first.
  /// REQUIRES: no query reads; they are columns of the decoder.
  virtual void check(const std::set<std::string>& columns) = 0;

  /// Whether the queries that begin from now on are nobody's of the batch: they leave out what they
  /// do not decode, and neither what they decode nor what they leave out is known to agree() and
  /// outcome(). False at first. REQUIRES: no query reads.
  virtual void set_aside(bool is_aside) = 0;

  /// After the batch's queries: whether all of them judged every record alike. False when scans
  /// decoded different columns and a record was rejected, so that one may have rejected what
  /// another let through: from now on each scan checks the columns of all scans so far, and the
  /// batch must be run again. Records that no scan came to (a join with nothing on its other side
  /// does not look at them) are decoded here.
  /// REQUIRES: a batch is bound, and no query reads.
  virtual Result<bool> agree() = 0;

  /// How much of the time since bind() went into decoding: of each query's threads, which decode at
  /// the same time, the one that did it longest.
  /// REQUIRES: no query reads.
  virtual std::chrono::nanoseconds decode_time() const = 0;

  /// What could not be decoded.
  /// REQUIRES: agree() has said true, and nothing was bound since.
  virtual ScanOutcome outcome() = 0;
};

/// The rows of `select` (run again at each use) for a sink.
/// REQUIRES: `session` outlives it.
Result<std::unique_ptr<connector::BatchTable>> make_batch_table(Session& session,
                                                                std::string select);
/// The same, where the columns that it gives are known: they are not asked for.
std::unique_ptr<connector::BatchTable> make_batch_table(Session& session, std::string select,
                                                        data::Schema schema);

}  // namespace sluice::sql
