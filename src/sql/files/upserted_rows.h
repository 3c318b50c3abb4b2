#pragma once

#include <cstdint>
#include <string>

#include "connector/batch_table.h"
#include "sluice/base/result.h"
#include "sql/duckdb/database.h"

namespace sluice::sql {

/// How many rows a table got, and how many of its own they took the place of.
struct UpsertedRows {
  std::int64_t added = 0;
  std::int64_t replaced = 0;
};

/// Puts the rows of `select` into `table`, which has the same columns, in the place of those of
/// their keys; rows that delete their keys (connector::kDeletesColumn) are rows like others here.
/// kUser E_DUPLICATE_KEY as of sql::KeyedRows.
Result<UpsertedRows> upsert_into(Session& session, const std::string& table,
                                 const std::string& select, const connector::UpsertKey& key);

}  // namespace sluice::sql
