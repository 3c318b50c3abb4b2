#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sluice/base/result.h"
#include "sql/duckdb/database.h"
#include "state/position.h"

namespace sluice::state {

// The table sluice.positions and the views over it (docs/format/checkpoint.md). A batch is one row,
// the newest of which is what holds (docs/decisions/0035-one-row-a-batch.md).

/// SQL that makes them.
extern const char* const kPositionTables;

/// What SQL answered with a number; 0: with NULL.
std::int64_t to_integer(const std::optional<std::string>& text);

/// The columns `offsets` and `rest` of a row.
std::string offsets_text(const Moved& moved);
std::string rest_text(const Moved& moved);

/// What the newest row says, and its number (-1: there is none). kCorruption when it is none of
/// ours.
struct NewestRow {
  std::int64_t number = -1;
  Moved moved;
};
Result<NewestRow> newest_row(sql::Session& session, const std::string& path);

/// Adds a row that no batch is of.
Status add_row(sql::Session& session, std::int64_t number, const Moved& moved);

/// Makes of the tables of format 1 a row: one transaction. REQUIRES: none is open.
Status upgrade_from_format_1(sql::Session& session);

}  // namespace sluice::state
