#pragma once

#include <string>
#include <vector>

#include "connector/batch_table.h"
#include "sql/duckdb_session.h"

namespace sluice::sql {

/// One row a key, in a temp table as long as this lives. One at a time in a session.
class KeyedRows {
 public:
  /// Runs `select` once. kUser E_DUPLICATE_KEY: rows of one key that differ, none of them the
  /// greatest by key.order_by; the message shows the key.
  /// In the columns of `partition_by` the empty text is the key NULL, since Delta cannot tell the
  /// two apart there.
  static Result<KeyedRows> make(DuckdbSession& session, const std::string& select,
                                const connector::UpsertKey& key,
                                const std::vector<std::string>& partition_by);
  KeyedRows(KeyedRows&& other) noexcept;
  KeyedRows& operator=(KeyedRows&& other) = delete;
  ~KeyedRows();

  /// SELECT of the rows.
  std::string select() const;

 private:
  explicit KeyedRows(DuckdbSession& session) : session_(&session) {}

  DuckdbSession* session_;  // null: moved from
};

}  // namespace sluice::sql
