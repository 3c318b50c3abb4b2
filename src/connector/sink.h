#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connector/batch_table.h"
#include "connector/claim.h"
#include "connector/probe.h"
#include "connector/staged_bytes.h"
#include "data/offset.h"
#include "data/type.h"
#include "sluice/base/result.h"

namespace sluice::connector {

/// Spark's output modes, and one more. Append: rows are final and come once. Update: rows that
/// changed in this batch. Complete: the whole result table, every batch. Upsert: update's rows,
/// each of which takes the place of the row that the target has of its key, and rows that delete
/// theirs (kDeletesColumn): the target is the result.
enum class OutputMode : unsigned char { kAppend, kUpdate, kComplete, kUpsert };

/// "append", "update", "complete", "upsert".
std::string_view output_mode_name(OutputMode mode);

/// The mode that views know: kUpsert takes the rows of kUpdate.
inline OutputMode rows_mode(OutputMode mode) {
  return mode == OutputMode::kUpsert ? OutputMode::kUpdate : mode;
}

/// What readers of the target see of a batch when the process dies at any instant and recovers.
/// Declared by a sink's kind (SinkKind::promise); each level has a conformance suite of its own.
enum class Promise : unsigned char {
  /// Once and whole: publish() makes all of a batch visible at one instant, and head() recognises
  /// it afterwards.
  kAtomic,
  /// Once, by its key: rows appear one after the other, and writing them again changes nothing,
  /// because a row takes the place of the one with its key. head() is always null; after a crash
  /// the newest batch is written again.
  kIdempotentByKey,
  /// At least once: what a reader has seen cannot be recognised or taken back. head() is always
  /// null; after a crash rows of the newest batch may appear again.
  kAtLeastOnce,
};

/// "exactly once", "exactly once by key", "at least once".
std::string_view promise_name(Promise promise);

/// kUser unless the key's and the order's columns are in `schema`, once each, of types that
/// compare.
Status check_upsert_key(const data::Schema& schema, const UpsertKey& key);

/// What one batch has staged in one sink: enough for publish() in this or a later process. Stored
/// in the checkpoint's outbox.
struct Staged {
  data::BatchId batch = 0;
  std::string action;      ///< JSON of the sink's own making: files, sizes, checksums ...
  std::uint64_t rows = 0;  ///< rows staged
  std::uint64_t bytes = 0;
  /// Of the batch's plan, set by the engine: distinguishes our batch N from somebody else's. The
  /// sink writes it beside N and gives it back in head().
  std::string plan_hash;
  /// JSON for people and audits ({"offsets":..., "rows":...}); sinks with a log keep it there.
  std::string notes;
};

/// The newest batch that a sink holds.
struct Head {
  data::BatchId batch = 0;
  /// Empty: the target no longer says, because the note that had it was cleaned up. Then the batch
  /// number alone has to say whose it is.
  std::string plan_hash;
};

/// Where a view's rows go. The MUSTs are in connector/README.md; the conformance suites prove
/// them. One thread at a time, the engine's. The engine drives the exactly-once protocol
/// (ARCHITECTURE.md); a sink brings three primitives: stage invisibly, publish idempotently, know
/// its own head.
///
/// REQUIRES, of every method but check(), probe(), keep_in() and introduce(): open() has succeeded.
///
/// Errors of every method: kUser, kTransient (retried with back-off), kConflict (E_FENCED: another
/// writer owns the target), kUnknownOutcome (the engine calls head() before it tries again),
/// kCorruption.
class Sink {
 public:
  virtual ~Sink() = default;

  /// Refuses by name what the sink cannot do: a mode, a type, a partition column that is not there.
  /// Called at check time and before open(); touches nothing outside.
  virtual Status check(const data::Schema& schema, OutputMode mode) const = 0;

  /// Instead of open(), for `sluice check --connect`: tries that the target can be reached, that
  /// what is there takes these rows, and that this user may write. Leaves nothing behind, makes
  /// nothing, takes nothing from a run that writes there. Bounds and errors as of Source::probe().
  /// REQUIRES: check() has accepted the two.
  virtual Status probe(const data::Schema& schema, OutputMode mode, Probe& probe) {
    static_cast<void>(schema), static_cast<void>(mode);
    probe.skip("not tried: this kind of sink cannot be tried without writing");
    return {};
  }

  /// Connects, makes folders and tables that are missing, compares an existing table's schema.
  /// Called again after an error that may pass, never after a success.
  /// REQUIRES: check() has accepted the two.
  virtual Status open(const data::Schema& schema, OutputMode mode) = 0;

  /// Where the sink may keep what it has staged when its target has no place that nobody sees.
  /// Called before open(); `bytes` is there as long as the sink is used.
  virtual void keep_in(StagedBytes& bytes) { static_cast<void>(bytes); }

  // Of two runs that write one target (a copied checkpoint, a process that everybody took for
  // dead), the newer one fences the older one before anything is staged or removed
  // (docs/decisions/0013-writer-epochs.md). Sinks that are not Promise::kAtomic need not care.

  /// Who writes, and what its checkpoint remembers of its claim (null: nothing). A sink that is
  /// never introduced claims nothing.
  /// REQUIRES: open() was not called yet.
  virtual void introduce(const Writer& writer, const std::optional<KnownClaim>& known) {
    static_cast<void>(writer);
    static_cast<void>(known);
  }
  /// Makes this run the one that may write: from now on what an earlier one publishes fails with
  /// kConflict E_FENCED. Writes nothing when the newest claim there is the one that this checkpoint
  /// made. Null: not introduced.
  virtual Result<std::optional<Claim>> claim() { return std::optional<Claim>(); }
  /// kConflict E_FENCED, naming who, when another run has claimed the target since; success when
  /// this one has claimed nothing. Asks the target; the engine asks before each commit. `next`:
  /// what is about to be committed for this sink, as publish() will get it; null: nothing. A sink
  /// may begin then what publish() ends, as long as nobody sees it: what its target does not take
  /// is known while the batch can still be taken back.
  virtual Status check_claim(const Staged* next) {
    static_cast<void>(next);
    return {};
  }
  /// Takes back what an unfinished publish() of this batch has left where readers look, if the
  /// target shows that another run has published the batch. Best effort.
  virtual Status withdraw(const Staged& staged) {
    static_cast<void>(staged);
    return {};
  }

  /// Writes the rows of batch `batch` where nobody sees them, durably. In complete mode the rows
  /// are the whole table. May be called again for the same batch: what the earlier call has left is
  /// of no use to anybody, and discard_staged() or this call removes it.
  /// REQUIRES: claim() of a sink that was introduced.
  virtual Result<Staged> stage(data::BatchId batch, BatchTable& rows) = 0;

  /// Makes a staged batch visible, whole or not at all (as far as the promise goes), with its
  /// number and hash. Idempotent. Batches come in order; the engine leaves out those without rows
  /// in append and upsert mode, so that a sink's numbers have gaps, but what is published without
  /// rows moves the head like any other.
  /// REQUIRES: claim() of a sink that was introduced; `staged` is what stage() of this sink gave,
  /// in this process or an earlier one, with plan_hash and notes filled in.
  virtual Status publish(const Staged& staged) = 0;

  /// The newest batch in the target that this pipeline and sink wrote, or null: none yet. Asks the
  /// target itself, never a memory. Null for sinks that are not Promise::kAtomic.
  virtual Result<std::optional<Head>> head() = 0;

  /// Removes all that this pipeline and sink has staged, from this checkpoint's folder, and not
  /// published: what a kill, or a batch that was taken back, has left. From other folders only what
  /// nobody can publish any more. Nothing of what is published, whatever state it is in.
  /// REQUIRES: claim() of a sink that was introduced; what this checkpoint has committed is
  /// published (recovery publishes first).
  virtual Status discard_staged() = 0;

  /// What can wait until there is time: called after a batch is published. `busy`: the next one
  /// waits already, so only what has piled up is worth it. Errors cost nothing but the tidiness:
  /// the engine warns and goes on.
  /// REQUIRES: nothing is staged that is not published.
  virtual Status tidy(bool busy) {
    static_cast<void>(busy);
    return {};
  }

  /// Columns of the view, and fields of its STRUCTs (`s.a`), that the target lacks and the sink
  /// leaves out because it was asked to. Of the newest batch staged.
  virtual std::vector<std::string> left_out() const { return {}; }
};

}  // namespace sluice::connector
