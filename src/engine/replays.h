#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/record_batch.h"
#include "engine/pipeline.h"
#include "io/file_system.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// A dead letter that goes through the pipeline once more, as a record of its source.
struct ReplayedLetter {
  std::int64_t number = 0;    ///< in the queue
  data::RecordOrigin origin;  ///< of the record as it came; `key` points to the one below
  std::optional<std::string> key;
  std::optional<std::string> value;  ///< null: a tombstone
};

/// The letters of one batch, by source.
using ReplayedLetters = std::map<std::string, std::deque<ReplayedLetter>>;

/// Dead letters that are to be replayed: a queue in the checkpoint. Requests come as files
/// (engine/replay_folder.h), are taken into the queue between two batches, and leave it in the
/// transaction of the batch that has them among its records, which notes in which batch each was.
/// So each is replayed once, whenever the process is killed. Engine thread only.
class Replays {
 public:
  /// Letters of a batch, and their bytes, unless the batch has no limits.
  static constexpr std::int64_t kLettersMax = 10'000;
  static constexpr std::int64_t kBytesMax = std::int64_t{16} << 20;

  /// All outlive it.
  Replays(const Pipeline& pipeline, state::Checkpoint& checkpoint, io::FileSystem& files);

  /// Once, before the others.
  Status open();

  /// Takes in what was asked for since. Outside of a transaction. A request that cannot be read is
  /// put aside and logged.
  Status take_in();
  /// What the next batch replays, the same for each try of it; `all`: without limits.
  Result<ReplayedLetters> next(bool all);
  /// In the batch's transaction: they are replayed.
  Status mark(const ReplayedLetters& letters, data::BatchId batch);
  /// After a commit that marked some: says so to those who list letters.
  void note();

  /// Letters that wait.
  std::int64_t waiting() const { return waiting_; }

 private:
  Status take(const std::string& request);
  Status count_waiting();
  Status write_marks();

  const Pipeline& pipeline_;
  state::Checkpoint& checkpoint_;
  io::FileSystem& files_;
  const std::string folder_;
  std::int64_t waiting_ = 0;
};

}  // namespace sluice::engine
