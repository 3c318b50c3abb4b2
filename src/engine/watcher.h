#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "connector/batch_table.h"
#include "data/offset.h"
#include "data/type.h"
#include "sluice/base/result.h"
#include "sluice/progress.h"
#include "sql/plan/plan.h"

namespace sluice::engine {

/// What a watcher keeps in the checkpoint: pieces of bytes in an order. A change belongs to the
/// transaction that is open, or is one by itself.
class WatchNotes {
 public:
  virtual ~WatchNotes() = default;
  virtual Result<std::vector<std::string>> read() = 0;
  virtual Status add(std::string_view piece) = 0;
  /// One piece in the place of all. Outside a batch a kill may leave several older ones in front of
  /// it, a single one never.
  virtual Status replace(std::string_view piece) = 0;
};

/// A source, view or table of a run, as somebody may read it who looks now and then.
struct WatchedRelation {
  enum class Kind : unsigned char { kSource, kView, kTable };
  std::string name;
  Kind kind = Kind::kView;
  bool is_of_batch = false;  ///< it has rows only while a batch is in hand
  data::Schema schema;       ///< of its chunks (connector::chunk_schema)
  std::string lacking{};     ///< why no batch makes its rows; "": batches do
};

/// A batch whose sinks have their rows, or what the last one has left.
class WatchedBatch {
 public:
  virtual ~WatchedBatch() = default;
  virtual data::BatchId id() const = 0;
  /// When it began, or, between two batches, now.
  virtual Micros started() const = 0;
  /// The rows of one of the watcher's queries; the query runs when they are read.
  virtual Result<std::unique_ptr<connector::BatchTable>> rows(const sql::QueryPlan& query) = 0;

  using Receive = std::function<Result<bool>(const connector::RowChunk&)>;
  /// The rows of a relation of Watcher::introduce() that lacks nothing, of these columns of its
  /// schema, as BatchTable::read_chunks() gives them. Nothing is planned or kept for it ahead.
  /// Records of a source that do not decode in these columns are left out, without becoming dead
  /// letters by that.
  virtual Status read(const WatchedRelation& relation, const std::vector<std::size_t>& columns,
                      const Receive& receive) {
    static_cast<void>(columns);
    static_cast<void>(receive);
    return internal_error("relations are not read here: " + relation.name);
  }
};

/// Somebody who looks at a run's batches from within: what charts show, what alerts look for. What
/// it keeps in its notes during a batch is committed with the batch, or not at all. Engine thread
/// only.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// Under which its notes are kept; no two watchers have the same.
  virtual std::string name() const = 0;
  /// What it asks of batches, each with a name for messages.
  virtual std::vector<sql::ViewText> queries() const = 0;
  /// Its queries over a batch's rows are asked in each batch, so that what they share with others
  /// is worth keeping meanwhile.
  virtual bool looks_at_each_batch() const { return false; }
  /// The queries as planned, in their order; they outlive it. Connects to nothing. kUser.
  virtual Status check(std::span<const sql::QueryPlan> queries) = 0;

  /// It reads relations by WatchedBatch::read(): introduce() is called, before open().
  virtual bool reads_relations() const { return false; }
  // NOLINTNEXTLINE(performance-unnecessary-value-param): who overrides it keeps them.
  virtual void introduce(std::vector<WatchedRelation> relations) { static_cast<void>(relations); }

  /// Before the first batch. `notes` outlive it.
  virtual Status open(WatchNotes& notes, Micros now) = 0;
  /// In the batch's transaction. False: a query has failed, and with it the transaction; the batch
  /// is made again from its start, and looked at again. To ask the same once more would fail again.
  virtual Result<bool> look(WatchedBatch& batch) = 0;
  /// Whether look_between() is to be called: something that look() has left out is due. `rests`: no
  /// batch is to come soon, the run is paused or ends.
  virtual bool is_due(Micros now, bool rests) const {
    static_cast<void>(now);
    static_cast<void>(rests);
    return false;
  }
  /// Between two batches, once is_due(): at what the last one has left, where sources and views of
  /// a stream's rows have none. In a transaction that is taken back, so nothing may be noted. False
  /// as of look().
  virtual Result<bool> look_between(WatchedBatch& left) {
    static_cast<void>(left);
    return true;
  }
  /// Between two batches: after one was published (`progress`, complete), and in idle time (null).
  /// Notes that it changes here stay whatever becomes of the next batch.
  virtual Status between(Micros now, const BatchProgress* progress) = 0;
  /// When between() is to be called though no batch comes; null: it need not.
  virtual std::optional<Micros> next() const { return std::nullopt; }
  /// The run was paused and goes on.
  virtual void resume(Micros now) { static_cast<void>(now); }
  /// The run ends, for this reason. The last call.
  virtual void end(const Status& how) { static_cast<void>(how); }
};

}  // namespace sluice::engine
