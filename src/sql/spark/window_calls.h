#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sluice/base/result.h"
#include "sql/tree/ast.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// Spark's window(time, size [, slide [, offset]]), which DuckDB's grammar has no place for.

/// Takes the marks out of the tree of a marked text (window_words.h): columns and aliases are named
/// `window` again, calls become calls of the macro sluice_window. A sliding window gives each row
/// once per window that it is in, rows without a time are in none. Returns whether the text differs
/// from the tree's. kUser for several different windows in one SELECT, sizes that are not
/// constants, and the like.
Result<bool> expand_windows(Session& session, const ViewSql& view, Json& query);

/// The name of the macro that window() becomes; its first argument is the time.
inline constexpr std::string_view kWindowFunction = "sluice_window";
/// Spark's session_window(time, gap), a key of its own in GROUP BY.
inline constexpr std::string_view kSessionFunction = "session_window";
/// The table in FROM, and its column, that count the windows of a sliding one.
inline constexpr std::string_view kWindowNumber = "__sluice_nth";

/// A constant interval in microseconds: '10 minutes', INTERVAL 10 MINUTE. kUser when it is none, or
/// is in months, whose length varies.
Result<std::int64_t> interval_micros(Session& session, const ViewSql& view, const Json& interval);

}  // namespace sluice::sql
