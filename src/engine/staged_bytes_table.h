#pragma once

#include <map>
#include <memory>
#include <string>

#include "connector/staged_bytes.h"
#include "sql/duckdb/database.h"

namespace sluice::engine {

/// The bytes that sinks stage in the checkpoint's table sluice.staged. Engine thread only.
class StagedBytesTable {
 public:
  /// `session`: the checkpoint's, in which batches run; outlives this.
  explicit StagedBytesTable(sql::Session& session) : session_(session) {}

  /// Of the sink `name`; as long as this lives.
  connector::StagedBytes& of(const std::string& name);

 private:
  sql::Session& session_;
  std::map<std::string, std::unique_ptr<connector::StagedBytes>> sinks_;
};

}  // namespace sluice::engine
