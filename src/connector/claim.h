#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "sluice/base/result.h"

namespace sluice::connector {

/// Who writes: one run of a pipeline on one folder with a checkpoint.
struct Writer {
  std::string host;
  std::int64_t process = 0;
  std::string checkpoint;  ///< its folder; for people
  /// Eight hexadecimal digits that distinguish this very folder on this host from copies of it.
  /// Whoever has its lock knows that all earlier runs under this mark are over.
  std::string mark;
  std::string run;  ///< a UUID
};

/// What a checkpoint remembers of a claim that it made: the epoch, under which mark.
struct KnownClaim {
  std::int64_t epoch = 0;
  std::string mark;
};

/// A target that a run holds: of all epochs claimed there, the greatest may write.
struct Claim {
  std::int64_t epoch = 0;
  bool is_new = false;     ///< made just now; else the one that this checkpoint made before
  bool took_over = false;  ///< others may have written since this checkpoint did
};

/// A claim as it is in a sink's own log.
struct ClaimRecord {
  std::int64_t epoch = 0;
  Writer writer;
  Micros time = 0;
};

/// One line of JSON (docs/format/files.md, docs/format/delta.md).
std::string claim_json(const ClaimRecord& record);
/// Null: no claim.
std::optional<ClaimRecord> parse_claim(std::string_view json);

/// "host=a process=12 checkpoint=/c epoch=6": for messages.
std::string claim_text(const ClaimRecord& record);

/// kConflict E_FENCED. `target` is where, as key=value; `theirs` is null when it is no longer
/// known who made the newest claim.
Error fenced_by(const std::string& target, std::int64_t ours, std::int64_t newest,
                const std::optional<ClaimRecord>& theirs);

/// "e5-1f2e3d4c": in the names of what is staged under a claim.
std::string stage_stamp(std::int64_t epoch, std::string_view mark);
/// The mark of such a text; null: it is none.
std::optional<std::string> mark_of_stamp(std::string_view text);

}  // namespace sluice::connector
