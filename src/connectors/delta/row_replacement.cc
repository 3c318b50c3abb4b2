#include "connectors/delta/row_replacement.h"

#include <algorithm>
#include <utility>

#include "base/crash_point.h"
#include "connector/file_staging.h"
#include "connectors/delta/table_files.h"
#include "connectors/delta/unused_files.h"
#include "lake/file_bins.h"
#include "lake/key_search.h"
#include "lake/log_actions.h"
#include "lake/readable.h"

namespace sluice::connectors {

RowReplacement::RowReplacement(const DeltaSinkOptions& options, const connector::Context& context,
                               data::BatchId batch, std::string name_prefix)
    : options_(options),
      context_(context),
      batch_(batch),
      name_prefix_(std::move(name_prefix)),
      copies_(context) {}

Status RowReplacement::prepare(lake::Table& table, const StagedAction& action) {
  if (!is_whole_) SLUICE_TRY(start_over(table));
  is_whole_ = false;
  SLUICE_TRY(catch_up(table, action));
  is_whole_ = true;
  return {};
}

Status RowReplacement::catch_up(lake::Table& table, const StagedAction& action) {
  SLUICE_ASSIGN(std::vector<lake::DataFile> files, table.files());
  std::set<std::string> live;
  for (const lake::DataFile& file : files) live.insert(file.identity());
  const auto is_live = [&live](const std::string& identity) { return live.contains(identity); };
  if (!std::ranges::all_of(removed_, is_live)) SLUICE_TRY(start_over(table));
  if (begun_ < 0) begun_ = table.state().version;
  std::erase_if(files, [this](const lake::DataFile& file) {
    return !searched_.insert(file.identity()).second;
  });
  if (files.empty()) return {};
  if (!action.where.empty()) return replace_where(std::move(files), table, action.where);
  return replace_keys(files, table, action);
}

Status RowReplacement::replace_keys(const std::vector<lake::DataFile>& files, lake::Table& table,
                                    const StagedAction& action) {
  const lake::TableState& state = table.state();
  SLUICE_ASSIGN(const std::vector<lake::DataFile> chosen, candidates(files, state, action));
  if (chosen.empty()) return {};
  connector::Rewrite request;
  SLUICE_ASSIGN(request.without, staged_rows(state, action));
  request.key = context_.upsert.columns;
  SLUICE_ASSIGN(const data::ParquetRows version, version_of(chosen, table));
  SLUICE_ASSIGN(const std::vector<std::size_t> found,
                context_.rewriter->find_keys(version, request.without, request.key));
  std::vector<lake::DataFile> holding;
  for (const std::size_t index : found) holding.push_back(chosen[index]);
  return rewrite(std::move(holding), table, request);
}

Status RowReplacement::replace_where(std::vector<lake::DataFile> files, lake::Table& table,
                                     const std::string& where) {
  const lake::TableState& state = table.state();
  data::ParquetRows version;
  version.schema = state.schema.columns;
  for (const lake::DataFile& file : files) {
    version.files.push_back(parquet_file(options_.path, file.path, file.partition_values, state));
  }
  SLUICE_ASSIGN(const auto whole, context_.rewriter->match_partitions(version, where));
  if (whole) {
    for (std::size_t i = 0; i < files.size(); ++i) {
      if ((*whole)[i]) note_removed(files[i]);
    }
    return {};
  }
  SLUICE_ASSIGN(version, version_of(files, table));
  SLUICE_ASSIGN(const std::vector<std::uint64_t> counts,
                context_.rewriter->count_rows(version, where));
  std::vector<lake::DataFile> holding;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (counts[i] == 0) continue;
    const auto rows = static_cast<std::int64_t>(counts[i]) + files[i].deleted_rows;
    if (files[i].rows == rows) {
      note_removed(files[i]);
    } else {
      holding.push_back(std::move(files[i]));
    }
  }
  connector::Rewrite request;
  request.where_not = where;
  return rewrite(std::move(holding), table, request);
}

Result<std::vector<lake::DataFile>> RowReplacement::candidates(
    const std::vector<lake::DataFile>& files, const lake::TableState& state,
    const StagedAction& action) {
  lake::KeySearch search(lake::logged_columns(state),
                         lake::logged_names(state, context_.upsert.columns),
                         lake::logged_names(state, state.partition_by));
  for (const auto* lines : {&action.adds, &action.deletes}) {
    for (const std::string& line : *lines) {
      SLUICE_ASSIGN(const lake::AddedFile file, lake::read_add_action(line));
      search.add(file);
    }
  }
  std::vector<lake::DataFile> chosen;
  for (const lake::DataFile& file : files) {
    if (search.may_hold(file)) chosen.push_back(file);
  }
  return chosen;
}

Status RowReplacement::fetch(data::ParquetFile& file, std::int64_t bytes) {
  // A data file's name is never used again, so its time says nothing.
  SLUICE_ASSIGN(file.path, copies_.add(file.path, static_cast<std::uint64_t>(bytes), 0));
  return {};
}

Result<data::ParquetRows> RowReplacement::staged_rows(const lake::TableState& state,
                                                      const StagedAction& action) {
  data::ParquetRows version;
  version.schema = state.schema.columns;
  version.stored = lake::stored_columns(state);
  for (const auto* lines : {&action.adds, &action.deletes}) {
    for (const std::string& line : *lines) {
      SLUICE_ASSIGN(const lake::AddedFile file, lake::read_add_action(line));
      version.files.push_back(parquet_file(options_.path, file.path, file.partition_values, state));
      SLUICE_TRY(fetch(version.files.back(), file.bytes));
    }
  }
  return version;
}

Result<data::ParquetRows> RowReplacement::version_of(const std::vector<lake::DataFile>& files,
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

void RowReplacement::note_removed(const lake::DataFile& file) {
  removes_.push_back(file.path);
  removed_.push_back(file.identity());
}

Status RowReplacement::rewrite(std::vector<lake::DataFile> files, lake::Table& table,
                               const connector::Rewrite& request) {
  for (const std::vector<lake::DataFile>& bin :
       lake::file_bins(std::move(files), lake::target_file_bytes(table.state()))) {
    SLUICE_TRY(rewrite_bin(bin, table, request));
  }
  return {};
}

Status RowReplacement::rewrite_bin(const std::vector<lake::DataFile>& files, lake::Table& table,
                                   connector::Rewrite request) {
  const lake::TableState& state = table.state();
  SLUICE_ASSIGN(request.from, version_of(files, table));
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
    written_.push_back(file.path);
  }
  crash_point("delta.rewritten");
  SLUICE_TRY(staging.make_durable(written));
  for (const connector::WrittenFile& file : written) {
    SLUICE_ASSIGN(std::string add, add_line(file, context_.clock.now(), state));
    adds_.push_back(std::move(add));
  }
  for (const lake::DataFile& file : files) note_removed(file);
  return {};
}

Status RowReplacement::start_over(lake::Table& table) {
  SLUICE_TRY(remove_unused_files(table, begun_, options_.path, written_, context_.files));
  written_.clear();
  begun_ = -1;
  adds_.clear();
  removes_.clear();
  removed_.clear();
  searched_.clear();
  return {};
}

}  // namespace sluice::connectors
