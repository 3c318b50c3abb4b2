#pragma once

#include <set>
#include <string>
#include <vector>

#include "connector/local_copies.h"
#include "connector/registry.h"
#include "connectors/delta/delta_sink_options.h"
#include "connectors/delta/staged_files.h"
#include "data/offset.h"
#include "lake/table.h"

namespace sluice::connectors {

/// What a commit of upserted rows has to do to the files that hold an older row of their keys: they
/// are written anew without those rows (copy-on-write). Lives from the first try to publish a batch
/// until the batch is in the table.
class UpsertMerge {
 public:
  /// `name_prefix` begins the names of the files that it writes.
  UpsertMerge(const DeltaSinkOptions& options, const connector::Context& context,
              data::BatchId batch, std::string name_prefix);

  data::BatchId batch() const { return batch_; }

  /// Brings the rewritten files up to the table's snapshot. After a lost race only the files that
  /// are new are looked at, unless one that was rewritten is gone: then all is done again.
  /// kUser: what SQL cannot compute.
  Status prepare(lake::Table& table, const StagedAction& action);

  const std::vector<std::string>& removes() const { return removes_; }  ///< paths as in the log
  const std::vector<std::string>& adds() const { return adds_; }

 private:
  /// Those of `files` that have not been looked at and may hold a key, by what the log says.
  Result<std::vector<lake::DataFile>> candidates(const std::vector<lake::DataFile>& files,
                                                 const lake::TableState& state,
                                                 const StagedAction& action);
  /// Makes its path one of this machine.
  Status fetch(data::ParquetFile& file, std::int64_t bytes);
  Result<data::ParquetRows> staged_rows(const lake::TableState& state, const StagedAction& action);
  Result<data::ParquetRows> version_of(const std::vector<lake::DataFile>& files,
                                       lake::Table& table);
  Status rewrite(const std::vector<lake::DataFile>& files, lake::Table& table,
                 const data::ParquetRows& keys);
  Status start_over();

  const DeltaSinkOptions& options_;
  const connector::Context& context_;
  const data::BatchId batch_;
  const std::string name_prefix_;
  int writes_ = 0;                  // part of names, so that no two files have one
  std::set<std::string> searched_;  // identities of files that were looked at
  std::vector<std::string> removes_;
  std::vector<std::string> removed_;  // identities of the files in removes_
  std::vector<std::string> adds_;
  std::vector<std::string> written_;  // paths as the file system knows them
  connector::LocalCopies copies_;     // of files that are read
};

}  // namespace sluice::connectors
