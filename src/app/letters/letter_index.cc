#include "app/letters/letter_index.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "connectors/files/partition_folders.h"
#include "connectors/files/published_files.h"
#include "engine/dead_letters.h"
#include "engine/pipeline.h"
#include "engine/replay_folder.h"
#include "sql/functions/open_database.h"
#include "sql/scan/parquet_select.h"
#include "sql/scan/path_literal.h"

namespace sluice::app {
namespace {

using data::quote_literal;

/// What the table of letters may take before it goes to the disk.
constexpr std::int64_t kMemoryBytesMax = std::int64_t{512} << 20;

constexpr const char* kTables = R"(
  CREATE TABLE letters(place INTEGER, file INTEGER, "row" BIGINT, id VARCHAR, source VARCHAR,
    batch BIGINT, origin VARCHAR, "partition" BIGINT, "offset" BIGINT, element BIGINT,
    "time" BIGINT, reason VARCHAR, column_name VARCHAR, size BIGINT);
  CREATE TABLE marks(letter VARCHAR, batch BIGINT, asked BIGINT, cancelled BIGINT, waits BOOLEAN);
)";

Status check_stop(const std::stop_token& stop) {
  if (stop.stop_requested()) return Error(Kind::kCancelled, "looking for dead letters was ended");
  return {};
}

}  // namespace

LetterIndex::LetterIndex(std::vector<LetterPlace> places, const connector::Registry& registry,
                         const connector::Context& context, std::string checkpoint)
    : places_(std::move(places)),
      registry_(registry),
      context_(context),
      checkpoint_(std::move(checkpoint)),
      copies_(context),
      held_(places_.size()) {}

Status LetterIndex::open() {
  if (session_ != nullptr) return {};
  sql::DatabaseOptions options;
  options.memory_limit = kMemoryBytesMax;
  options.threads = kThreads;
  SLUICE_TRY(scratch_.make());
  options.temp_folder = scratch_.path();
  SLUICE_ASSIGN(database_, sql::open_database("", options));
  SLUICE_ASSIGN(auto session, database_->connect());
  for (Held& held : held_) held.rows.schema = engine::dead_letter_schema();
  SLUICE_TRY(session->execute(kTables));
  session_ = std::move(session);
  return {};
}

Status LetterIndex::refresh(const std::stop_token& stop) {
  for (std::size_t place = 0; place < places_.size(); ++place) {
    const LetterPlace::Kind kind = places_[place].kind;
    if (kind == LetterPlace::Kind::kFolder) SLUICE_TRY(refresh_folder(place, stop));
    if (kind == LetterPlace::Kind::kDelta) SLUICE_TRY(refresh_delta(place, stop));
  }
  return refresh_marks();
}

Status LetterIndex::refresh_marks() {
  // The engine may take a request between a look at the folder and its reading.
  constexpr int kTriesMax = 5;
  Status marks;
  for (int i = 0; i < kTriesMax; ++i) {
    marks = read_marks();
    if (marks || marks.error().kind() != Kind::kTransient) break;
  }
  return marks;
}

Status LetterIndex::refresh_folder(std::size_t place, const std::stop_token& stop) {
  const LetterPlace& where = places_[place];
  Held& held = held_[place];
  SLUICE_ASSIGN(const auto found, connectors::published_files(context_.files, where.path,
                                                              context_.pipeline, where.writer));
  std::set<std::string> paths;
  for (const io::FileInfo& file : found) paths.insert(file.path);
  // Somebody has removed some: what they had is no more.
  if (!std::ranges::includes(paths, held.known)) SLUICE_TRY(forget(place));
  std::vector<data::ParquetFile> fresh;
  for (const io::FileInfo& file : found) {
    if (held.known.contains(file.path)) continue;
    SLUICE_TRY(check_stop(stop));
    data::ParquetFile added{.path = file.path};
    added.shown_path = file.path;
    added.modified = file.modified;
    added.partition_values =
        connectors::partition_values(std::string_view(file.path).substr(where.path.size() + 1));
    SLUICE_ASSIGN(added.path, copies_.add(file.path, file.bytes, file.modified));
    fresh.push_back(std::move(added));
  }
  return add_files(place, std::move(fresh), stop);
}

Status LetterIndex::refresh_delta(std::size_t place, const std::stop_token& stop) {
  const LetterPlace& where = places_[place];
  Held& held = held_[place];
  // The engine makes the table with the first letter.
  SLUICE_ASSIGN(const auto log,
                context_.files.list(io::join_path(where.path, "_delta_log"), /*recursive=*/false));
  if (log.empty()) return {};
  if (held.table == nullptr) {
    const connector::TableKind& kind = *registry_.table("delta");
    const ConfigValue::Entry path{"path", {}, ConfigValue::scalar(where.path, /*quoted=*/true, {})};
    SLUICE_ASSIGN(const Options options,
                  Options::validate(kind.options, ConfigValue::map({path}, {}), "a delta table"));
    SLUICE_ASSIGN(held.table, kind.make(options, context_));
  }
  SLUICE_ASSIGN(connector::TableVersion version, held.table->newest());
  if (version.version == held.version) return {};
  // Compaction may have moved every row.
  SLUICE_TRY(forget(place));
  held.version = version.version;
  held.rows.schema = version.schema;
  held.rows.stored = version.stored;
  return add_files(place, std::move(version.files), stop);
}

Status LetterIndex::forget(std::size_t place) {
  Held& held = held_[place];
  if (held.files.empty()) return {};
  held.files.clear();
  held.known.clear();
  held.version.clear();
  ++state_;
  return session_->execute("DELETE FROM letters WHERE place = " + std::to_string(place));
}

Status LetterIndex::add_files(std::size_t place, std::vector<data::ParquetFile> files,
                              const std::stop_token& stop) {
  Held& held = held_[place];
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < files.size(); ++i) {
    data::ParquetFile& file = files[i];
    if (file.shown_path.empty()) file.shown_path = file.path;
    const std::int64_t number = next_file_++;
    const std::string path = file.shown_path;
    held.files[number] = std::move(file);
    numbers.push_back(number);
    if (numbers.size() < kFilesMax && i + 1 < files.size()) continue;
    SLUICE_TRY(check_stop(stop));
    if (auto added = add_letters(place, numbers); !added) {
      // Nothing of it is known; the next call tries again.
      for (const std::int64_t gone : numbers) held.files.erase(gone);
      held.version.clear();
      return std::move(added).error().with("dead letters of " + places_[place].source);
    }
    for (const std::int64_t known : numbers) held.known.insert(held.files[known].shown_path);
    numbers.clear();
  }
  return {};
}

Status LetterIndex::add_letters(std::size_t place, const std::vector<std::int64_t>& files) {
  SLUICE_ASSIGN(const std::string rows, rows_of(place, files));
  const std::string id =
      "CAST(batch AS VARCHAR) || '-' || left(md5(concat_ws('|', source, coalesce(topic, ''), "
      "coalesce(\"partition\", 0), coalesce(\"offset\", 0), coalesce(element, -1))), 16)";
  std::string names;
  for (const std::string& name : places_[place].names) {
    names += (names.empty() ? "" : ", ") + quote_literal(name);
  }
  ++state_;
  return session_->execute(
      "INSERT INTO letters SELECT " + std::to_string(place) + ", file, \"row\", " + id + ", " +
      quote_literal(places_[place].source) +
      ", batch, coalesce(topic, ''), coalesce(\"partition\", 0), coalesce(\"offset\", 0), element, "
      "epoch_us(coalesce(\"timestamp\", modified)), CASE WHEN column_name IS NULL THEN reason ELSE "
      "'column ' || column_name || ': ' || reason END, coalesce(column_name, ''), "
      "coalesce(octet_length(\"value\"), 0) FROM (" +
      rows + ") WHERE source IN (" + names + ")");
}

Result<std::string> LetterIndex::rows_of(std::size_t place,
                                         const std::vector<std::int64_t>& files) {
  const Held& held = held_[place];
  data::ParquetRows rows;
  rows.schema = held.rows.schema;
  rows.stored = held.rows.stored;
  std::string names;
  for (const std::int64_t number : files) {
    const data::ParquetFile& file = held.files.at(number);
    rows.files.push_back(file);
    names += (names.empty() ? "(" : ", (") + std::to_string(number) + ", " +
             quote_literal(file.shown_path) + ")";
  }
  SLUICE_ASSIGN(const std::string select, sql::parquet_select(*session_, rows,
                                                              {{"__path", data::kFilePath},
                                                               {"row", data::kFileRow},
                                                               {"modified", data::kFileModified}}));
  const std::string mark = engine::kElementMark;
  const std::string element = quote_literal(mark + "([0-9]{1,18})$");
  return "SELECT f.file, r.* EXCLUDE (__path, topic), regexp_replace(topic, " + element +
         ", '') AS topic, TRY_CAST(regexp_extract(topic, " + element +
         ", 1) AS BIGINT) AS element FROM (" + select + ") AS r JOIN (VALUES " + names +
         ") AS f(file, path) ON f.path = r.__path";
}

Result<std::vector<std::int64_t>> LetterIndex::files_of(std::size_t place,
                                                        const std::string& chosen) {
  SLUICE_ASSIGN(const sql::Rows found,
                session_->query("SELECT DISTINCT file FROM " + chosen +
                                " WHERE place = " + std::to_string(place) + " ORDER BY file"));
  std::vector<std::int64_t> files;
  for (const auto& row : found.values) files.push_back(std::stoll(row[0].value()));
  return files;
}

/// What the engine says, and what those ask whom it has not answered yet.
Status LetterIndex::read_marks() {
  const std::string folder = engine::replay_folder(checkpoint_);
  SLUICE_ASSIGN(const auto listed, context_.files.list(folder, /*recursive=*/false));
  std::string seen;
  std::vector<std::pair<std::string, std::string>> selects;
  for (const io::FileInfo& file : listed) {
    const std::string name = io::file_name(file.path);
    const char* columns = name == engine::kMarksFile               ? "letter, batch, asked, NULL"
                          : name.starts_with('.')                  ? ""
                          : name.ends_with(engine::kRequestEnding) ? "letter, NULL, asked, NULL"
                          : name.ends_with(engine::kCancelEnding)  ? "letter, NULL, NULL, asked"
                                                                   : "";
    if (*columns == '\0') continue;
    seen += name + " " + std::to_string(file.bytes) + " " + std::to_string(file.modified) + "\n";
    selects.emplace_back(file.path, std::string("SELECT ") + columns + " FROM read_parquet(" +
                                        sql::path_literal(file.path) +
                                        ", hive_partitioning = false)");
  }
  if (seen == marks_seen_) return {};
  SLUICE_TRY(session_->execute(
      "CREATE OR REPLACE TABLE read_marks(letter VARCHAR, batch BIGINT, asked BIGINT, cancelled "
      "BIGINT)"));
  for (const auto& [path, select] : selects) {
    const auto added = session_->execute("INSERT INTO read_marks " + select);
    if (added) continue;
    if (added.error().kind() == Kind::kCancelled) return added.error().clone();
    SLUICE_ASSIGN(const auto there, context_.files.find(path));
    if (!there) return transient_error("a request was taken while it was read: path=" + path);
    log_warn("dead letters: what waits or was replayed cannot be read: path=" + path + ": " +
             added.error().message());
  }
  SLUICE_TRY(session_->execute(
      "CREATE OR REPLACE TABLE marks AS SELECT letter, max(batch) AS batch, max(asked) AS asked, "
      "max(cancelled) AS cancelled, coalesce(max(coalesce(asked, 0)) FILTER (WHERE batch IS NULL "
      "AND cancelled IS NULL) > coalesce(max(cancelled), -1), false) AS waits FROM read_marks "
      "WHERE letter IS NOT NULL GROUP BY letter"));
  marks_seen_ = std::move(seen);
  return {};
}

}  // namespace sluice::app
