#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "data/record_batch.h"
#include "engine/pipeline.h"
#include "io/file_system.h"
#include "sluice/base/result.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// A dead letter that goes through the pipeline once more, as a record of its source.
struct ReplayedLetter {
  std::int64_t number = 0;    ///< in the queue
  std::string id;             ///< of the letter
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

  /// Whether a source's rows get anywhere; letters of others wait.
  using IsLive = std::function<bool(const std::string& source)>;

  /// All outlive it.
  Replays(const Pipeline& pipeline, state::Checkpoint& checkpoint, io::FileSystem& files,
          IsLive is_live);

  /// Once, before the others.
  Status open();

  /// Takes in what was asked for, and taken back, since. Outside of a transaction. A request that
  /// cannot be read is put aside; what is wrong with the files is logged, once, and only errors of
  /// the checkpoint itself are returned.
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
  struct Wishes {
    std::vector<std::string> requests;
    std::vector<std::string> cancels;
  };
  Result<Wishes> find_wishes();
  /// Runs a statement that reads the file; false: it cannot be read, and is put aside.
  Result<bool> read(const std::string& path, const std::string& statement);
  Status cancel(const std::vector<std::string>& cancels);
  Status take(const std::string& request);
  void remove(const std::vector<std::string>& paths);
  /// Live sources by the names that letters have them by: their own, and those of before.
  std::map<std::string, std::string> live_names() const;
  Status warn_of_others();
  /// Logs, unless that was the last complaint.
  void complain(const std::string& message);
  Status count_waiting();
  Status write_marks();

  const Pipeline& pipeline_;
  state::Checkpoint& checkpoint_;
  io::FileSystem& files_;
  const std::string folder_;
  const IsLive is_live_;
  std::int64_t waiting_ = 0;
  std::set<std::string> left_;  ///< taken in, and still there
  std::string complaint_;
};

/// Takes requests for letters of the source out of `replay/` of the checkpoint. Nobody runs it.
Status forget_requests(state::Checkpoint& checkpoint, io::FileSystem& files,
                       const std::string& folder, const std::string& source);

/// "; it is the replayed letter 12-...": of a record that is one; else "".
std::string replayed_words(const ReplayedLetters& letters, const std::string& source,
                           const data::RecordOrigin& origin);
/// An error that a replayed letter may be the reason of says how to take it back.
Error with_replayed(const ReplayedLetters& letters, Error error);

}  // namespace sluice::engine
