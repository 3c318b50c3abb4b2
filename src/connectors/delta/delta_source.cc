#include "connectors/delta/delta_source.h"

#include <algorithm>
#include <utility>

#include "connector/local_copies.h"
#include "connector/parquet_batch.h"
#include "connector/parquet_footer.h"
#include "connectors/delta/open_table.h"

namespace sluice::connectors {
namespace {

/// Versions that one call of latest() looks through at most: most of them may change no rows.
constexpr std::int64_t kVersionsMax = 1000;
/// Versions that lag() counts the files of.
constexpr std::int64_t kLagVersionsMax = 50;

DeltaOffset next_version(const DeltaOffset& offset) {
  return {offset.table, offset.version + 1, 0, false};
}

}  // namespace

DeltaSource::DeltaSource(DeltaSourceOptions options, const connector::Context& context)
    : options_(std::move(options)), context_(context) {}

Status DeltaSource::connect() {
  if (versions_ != nullptr) return {};
  SLUICE_ASSIGN(table_, open_existing(options_.path, context_.files));
  auto versions = std::make_unique<DeltaVersions>(*table_, options_.path, options_.rules);
  SLUICE_TRY(versions->begin());
  versions_ = std::move(versions);
  return {};
}

Result<data::ParquetRows> DeltaSource::outline() {
  SLUICE_TRY(connect());
  data::ParquetRows outline;
  outline.schema = versions_->schema();
  outline.stored = versions_->stored();
  return outline;
}

Status DeltaSource::open(std::stop_token /*stop*/) { return connect(); }

Result<data::Offset> DeltaSource::initial() {
  const lake::TableState& state = table_->state();
  DeltaOffset offset{
      .table = state.id, .version = frozen_.value_or(state.version), .initial = true};
  if (std::holds_alternative<StartLatest>(options_.start)) {
    offset = next_version(offset);
  } else if (const auto* start = std::get_if<StartVersion>(&options_.start)) {
    if (start->version > state.version + 1) {
      return user_error("start: the Delta table has no version " + std::to_string(start->version) +
                        " yet, the newest is " + std::to_string(state.version));
    }
    offset = {state.id, start->version, 0, false};
  } else if (const auto* time = std::get_if<StartTime>(&options_.start)) {
    SLUICE_ASSIGN(const auto newest, table_->log_entry_time(state.version));
    offset = next_version(offset);
    if (newest && *newest >= time->milliseconds) {
      SLUICE_ASSIGN(offset.version, table_->version_from(time->milliseconds));
    }
  }
  return offset.to_offset();
}

Result<std::int64_t> DeltaSource::newest() {
  if (frozen_) return *frozen_;
  const std::string id = table_->state().id;
  SLUICE_ASSIGN(const bool there, table_->refresh());
  if (!there) return corruption_error("the Delta table is gone: path=" + options_.path);
  return table_->state().version;
}

Status DeltaSource::freeze() {
  SLUICE_ASSIGN(frozen_, newest());
  return {};
}

Status DeltaSource::end_at(const connector::Remembered& place) {
  SLUICE_ASSIGN(const DeltaOffset end, parse(place.offset));
  if (end.index > 0 || end.initial) {
    return user_error("the checkpoint is within version " + std::to_string(end.version) +
                      " of the table; let the pipeline read it to its end before");
  }
  frozen_ = end.version - 1;
  return {};
}

Result<DeltaOffset> DeltaSource::parse(const data::Offset& offset) {
  SLUICE_ASSIGN(DeltaOffset parsed, DeltaOffset::parse(offset));
  if (parsed.table == table_->state().id) return parsed;
  return corruption_error(
      "E_TABLE_REPLACED: another Delta table is at path=" + options_.path + ": its id is " +
      table_->state().id + ", the checkpoint has read " + parsed.table +
      "\n  if it is the wrong one: correct the path, or the table\n  if it is to "
      "be read instead: sluice checkpoint forget " +
      checkpoint_ + " --source " + context_.name + ", and all of it is read");
}

Result<connector::Resumed> DeltaSource::resume(const connector::Remembered& past) {
  checkpoint_ = past.checkpoint;
  SLUICE_TRY(parse(past.offset));
  return connector::Resumed{past.offset};
}

Result<data::Offset> DeltaSource::latest(const data::Offset& from, const data::ReadLimit& limit) {
  planned_.reset();
  SLUICE_ASSIGN(const std::int64_t end, newest());
  SLUICE_ASSIGN(DeltaOffset at, parse(from));
  const std::int64_t last = std::min(end, at.version + kVersionsMax);
  std::vector<VersionFile> taken;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  const auto is_enough = [&] {
    return !taken.empty() && ((!limit.all && static_cast<std::int64_t>(taken.size()) >=
                                                 options_.files_per_trigger_max) ||
                              rows >= limit.records || bytes >= limit.bytes);
  };
  while (at.version <= last && !is_enough()) {
    SLUICE_ASSIGN(const auto* files, versions_->files(at.version, at.initial));
    const auto size = static_cast<std::int64_t>(files->size());
    while (at.index < size && !is_enough()) {
      const VersionFile& file = (*files)[static_cast<std::size_t>(at.index++)];
      rows += static_cast<std::int64_t>(file.count.value_or(0));
      bytes += file.bytes;
      taken.push_back(file);
    }
    if (at.index >= size) at = next_version(at);
  }
  const data::Offset to = at.to_offset();
  if (to == from) return from;
  planned_ = Planned{from, to, std::move(taken)};
  return to;
}

Result<std::vector<VersionFile>> DeltaSource::files_between(const data::Offset& from,
                                                            const data::Offset& to) {
  if (planned_ && planned_->from == from && planned_->to == to) return planned_->files;
  SLUICE_ASSIGN(DeltaOffset at, parse(from));
  SLUICE_ASSIGN(const DeltaOffset end, parse(to));
  std::vector<VersionFile> files;
  while (at.version < end.version || at.index < end.index) {
    SLUICE_ASSIGN(const auto* all, versions_->files(at.version, at.initial));
    const auto size = static_cast<std::int64_t>(all->size());
    const std::int64_t stop = at.version == end.version ? std::min(end.index, size) : size;
    for (; at.index < stop; ++at.index) files.push_back((*all)[static_cast<std::size_t>(at.index)]);
    if (at.version == end.version) break;
    at = next_version(at);
  }
  return files;
}

Result<std::uint64_t> DeltaSource::count_of(const VersionFile& file) {
  if (file.count) return *file.count;
  SLUICE_ASSIGN(const auto footer,
                connector::read_parquet_footer(context_.files, file.path,
                                               static_cast<std::uint64_t>(file.bytes)));
  if (!footer) {
    return corruption_error("a data file of the Delta table is not complete: file=" + file.path);
  }
  return footer->rows - std::min<std::uint64_t>(footer->rows, file.rows.rows.size());
}

Result<std::unique_ptr<data::RecordBatch>> DeltaSource::read(const data::Offset& from,
                                                             const data::Offset& to,
                                                             std::stop_token stop) {
  SLUICE_ASSIGN(auto files, files_between(from, to));
  data::ParquetRows rows;
  rows.schema = versions_->schema();
  rows.stored = versions_->stored();
  std::vector<std::uint64_t> counts;
  connector::LocalCopies copies(context_);
  for (VersionFile& file : files) {
    if (stop.stop_requested()) return Error(Kind::kCancelled, "reading was stopped");
    SLUICE_ASSIGN(const auto there, context_.files.find(file.path));
    if (!there) {
      return corruption_error(
          "E_FILE_GONE: a data file of the Delta table is gone (VACUUM?): file=" + file.path +
          "; rows that the stream has not read are lost; keep "
          "removed files longer (delta.deletedFileRetentionDuration), and "
          "start with a new checkpoint");
    }
    SLUICE_ASSIGN(counts.emplace_back(), count_of(file));
    data::ParquetFile parquet;
    parquet.shown_path = file.path;
    parquet.modified = file.modified_ms * 1000;
    // A data file's name is never used again, so its time says nothing.
    SLUICE_ASSIGN(parquet.path, copies.add(file.path, static_cast<std::uint64_t>(file.bytes), 0));
    parquet.partition_values = std::move(file.values);
    parquet.rows = std::move(file.rows);
    rows.files.push_back(std::move(parquet));
  }
  return std::unique_ptr<data::RecordBatch>(std::make_unique<connector::ParquetBatch>(
      std::move(rows), std::move(counts), std::move(copies)));
}

Result<connector::Lag> DeltaSource::lag(const data::Offset& from) {
  SLUICE_ASSIGN(const std::int64_t end, newest());
  SLUICE_ASSIGN(DeltaOffset at, parse(from));
  connector::Lag lag{0, 0};
  if (end - at.version > kLagVersionsMax) return connector::Lag();
  for (; at.version <= end; at = next_version(at)) {
    SLUICE_ASSIGN(const auto* files, versions_->files(at.version, at.initial));
    for (std::size_t i = static_cast<std::size_t>(at.index); i < files->size(); ++i) {
      ++*lag.records;
      *lag.bytes += (*files)[i].bytes;
    }
  }
  return lag;
}

void DeltaSource::wait_for_data(const data::Offset& /*from*/, std::chrono::milliseconds wait,
                                std::stop_token stop, const Clock& clock) {
  const bool local = context_.files.is_local(options_.path);
  clock.sleep_for(local ? wait : std::max(wait, connector::kStorePause), std::move(stop));
}

}  // namespace sluice::connectors
