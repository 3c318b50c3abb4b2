#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sluice/pipeline.h"

namespace sluice {

/// A record that did not decode, as it is kept.
struct DeadLetter {
  std::string id;  ///< "12-9f3a22c1b07d4e55": of its batch and place; stays what it is
  std::string source;
  std::string place;  ///< "orders partition=0 offset=811", "in/1.jsonl line=3"
  std::int64_t batch = 0;
  std::int64_t time_us = 0;  ///< the record's own time, else when it was kept; since 1970
  std::string reason;        ///< "column amount: not an integer"
  std::string column;        ///< "": the record as a whole
  std::int64_t size = 0;     ///< of the record, bytes
  /// The record, or its beginning; null: it has no value (a tombstone).
  std::optional<std::string> bytes;
  bool waits = false;                       ///< to be replayed by the next batch
  std::optional<std::int64_t> replayed_in;  ///< the newest batch that it was replayed in
};

/// Which letters; what is empty matches all.
struct DeadLetterFilter {
  std::string source;
  std::string reason;    ///< as DeadLetter::reason, with or without its column
  std::string contains;  ///< a text in the record, in any case of letters
};

struct DeadLetterCount {
  std::string reason;
  std::int64_t count = 0;
};

/// The letter as one JSON object (docs/reference/live.md, LETTER), without a line end.
std::string dead_letter_json(const DeadLetter& letter);

struct DeadLetterPage {
  std::int64_t total = 0;                ///< that match
  std::vector<DeadLetterCount> reasons;  ///< of those that match but for the reason; most first
  std::vector<DeadLetter> letters;       ///< the newest first
};

/// What became of a wish to replay.
struct ReplayAnswer {
  std::int64_t accepted = 0;
  std::int64_t rejected = 0;  ///< replayed already, or waiting for it
  std::int64_t waiting = 0;   ///< of the rejected: those that wait
};

/// What became of a wish to take letters back that wait.
struct CancelAnswer {
  std::int64_t cancelled = 0;
  std::int64_t unknown = 0;  ///< named, and waiting for nothing
};

/// The dead letters of a pipeline, read where its sources keep them: below the checkpoint, or in a
/// folder of Parquet files or a Delta table that `dead_letter` names. Whether the pipeline runs
/// does not matter. Letters of a batch in flight are not there yet. The first call reads all but
/// the bytes of all letters, later ones what has come since. Any thread may call; one call at a
/// time is at work.
/// Errors: kUser (E_NO_DEAD_LETTER, E_DEAD_LETTER_ELSEWHERE: a place that cannot be read back),
/// kTransient, kCancelled.
class DeadLetters {
 public:
  /// Reads nothing yet.
  static Result<std::unique_ptr<DeadLetters>> open(const Pipeline& pipeline);
  ~DeadLetters();
  DeadLetters(const DeadLetters&) = delete;
  DeadLetters& operator=(const DeadLetters&) = delete;

  /// Letters that are kept where they cannot be read back: of which source, and where, in words.
  std::vector<std::string> elsewhere() const;

  /// Those that match, from the `from`-th newest on, `limit` at most, with up to `bytes_max` bytes
  /// of each.
  Result<DeadLetterPage> list(const DeadLetterFilter& filter, std::int64_t from, std::int64_t limit,
                              std::size_t bytes_max, const std::stop_token& stop);
  /// One letter, with all of its bytes.
  Result<DeadLetter> find(const std::string& id, const std::stop_token& stop);

  /// Asks for letters to go through the pipeline once more, as records of their source in its next
  /// batch; durable when this returns, whether the pipeline runs or not. Those that were replayed
  /// before are rejected, unless `again`; those that wait already are rejected always. kUser when
  /// an id is unknown (then nothing is asked for) or the source's records are not to be replayed.
  Result<ReplayAnswer> replay(const std::vector<std::string>& ids, bool again,
                              const std::stop_token& stop);
  /// All that match.
  Result<ReplayAnswer> replay(const DeadLetterFilter& filter, bool again,
                              const std::stop_token& stop);
  /// Takes back letters that wait, `ids` or (empty) all; durable when this returns, whether the
  /// pipeline runs or not. A batch that is at work keeps those that it has.
  Result<CancelAnswer> cancel(const std::vector<std::string>& ids, const std::stop_token& stop);

 private:
  class Content;
  explicit DeadLetters(std::unique_ptr<Content> content);
  std::unique_ptr<Content> content_;
};

}  // namespace sluice
