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

/// What a commit has to do to the files that hold rows which its own take the place of, those of
/// the same keys (upsert) or those for which replace_where is true: they are rewritten without
/// them (copy-on-write), or removed where no row is left. Lives from the first try to publish a
/// batch until the batch is in the table.
class RowReplacement {
 public:
  /// `name_prefix` begins the names of the files that it writes.
  RowReplacement(const DeltaSinkOptions& options, const connector::Context& context,
                 data::BatchId batch, std::string name_prefix);

  data::BatchId batch() const { return batch_; }

  /// Brings the rewritten files up to the table's snapshot, which must be of now and without the
  /// batch. After a lost race only the files that are new are looked at, unless one that was
  /// rewritten is gone, or an earlier call has failed: then all is done again. kUser: what SQL
  /// cannot compute.
  Status prepare(lake::Table& table, const StagedAction& action);

  const std::vector<std::string>& removes() const { return removes_; }  ///< paths as in the log
  const std::vector<std::string>& adds() const { return adds_; }

 private:
  Status catch_up(lake::Table& table, const StagedAction& action);
  Status replace_keys(const std::vector<lake::DataFile>& files, lake::Table& table,
                      const StagedAction& action);
  Status replace_where(std::vector<lake::DataFile> files, lake::Table& table,
                       const std::string& where);
  /// Those of `files` that may hold a key, by what the log says.
  Result<std::vector<lake::DataFile>> candidates(const std::vector<lake::DataFile>& files,
                                                 const lake::TableState& state,
                                                 const StagedAction& action);
  /// Makes its path one of this machine.
  Status fetch(data::ParquetFile& file, std::int64_t bytes);
  Result<data::ParquetRows> staged_rows(const lake::TableState& state, const StagedAction& action);
  Result<data::ParquetRows> version_of(const std::vector<lake::DataFile>& files,
                                       lake::Table& table);
  /// `request` says which rows go.
  Status rewrite(std::vector<lake::DataFile> files, lake::Table& table,
                 const connector::Rewrite& request);
  Status rewrite_bin(const std::vector<lake::DataFile>& files, lake::Table& table,
                     connector::Rewrite request);
  void note_removed(const lake::DataFile& file);
  Status start_over(lake::Table& table);

  const DeltaSinkOptions& options_;
  const connector::Context& context_;
  const data::BatchId batch_;
  const std::string name_prefix_;
  bool is_whole_ = true;            // false: a call has failed half way
  int writes_ = 0;                  // part of names, so that no two files have one
  std::set<std::string> searched_;  // identities of files that were looked at
  std::vector<std::string> removes_;
  std::vector<std::string> removed_;  // identities of the files in removes_
  std::vector<std::string> adds_;
  std::vector<std::string> written_;  // relative to the table
  std::int64_t begun_ = -1;           // the version that they are built on; -1: none
  connector::LocalCopies copies_;     // of files that are read
};

}  // namespace sluice::connectors
