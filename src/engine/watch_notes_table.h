#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/watcher.h"
#include "sql/duckdb/database.h"

namespace sluice::engine {

/// The notes of watchers, in the checkpoint's table sluice.notes. Engine thread only.
class WatchNotesTable {
 public:
  /// `session`: the checkpoint's, in which batches run; outlives this.
  explicit WatchNotesTable(sql::Session& session) : session_(session) {}

  /// Of the watcher `name`; as long as this lives.
  WatchNotes& of(const std::string& name);

  /// As long as what is returned lives, changes belong to the transaction that is open.
  class InTransaction {
   public:
    explicit InTransaction(bool& flag) : flag_(flag) { flag_ = true; }
    ~InTransaction() { flag_ = false; }
    InTransaction(const InTransaction&) = delete;
    InTransaction& operator=(const InTransaction&) = delete;

   private:
    bool& flag_;
  };
  [[nodiscard]] InTransaction in_transaction() { return InTransaction(in_transaction_); }

 private:
  bool in_transaction_ = false;
  sql::Session& session_;
  std::map<std::string, std::unique_ptr<WatchNotes>> watchers_;
};

}  // namespace sluice::engine
