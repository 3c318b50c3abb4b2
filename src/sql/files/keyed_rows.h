#pragma once

#include <string>
#include <vector>

#include "connector/batch_table.h"
#include "sql/duckdb/duckdb_session.h"

namespace sluice::sql {

/// One row a key, in a temp table as long as this lives. One at a time in a session.
class KeyedRows {
 public:
  /// Runs `select` once. kUser E_DUPLICATE_KEY: rows of one key that differ, none of them the
  /// greatest by key.order_by; the message shows the key.
  /// In the columns of `partition_by` the empty text is the key NULL, since Delta cannot
  /// distinguish the two there. `schema` has the columns of `select`, connector::kDeletesColumn the
  /// last where rows delete their keys: rows that all do may share one.
  static Result<KeyedRows> make(DuckdbSession& session, const std::string& select,
                                const data::Schema& schema, const connector::UpsertKey& key,
                                const std::vector<std::string>& partition_by);
  KeyedRows(KeyedRows&& other) noexcept;
  KeyedRows& operator=(KeyedRows&& other) = delete;
  ~KeyedRows();

  /// SELECT of the rows to be written, and its columns.
  std::string select() const;
  const data::Schema& schema() const { return schema_; }

  /// SELECT, with the same columns, of those that delete their keys; "": rows cannot.
  std::string deleting() const;

  /// SELECT of both, with connector::kDeletesColumn the last where rows can delete, and its
  /// columns.
  std::string marked() const;
  data::Schema marked_schema() const;

  /// All of them, with all of their columns.
  static std::string all();

 private:
  KeyedRows(DuckdbSession& session, const data::Schema& schema, const connector::UpsertKey& key);

  DuckdbSession* session_;  // null: moved from
  data::Schema schema_;
  std::string excluded_;  // " EXCLUDE (...)", or ""
  std::string left_out_;  // likewise, without kDeletesColumn
  bool deletes_ = false;
};

}  // namespace sluice::sql
