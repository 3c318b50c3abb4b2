#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "sluice/base/result.h"
#include "sql/join/join_sides.h"

namespace sluice::sql {

/// When rows of a join of streams come too late and when they are of no more use, all by the
/// session's two watermarks and the sides' own columns. Spark's rules: a row that comes is late by
/// its event time at or before the late watermark; a row that waits for partners can go when a
/// condition of the join leaves only partners whose event time has been passed.
struct JoinBounds {
  struct Side {
    /// SQL in BIGINT microseconds: the row comes too late once the late watermark has reached it;
    /// "": none does.
    std::string close;
    /// SQL: no row that comes in a later batch can be the row's partner; "": one always may.
    std::string done;
    /// SQL: the row can have a partner at all, since none of its keys is NULL; "": any can.
    std::string has_keys;
    /// How far behind the watermark rows of this side may still find partners, in microseconds.
    std::optional<std::int64_t> lag;
  };
  std::array<Side, 2> sides;

  /// How far behind the session's watermark the event times of the result may be.
  std::int64_t lag = 0;

  static Result<JoinBounds> make(Session& session, const ViewSql& view, const JoinSides& sides);
};

}  // namespace sluice::sql
