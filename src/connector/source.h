#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "base/clock.h"
#include "connector/probe.h"
#include "data/decoder.h"
#include "data/offset.h"
#include "data/parquet_rows.h"
#include "data/record_batch.h"
#include "data/type.h"
#include "sluice/base/result.h"

namespace sluice::connector {

/// How often at most an idle pipeline looks for new files in an object store.
inline constexpr std::chrono::milliseconds kStorePause{1000};

/// How far behind a source is: what is there and not yet read. Null: unknown.
struct Lag {
  std::optional<std::int64_t> records;  ///< of a source of files: files
  std::optional<std::int64_t> bytes;
  /// How long ago the oldest record that is not yet read was written, by its own time; 0 when all
  /// are read.
  std::optional<Micros> age{};
};

/// What the checkpoint has of a source when a run begins.
struct Remembered {
  data::Offset offset;
  std::string log;         ///< all that log_entry() gave for committed batches, in order
  std::string checkpoint;  ///< its folder, for messages
};

/// Where a source goes on.
struct Resumed {
  data::Offset offset;  ///< the same place, perhaps written in a newer way
  std::string log{};    ///< added to the log with it
};

/// Whether a source comes to an end by itself.
enum class Ending : unsigned char {
  kNever,    ///< more may come at any time: a topic, a folder
  kPending,  ///< it will end, and has not yet: a pipe whose writer is at work
  kEnded,    ///< nothing will ever come after the offset
};

/// Where records come from. The MUSTs are in connector/README.md; the conformance suite proves
/// them. One thread at a time, the engine's or one that reads ahead for it (is_slow); a source may
/// have threads of its own.
///
/// REQUIRES, of every method but schema(), has_payload(), is_columnar(), is_slow(), decoder(),
/// outline(), ending(), can_reread() and probe(): open() has succeeded. Then, of a source that a
/// checkpoint knows, resume() comes once before the rest, of any other initial(). Offsets that are
/// passed in are this source's: of initial(), latest() or resume(), in this process or an earlier
/// one.
///
/// Errors of every method: kUser (a topic that does not exist, a path that is not there),
/// kTransient (the engine retries with back-off), kCorruption (records between offsets are gone:
/// nothing is skipped silently), kCancelled.
class Source {
 public:
  virtual ~Source() = default;

  /// The columns that the source itself gives, whatever the payload: Kafka's key, value, topic ...;
  /// a generator's columns; empty where there are payloads only.
  virtual const data::Schema& schema() const = 0;

  /// The records have payloads, so the pipeline must name a format, or take the own columns raw.
  virtual bool has_payload() const = 0;

  /// Of a source whose payloads have a form of their own: what makes columns of them, so that the
  /// pipeline names no format. Asked for once, when the pipeline is composed, before open(); may
  /// ask the system outside. Null: the pipeline names one.
  virtual Result<std::unique_ptr<data::Decoder>> decoder() {
    return std::unique_ptr<data::Decoder>();
  }

  /// The batches are sets of Parquet files (RecordBatch::parquet()). schema() has the columns
  /// beside those in the files (data::parquet_columns()), which a pipeline may ask for as metadata.
  virtual bool is_columnar() const { return false; }

  /// Of a columnar source: its columns, or a file (the first is enough) that has them. Asked for
  /// when the pipeline is checked and when it starts, before open(); may read from the system
  /// outside. kUser when nothing says what they are.
  virtual Result<data::ParquetRows> outline() { return data::ParquetRows(); }

  /// Connects; may block up to the connect timeout, or until `stop`. Called again after an error
  /// that may pass, never after a success.
  virtual Status open(std::stop_token stop) = 0;

  /// Instead of open(), for `sluice check --connect`: tries that all that the options name can be
  /// reached and read by this user. Changes nothing outside. The default opens. Each step bounds
  /// its own wait, 10 s where nothing else is said; its errors are as of the other methods. The
  /// error is that of the step after which it ended.
  virtual Status probe(Probe& probe) {
    return probe.step("open", [&] { return open(probe.stop()); });
  }

  /// Where a new checkpoint starts, by the `start` option. Asked once in a checkpoint's life.
  virtual Result<data::Offset> initial() = 0;

  /// Once, when the checkpoint knows the source. kUser when it
  /// has read something else than what the options name now (E_FOLDER_CHANGED).
  virtual Result<Resumed> resume(const Remembered& past) { return Resumed{past.offset}; }

  /// What the checkpoint is to remember, beside the offset, of the batch that latest() found
  /// between the two: bytes of the source's own, kept with the batch's commit and given back to
  /// resume(). For what would make offsets grow without bound; "": nothing.
  /// REQUIRES: `to` is the newest answer of latest(), and was asked for from `from`.
  virtual Result<std::string> log_entry(const data::Offset& from, const data::Offset& to) {
    static_cast<void>(from), static_cast<void>(to);
    return std::string();
  }

  /// How far the next batch may go from `from`: what is there now, cut by `limit` (at least one
  /// record gets through, however large). Equal to `from` when nothing is there. Does not block
  /// longer than a request to the server takes.
  virtual Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) = 0;

  /// From now on latest() never goes past what is there at this moment: the available_now trigger.
  /// Of a source that ends by itself: past its end.
  virtual Status freeze() = 0;

  /// As freeze(), and of a source that ends by itself, too: at what is there at this moment. At
  /// most once, between two batches: a running pipeline is drained.
  virtual Status freeze_now() { return freeze(); }

  /// Instead of freeze(), of a run that reads again what another checkpoint has read: from now on
  /// latest() never goes past `place`, where that one is. Before initial(). kUser: the records
  /// cannot be had again, or not up to there; kCorruption: some of them are gone.
  virtual Status end_at(const Remembered& place) {
    static_cast<void>(place);
    return user_error("its records cannot be read again up to where the checkpoint is");
  }

  /// Whether all that will ever come lies before `from`. A run whose sources have all ended ends,
  /// whatever its trigger; available_now waits for one that is pending. Asked before open() and
  /// with an empty offset, too: anything but kNever says that it will end.
  virtual Ending ending(const data::Offset& from) const {
    static_cast<void>(from);
    return Ending::kNever;
  }

  /// Of a source that ends by itself: the same records can be asked for again, as a range of a
  /// topic and not as a pipe, which gives them once. It may be read as a table, and in one batch.
  virtual bool can_reread() const { return false; }

  /// The records between two offsets that latest() or initial() gave, in this process or an earlier
  /// one. The same range gives the same records, always, in the same order; records gone from
  /// the server are kCorruption with what to do about it. Blocks until all are there or `stop`.
  /// The batch may outlive the source.
  /// REQUIRES: `to` is not before `from`.
  virtual Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from,
                                                          const data::Offset& to,
                                                          std::stop_token stop) = 0;

  /// Whether latest() and read() wait for something far away, and no thread of the source's own
  /// reads ahead. The engine then calls them for the next batch while it publishes the one before,
  /// on another thread, still one at a time.
  virtual bool is_slow() const { return false; }

  /// Everything before `offset` is committed and published: group offsets for lag tools, deleting
  /// or archiving of read files. Best effort, never needed for correctness.
  /// REQUIRES: nobody reads from before `offset` again.
  virtual void release(const data::Offset& offset) = 0;

  /// What is there after `from`. Cheap; called once a batch.
  virtual Result<Lag> lag(const data::Offset& from) = 0;

  /// Blocks until something may be there after `from`, `wait` is over or `stop`: an idle pipeline
  /// costs nothing. The default sleeps on the clock it is given.
  virtual void wait_for_data(const data::Offset& from, std::chrono::milliseconds wait,
                             std::stop_token stop, const Clock& clock) {
    static_cast<void>(from);
    clock.sleep_for(wait, std::move(stop));
  }
};

}  // namespace sluice::connector
