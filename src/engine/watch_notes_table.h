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

 private:
  sql::Session& session_;
  std::map<std::string, std::unique_ptr<WatchNotes>> watchers_;
};

}  // namespace sluice::engine
