#include "connectors/files/parquet_source.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/log.h"
#include "connector/parquet_batch.h"
#include "connectors/files/partition_folders.h"

namespace sluice::connectors {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Those inside the file and those of its folders (`day=2024-01-01`).
std::vector<std::string> columns_of(const SourceFile& file,
                                    const connector::ParquetFooter& footer) {
  std::vector<std::string> columns = footer.columns;
  for (const auto& [name, value] : partition_values(file.name)) columns.push_back(name);
  return columns;
}

/// Names whose warnings are kept, so that each is logged once.
constexpr std::size_t kWarnedNamesMax = 1000;

}  // namespace

ParquetSource::ParquetSource(ParquetSourceOptions options, const connector::Context& context,
                             std::unique_ptr<ReplayPace> pace)
    : options_(std::move(options)),
      context_(context),
      stream_(static_cast<const FolderOptions&>(options_), context),
      outline_copies_(context),
      pace_(std::move(pace)) {
  for (const data::Field& field : options_.schema.fields())
    columns_[lower(field.name)] = field.name;
}

Status ParquetSource::open(std::stop_token /*stop*/) { return stream_.resolve(); }

Result<data::Offset> ParquetSource::initial() { return stream_.initial(); }

Result<data::ParquetRows> ParquetSource::outline() {
  data::ParquetRows outline;
  outline.schema = options_.schema;
  if (outline.schema.size() > 0) {
    if (pace_ != nullptr && outline.schema.find(pace_->column()) < 0) {
      return user_error("replay: there is no column '" + pace_->column() +
                        "' in schema: " + outline.schema.to_string());
    }
    return outline;
  }
  SLUICE_TRY(stream_.resolve());
  SLUICE_ASSIGN(const auto files, stream_.list());
  for (const SourceFile& file : files) {
    SLUICE_ASSIGN(const auto footer, footer_of(file));
    if (!footer) continue;
    columns_.clear();
    for (const std::string& column : columns_of(file, *footer)) columns_[lower(column)] = column;
    data::ParquetFile first;
    SLUICE_ASSIGN(first.path,
                  outline_copies_.add(stream_.path_of(file), file.bytes, file.modified));
    first.partition_values = partition_values(file.name);
    outline.files.push_back(std::move(first));
    if (pace_ != nullptr) SLUICE_TRY(find_times(file));
    return outline;
  }
  return user_error("there is no Parquet file yet to take the columns from: path=" + options_.path +
                    " (names must end in " + options_.ending +
                    "); declare them: schema: {id: BIGINT, ...}");
}

Result<std::optional<connector::ParquetFooter>> ParquetSource::footer_of(const SourceFile& file) {
  const std::string path = stream_.path_of(file);
  SLUICE_ASSIGN(auto footer, connector::read_parquet_footer(context_.files, path, file.bytes));
  if (footer) return footer;
  if (context_.clock.now() - file.modified > options_.complete_within) {
    return user_error(
        "E_INCOMPLETE_FILE: a Parquet file has no complete footer and has not grown "
        "for long: file=" +
        path + " bytes=" + std::to_string(file.bytes) +
        "; write it again, or remove it; if it is still being written, raise "
        "complete_within");
  }
  if (warned_.size() < kWarnedNamesMax && warned_.insert(file.name).second) {
    log_warn("source " + context_.name +
             ": a Parquet file is not complete yet, it is left for a later batch: file=" + path);
  }
  return footer;
}

Status ParquetSource::check_columns(const SourceFile& file,
                                    const connector::ParquetFooter& footer) {
  if (columns_.empty()) return {};
  for (const std::string& column : columns_of(file, footer)) {
    if (columns_.contains(lower(column))) continue;
    const std::string place = "column=" + column + " file=" + stream_.path_of(file);
    if (options_.fail_on_new_column) {
      return user_error("E_NEW_COLUMN: a file has a column that the schema lacks: " + place +
                        "; add it to schema (and start the pipeline again), or set "
                        "on_new_column: ignore");
    }
    if (warned_.size() < kWarnedNamesMax && warned_.insert("column " + column).second) {
      log_warn("source " + context_.name +
               ": a file has a column that the schema lacks, it is not read: " + place);
    }
  }
  return {};
}

/// Puts those of the file's row groups into times_. kUser: the column of `replay` has none.
Status ParquetSource::find_times(const SourceFile& file) {
  if (timed_ == file) return {};
  timed_.reset();
  const std::string path = stream_.path_of(file);
  SLUICE_ASSIGN(const auto metadata,
                connector::read_parquet_metadata(context_.files, path, file.bytes));
  auto times = connector::read_row_group_times(metadata.value_or(""), pace_->column());
  if (!times) return std::move(times).error().with("replay: file=" + path);
  times_ = *std::move(times);
  timed_ = file;
  return {};
}

Result<std::uint64_t> ParquetSource::due_end(const SourceFile& file, std::uint64_t first,
                                             std::uint64_t rows) {
  SLUICE_TRY(find_times(file));
  std::uint64_t end = 0;
  for (const connector::RowGroupTimes& group : times_) {
    const bool has_time = group.earliest && group.latest;
    const bool is_read = end + group.rows <= first;
    if (!is_read && has_time && !pace_->is_due(*group.earliest, *group.latest)) {
      return std::max(first, end);
    }
    end += group.rows;
  }
  return rows;
}

Result<std::vector<ParquetSource::Part>> ParquetSource::take(const data::ReadLimit& limit,
                                                             FileOffset& offset) {
  const bool paced = pace_ != nullptr && !limit.all;
  if (paced) pace_->begin_batch();
  waits_ = false;
  std::vector<Part> parts;
  std::int64_t rows = 0;
  double bytes = 0;
  while (const auto start = stream_.next()) {
    const bool is_enough =
        (!limit.all && static_cast<std::int64_t>(parts.size()) >= options_.files_per_trigger_max) ||
        rows >= limit.records || bytes >= static_cast<double>(limit.bytes);
    if (is_enough && !parts.empty()) break;
    SLUICE_ASSIGN(const auto footer, footer_of(start->file));
    if (!footer) continue;
    SLUICE_TRY(check_columns(start->file, *footer));
    Part part{start->file, start->position, footer->rows, footer->rows};
    if (paced) {
      SLUICE_ASSIGN(part.end, due_end(part.file, part.first, part.rows));
      waits_ = part.end < part.rows;
      if (part.end == part.first && waits_) break;
    }
    const auto room = static_cast<std::uint64_t>(limit.records - rows);
    if (part.end - part.first > room) {
      part.end = part.first + room;
      waits_ = false;
    }
    rows += static_cast<std::int64_t>(part.end - part.first);
    bytes += static_cast<double>(part.file.bytes) * static_cast<double>(part.end - part.first) /
             static_cast<double>(std::max<std::uint64_t>(1, part.rows));
    parts.push_back(part);
    offset.open.reset();
    if (part.end < part.rows) {
      offset.open = OpenFile{part.file, part.end, 1};
      break;
    }
    offset.finish(part.file);
  }
  return parts;
}

Result<data::Offset> ParquetSource::latest(const data::Offset& from, const data::ReadLimit& limit) {
  planned_.reset();
  if (waits_at_ == from && !limit.all && !pace_->is_over()) return from;
  waits_at_.reset();
  SLUICE_ASSIGN(FileOffset offset, stream_.parse(from));
  SLUICE_TRY(stream_.begin(offset));
  SLUICE_ASSIGN(auto parts, take(limit, offset));
  if (parts.empty()) {
    if (waits_) waits_at_ = from;
    return from;
  }
  const data::Offset to = stream_.end(std::move(offset));
  if (waits_) waits_at_ = to;
  planned_ = Planned{from, to, std::move(parts)};
  return to;
}

Result<std::vector<ParquetSource::Part>> ParquetSource::parts_between(const data::Offset& from,
                                                                      const data::Offset& to) {
  if (planned_ && planned_->from == from && planned_->to == to) return planned_->parts;
  SLUICE_ASSIGN(const FileOffset first, stream_.parse(from));
  SLUICE_ASSIGN(const FileOffset last, stream_.parse(to));
  SLUICE_ASSIGN(const auto pieces, FolderStream::pieces(first, last));
  std::vector<Part> parts;
  for (const FolderStream::Piece& piece : pieces) {
    const SourceFile& file = piece.start.file;
    SLUICE_TRY(stream_.check_unchanged(file));
    SLUICE_ASSIGN(const auto footer, footer_of(file));
    if (!footer) {
      return corruption_error("a file that is needed again no longer has a footer: file=" +
                              stream_.path_of(file) + "; put the old one back");
    }
    parts.push_back({file, piece.start.position, std::min(piece.end, footer->rows), footer->rows});
  }
  return parts;
}

Result<std::unique_ptr<data::RecordBatch>> ParquetSource::read(const data::Offset& from,
                                                               const data::Offset& to,
                                                               std::stop_token stop) {
  SLUICE_ASSIGN(const auto parts, parts_between(from, to));
  data::ParquetRows rows;
  std::vector<std::uint64_t> counts;
  connector::LocalCopies copies(context_);
  for (const Part& part : parts) {
    if (stop.stop_requested()) return Error(Kind::kCancelled, "reading was stopped");
    data::ParquetFile file;
    file.shown_path = stream_.path_of(part.file);
    SLUICE_ASSIGN(file.path, copies.add(file.shown_path, part.file.bytes, part.file.modified));
    for (auto& [name, value] : partition_values(part.file.name)) {
      const auto column = columns_.find(lower(name));
      file.partition_values[column == columns_.end() ? name : column->second] = std::move(value);
    }
    file.modified = part.file.modified;
    file.rows.first = part.first;
    if (part.end < part.rows) file.rows.end = part.end;
    rows.files.push_back(std::move(file));
    counts.push_back(part.end - part.first);
  }
  return std::unique_ptr<data::RecordBatch>(std::make_unique<connector::ParquetBatch>(
      std::move(rows), std::move(counts), std::move(copies)));
}

void ParquetSource::wait_for_data(const data::Offset& /*from*/, std::chrono::milliseconds wait,
                                  std::stop_token stop, const Clock& clock) {
  const bool local = context_.files.is_local(options_.path);
  clock.sleep_for(local ? wait : std::max(wait, connector::kStorePause), std::move(stop));
}

}  // namespace sluice::connectors
