#include "connectors/delta/upsert_merge.h"

#include <algorithm>
#include <utility>

#include "base/crash_point.h"
#include "connector/file_staging.h"
#include "connectors/delta/table_files.h"
#include "lake/file_bins.h"
#include "lake/key_search.h"
#include "lake/log_actions.h"
#include "lake/readable.h"

namespace sluice::connectors {

UpsertMerge::UpsertMerge(const DeltaSinkOptions& options, const connector::Context& context,
                         data::BatchId batch, std::string name_prefix)
    : options_(options),
      context_(context),
      batch_(batch),
      name_prefix_(std::move(name_prefix)),
      copies_(context) {}

Status UpsertMerge::prepare(lake::Table& table, const StagedAction& action) {
  const lake::TableState& state = table.state();
  SLUICE_ASSIGN(const std::vector<lake::DataFile> files, table.files());
  std::set<std::string> live;
  for (const lake::DataFile& file : files) live.insert(file.identity());
  const auto is_live = [&live](const std::string& identity) { return live.contains(identity); };
  if (!std::ranges::all_of(removed_, is_live)) SLUICE_TRY(start_over());
  SLUICE_ASSIGN(const std::vector<lake::DataFile> chosen, candidates(files, state, action));
  if (chosen.empty()) return {};
  SLUICE_ASSIGN(const data::ParquetRows keys, staged_rows(state, action));
  SLUICE_ASSIGN(const data::ParquetRows version, version_of(chosen, table));
  SLUICE_ASSIGN(const std::vector<std::size_t> found,
                context_.rewriter->find_keys(version, keys, context_.upsert.columns));
  std::vector<lake::DataFile> holding;
  for (const std::size_t index : found) holding.push_back(chosen[index]);
  for (const std::vector<lake::DataFile>& bin :
       lake::file_bins(std::move(holding), lake::target_file_bytes(state))) {
    SLUICE_TRY(rewrite(bin, table, keys));
  }
  return {};
}

Result<std::vector<lake::DataFile>> UpsertMerge::candidates(
    const std::vector<lake::DataFile>& files, const lake::TableState& state,
    const StagedAction& action) {
  lake::KeySearch search(lake::logged_columns(state),
                         lake::logged_names(state, context_.upsert.columns),
                         lake::logged_names(state, state.partition_by));
  for (const std::string& line : action.adds) {
    SLUICE_ASSIGN(const lake::AddedFile file, lake::read_add_action(line));
    search.add(file);
  }
  std::vector<lake::DataFile> chosen;
  for (const lake::DataFile& file : files) {
    if (searched_.insert(file.identity()).second && search.may_hold(file)) chosen.push_back(file);
  }
  return chosen;
}

Status UpsertMerge::fetch(data::ParquetFile& file, std::int64_t bytes) {
  // A data file's name is never used again, so its time says nothing.
  SLUICE_ASSIGN(file.path, copies_.add(file.path, static_cast<std::uint64_t>(bytes), 0));
  return {};
}

Result<data::ParquetRows> UpsertMerge::staged_rows(const lake::TableState& state,
                                                   const StagedAction& action) {
  data::ParquetRows version;
  version.schema = state.schema.columns;
  version.stored = lake::stored_columns(state);
  for (const std::string& line : action.adds) {
    SLUICE_ASSIGN(const lake::AddedFile file, lake::read_add_action(line));
    version.files.push_back(parquet_file(options_.path, file.path, file.partition_values, state));
    SLUICE_TRY(fetch(version.files.back(), file.bytes));
  }
  return version;
}

Result<data::ParquetRows> UpsertMerge::version_of(const std::vector<lake::DataFile>& files,
                                                  lake::Table& table) {
  data::ParquetRows version;
  version.schema = table.state().schema.columns;
  version.stored = lake::stored_columns(table.state());
  for (const lake::DataFile& file : files) {
    SLUICE_ASSIGN(data::ParquetFile read, live_rows(table, options_.path, file));
    version.files.push_back(std::move(read));
    SLUICE_TRY(fetch(version.files.back(), file.bytes));
  }
  return version;
}

Status UpsertMerge::rewrite(const std::vector<lake::DataFile>& files, lake::Table& table,
                            const data::ParquetRows& keys) {
  const lake::TableState& state = table.state();
  connector::Rewrite request;
  SLUICE_ASSIGN(request.from, version_of(files, table));
  request.without = keys;
  request.key = context_.upsert.columns;
  connector::FileStaging staging(context_, options_.path);
  SLUICE_ASSIGN(request.to.folder, staging.folder_to_write());
  request.to.name_prefix = name_prefix_ + std::to_string(writes_++) + "-";
  request.to.partition_by = state.partition_by;
  request.to.columns = rewritten_columns(state);
  request.to.compression = options_.compression;
  request.to.row_group_rows = options_.row_group_rows;
  request.to.statistics = true;
  crash_point("delta.rewrite");
  SLUICE_ASSIGN(const auto written, context_.rewriter->rewrite(request));
  for (const connector::WrittenFile& file : written) {
    written_.push_back(io::join_path(options_.path, file.path));
  }
  crash_point("delta.rewritten");
  SLUICE_TRY(staging.make_durable(written));
  for (const connector::WrittenFile& file : written) {
    SLUICE_ASSIGN(std::string add, add_line(file, context_.clock.now(), state));
    adds_.push_back(std::move(add));
  }
  for (const lake::DataFile& file : files) {
    removes_.push_back(file.path);
    removed_.push_back(file.identity());
  }
  return {};
}

Status UpsertMerge::start_over() {
  for (const std::string& path : written_) SLUICE_TRY(context_.files.remove(path));
  written_.clear();
  adds_.clear();
  removes_.clear();
  removed_.clear();
  searched_.clear();
  return {};
}

}  // namespace sluice::connectors
