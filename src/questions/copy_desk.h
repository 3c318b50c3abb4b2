#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "data/offset.h"
#include "engine/watcher.h"
#include "questions/packed_rows.h"
#include "sluice/base/result.h"

namespace sluice::questions {

/// What a question reads of a relation.
struct RelationWish {
  std::string name;
  std::vector<std::size_t> columns;  ///< of its schema; empty: how many rows there are
};

/// Rows of several relations, all of one moment.
struct Copies {
  std::vector<PackedRows> relations;  ///< as the wish has them
  data::BatchId batch = -1;           ///< whose rows, or whose result; -1: none has come yet
  Micros at = 0;                      ///< when the batch began, or when the results were read
  bool is_of_batch = false;           ///< read with that batch, not after it
  std::chrono::nanoseconds copying{0};
};

/// Where those who ask meet the run of a pipeline, which hands out copies. It belongs to the hosted
/// pipeline and outlives its runs. One copy at a time: others wait for their turn.
///
/// After a copy that took the engine's thread the time t no other begins before kRest * t has
/// passed, so that copies take three per cent of a run at most.
class CopyDesk {
 public:
  using Time = std::chrono::nanoseconds;  ///< of Clock::steady()

  /// `wake` is called, on the asker's thread, when there is something to do for the run. The clock
  /// outlives the desk.
  CopyDesk(const Clock& clock, std::function<void()> wake)
      : clock_(clock), wake_(std::move(wake)) {}

  // Those who ask; any thread.

  /// Of the run; empty: none has got as far.
  std::vector<engine::WatchedRelation> relations() const;
  /// Blocks until the copies are there, at most until `deadline`. Errors: kTransient E_BUSY (others
  /// were first, or copies take too much of the run's time), E_NO_BATCH (none came until then, or
  /// the run has ended); kUser (a relation cannot be read, or is too large); kCancelled.
  Result<Copies> ask(const std::vector<RelationWish>& wish, Time deadline,
                     const std::stop_token& stop);

  // The run's thread.

  void open(std::vector<engine::WatchedRelation> relations);
  /// Whoever waits is let go.
  void close();
  struct Wish {
    std::uint64_t number = 0;
    std::vector<engine::WatchedRelation> relations;
    std::vector<std::vector<std::size_t>> columns;  ///< of each
    bool is_of_batch = false;                       ///< it has to be read with a batch
  };
  /// What may be copied now; null: nothing.
  std::optional<Wish> due() const;
  /// The answer to a wish; whoever has asked may be gone.
  void answer(std::uint64_t number, Result<Copies> copies);
  /// So much of the run's time went into copying.
  void note_cost(Time cost);

  static constexpr int kRest = 33;

 private:
  struct Asked {
    Wish wish;
    std::optional<Result<Copies>> answer;
  };

  Result<Wish> make_wish(const std::vector<RelationWish>& wish) const;
  Error late(const Wish& wish) const;

  const Clock& clock_;
  const std::function<void()> wake_;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable_any changed_;
  std::vector<engine::WatchedRelation> relations_;
  bool is_open_ = false;
  std::optional<Asked> asked_;
  std::uint64_t numbers_ = 0;
  Time free_at_{0};  ///< no copy begins before
};

}  // namespace sluice::questions
