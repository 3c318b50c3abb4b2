#include "state/checkpoint.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <utility>

#include <unistd.h>
#include <xxhash.h>

#include "base/json.h"
#include "base/log.h"
#include "base/random.h"
#include "sql/functions/open_database.h"
#include "state/checkpoint_owner.h"
#include "state/position_rows.h"
#include "state/replay_tables.h"

namespace sluice::state {
namespace {

constexpr const char* kFormatVersion = "2";
/// Rows of sluice.positions that stay: Spark keeps as many batches. An offset of a folder of files
/// may have tens of kilobytes.
constexpr int kRowsKept = 100;
/// The database's log grows to this before idle time is spent on folding it in.
constexpr std::uint64_t kLogBytesMax = 16ULL << 20;

/// Parts of a source's log that are read at once.
constexpr std::int64_t kLogPartsRead = 100;

/// The main header and the two database headers of DuckDB's file.
constexpr std::size_t kHeaderBytes = std::size_t{3} << 12U;

constexpr const char* kTables = R"(
  CREATE SCHEMA IF NOT EXISTS sluice;
  CREATE SCHEMA IF NOT EXISTS state;
  CREATE TABLE IF NOT EXISTS sluice.meta(key VARCHAR PRIMARY KEY, value VARCHAR);
  CREATE TABLE IF NOT EXISTS sluice.views(view VARCHAR, fingerprint VARCHAR);
)";

/// Newer than the first checkpoints, which get them when they are opened.
constexpr const char* kClaimsTable =
    "CREATE TABLE IF NOT EXISTS sluice.claims(sink VARCHAR PRIMARY KEY, epoch BIGINT, mark "
    "VARCHAR)";

/// As those.
constexpr const char* kSourceLogTable =
    "CREATE TABLE IF NOT EXISTS sluice.source_log(source VARCHAR, part BIGINT, entry BLOB)";

/// As those: what sinks have staged that have no other place for it.
constexpr const char* kStagedTable =
    "CREATE TABLE IF NOT EXISTS sluice.staged(sink VARCHAR, batch BIGINT, piece BIGINT, bytes "
    "BLOB)";

/// As those: what those who watch the batches keep (charts, alerts).
constexpr const char* kNotesTable =
    "CREATE TABLE IF NOT EXISTS sluice.notes(watcher VARCHAR, piece BIGINT, bytes BLOB)";

/// Key in sluice.meta: Position::whole_results, as JSON.
constexpr const char* kWholeResults = "whole_results";

/// Tables with what else is known of a source, by its name.
constexpr std::array kSourceTables = {"source_log", "replay_queue"};

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4U];
    text += kDigits[static_cast<unsigned char>(c) & 15U];
  }
  return text;
}

/// Of DuckDB's hex().
void append_bytes_of(std::string_view hex, std::string& out) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'A' + 10; };
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  }
}

/// A process that was killed leaves its files, which nobody reads again.
Status remove_spilled(io::FileSystem& files, const std::string& folder) {
  SLUICE_ASSIGN(const auto spilled, files.list(folder, /*recursive=*/false));
  for (const io::FileInfo& file : spilled) SLUICE_TRY(files.remove(file.path));
  return {};
}

}  // namespace

std::string before_table(const std::string& sink) {
  return "sluice." + data::quote_identifier(sink + "__before_rebuild");
}

Result<std::unique_ptr<Checkpoint>> Checkpoint::open(const std::string& folder,
                                                     const std::string& pipeline,
                                                     io::FileSystem& files,
                                                     sql::DatabaseOptions options) {
  SLUICE_TRY(files.make_private_folders(folder));
  const std::string lock_path = io::join_path(folder, "lock");
  SLUICE_ASSIGN(auto lock, io::LockFile::try_acquire(lock_path));
  if (!lock) {
    return Error(Kind::kConflict,
                 "E_CHECKPOINT_LOCKED: another process is running on this checkpoint; lock=" +
                     lock_path + " pid=" + io::LockFile::holder_of(lock_path) +
                     "; stop that one, or give this pipeline a checkpoint of its own");
  }
  std::unique_ptr<Checkpoint> checkpoint(
      new Checkpoint(*std::move(lock), io::join_path(folder, "state.db"), files));
  SLUICE_ASSIGN(checkpoint->is_private_, files.is_private(folder));
  if (options.temp_folder.empty()) {
    options.temp_folder = io::join_path(folder, "spill");
    SLUICE_TRY(remove_spilled(files, options.temp_folder));
  }
  SLUICE_ASSIGN(checkpoint->database_, sql::open_database(checkpoint->path_, options));
  SLUICE_ASSIGN(checkpoint->session_, checkpoint->database_->connect());
  checkpoint->meter_.emplace(*checkpoint->session_);
  SLUICE_TRY(checkpoint->make_tables(pipeline));
  SLUICE_TRY(checkpoint->secure_files());
  return checkpoint;
}

/// Names must survive a power cut before anything relies on them: DuckDB syncs what is in its
/// files, and makes a new log whenever the old one was folded in.
Status Checkpoint::secure_files() {
  if (log_ && log_->is_still_there()) return {};
  const std::string folder = io::parent_folder(path_);
  const std::string log = path_ + ".wal";
  SLUICE_ASSIGN(auto named, io::NamedFile::find(log));
  if (is_private_) {
    for (const std::string& file : {path_, log, io::join_path(folder, "lock")}) {
      SLUICE_ASSIGN(const auto there, files_.find(file));
      if (there) SLUICE_TRY(files_.make_private(file));
    }
  }
  SLUICE_TRY(files_.sync(folder));
  log_ = std::move(named);
  return {};
}

Status Checkpoint::make_tables(const std::string& pipeline) {
  SLUICE_ASSIGN(const auto known,
                session_->value("SELECT count(*) FROM duckdb_tables() WHERE "
                                "schema_name = 'sluice' AND table_name = 'meta'"));
  const bool is_new = known != "1";
  if (is_new) {
    SLUICE_TRY(session_->execute("BEGIN"));
    SLUICE_TRY(session_->execute(kTables));
    SLUICE_TRY(session_->execute(kPositionTables));
    SLUICE_TRY(session_->execute("INSERT INTO sluice.meta VALUES ('format', ?), ('pipeline', ?)",
                                 {kFormatVersion, pipeline}));
  } else {
    SLUICE_TRY(check_owner(pipeline));
  }
  for (const char* table :
       {kClaimsTable, kSourceLogTable, kStagedTable, kNotesTable, kReplayTables}) {
    SLUICE_TRY(session_->execute(table));
  }
  if (is_new) SLUICE_TRY(session_->execute("COMMIT"));
  SLUICE_ASSIGN(NewestRow newest, newest_row(*session_, path_));
  row_ = newest.number;
  moved_ = std::move(newest.moved);
  return {};
}

/// And that the format is the newest one afterwards.
Status Checkpoint::check_owner(const std::string& pipeline) {
  SLUICE_ASSIGN(const auto owner,
                session_->value("SELECT value FROM sluice.meta WHERE key = 'pipeline'"));
  SLUICE_ASSIGN(const auto format,
                session_->value("SELECT value FROM sluice.meta WHERE key = 'format'"));
  if (format != kFormatVersion && format != "1") {
    return corruption_error("E_CHECKPOINT_FORMAT: " + path_ + " has format " +
                            format.value_or("unknown") + ", this program reads " + kFormatVersion +
                            "; run it with the version of sluice that made it");
  }
  if (owner != pipeline && !pipeline.empty()) {
    return other_owner(path_, owner.value_or(""), pipeline);
  }
  return format == "1" ? upgrade_from_format_1(*session_) : Status();
}

Result<Position> Checkpoint::position() {
  Position position{moved_, {}, {}, {}, {}};
  SLUICE_ASSIGN(const sql::Rows views,
                session_->query("SELECT view, fingerprint FROM sluice.views"));
  for (const auto& row : views.values) position.fingerprints[*row[0]] = row[1].value_or("");
  SLUICE_ASSIGN(const sql::Rows claims,
                session_->query("SELECT sink, epoch, mark FROM sluice.claims"));
  for (const auto& row : claims.values) {
    position.claims[*row[0]] = {to_integer(row[1]), row[2].value_or("")};
  }
  SLUICE_ASSIGN(const auto names,
                session_->value("SELECT value FROM sluice.meta WHERE key = 'sinks'"));
  if (names) {
    const auto list = parse_json(*names);
    position.known_sinks.emplace();
    for (const auto& name : list) {
      if (name.is_string()) position.known_sinks->insert(name.get<std::string>());
    }
  }
  SLUICE_ASSIGN(position.whole_results, whole_results());
  return position;
}

Status Checkpoint::rebuild(EventTimes times, const std::map<std::string, bool>& whole_results,
                           const std::function<Status()>& change) {
  Moved to = moved_;
  to.event_times = std::move(times);
  return move(std::move(to), [&]() -> Status {
    SLUICE_TRY(change());
    return set_whole_results(whole_results);
  });
}

Status Checkpoint::forget_whole_results(const std::map<std::string, bool>& done) {
  SLUICE_ASSIGN(auto left, whole_results());
  for (const auto& [sink, has_before] : done) {
    left.erase(sink);
    if (!has_before) continue;
    SLUICE_TRY(session_->execute("DROP TABLE IF EXISTS " + before_table(sink)));
  }
  return set_whole_results(left);
}

Result<std::map<std::string, bool>> Checkpoint::whole_results() {
  SLUICE_ASSIGN(const auto text, session_->value("SELECT value FROM sluice.meta WHERE key = " +
                                                 data::quote_literal(kWholeResults)));
  std::map<std::string, bool> results;
  if (!text) return results;
  const Json sinks = parse_json(*text);
  for (const auto& [sink, has_before] : sinks.items()) {
    results[sink] = has_before.is_boolean() && has_before.get<bool>();
  }
  return results;
}

Status Checkpoint::set_whole_results(const std::map<std::string, bool>& results) {
  if (results.empty()) {
    return session_->execute("DELETE FROM sluice.meta WHERE key = ?", {kWholeResults});
  }
  return session_->execute("INSERT OR REPLACE INTO sluice.meta VALUES (?, ?)",
                           {kWholeResults, dump_json(Json(results))});
}

Status Checkpoint::move(Moved to, const std::function<Status()>& change) {
  SLUICE_TRY(session_->execute("BEGIN"));
  auto done = change();
  if (done) done = add_row(*session_, ++row_, to);
  if (!done) {
    rollback();
    return done;
  }
  SLUICE_TRY(session_->execute("COMMIT"));
  moved_ = std::move(to);
  return {};
}

Status Checkpoint::set_offset(const std::string& source, const data::Offset& offset) {
  Moved to = moved_;
  to.offsets[source] = offset;
  return move(std::move(to));
}

Result<std::string> Checkpoint::source_log(const std::string& source) {
  const std::string from = " FROM sluice.source_log WHERE source = " + data::quote_literal(source);
  SLUICE_ASSIGN(const auto last, session_->value("SELECT max(part)" + from));
  std::string log;
  // A few at a time: as text they take twice their size, and more on their way.
  for (std::int64_t part = 0; part < to_integer(last); part += kLogPartsRead) {
    SLUICE_ASSIGN(
        const sql::Rows rows,
        session_->query("SELECT hex(entry)" + from + " AND part > " + std::to_string(part) +
                        " AND part <= " + std::to_string(part + kLogPartsRead) + " ORDER BY part"));
    for (const auto& row : rows.values) append_bytes_of(row[0].value_or(""), log);
  }
  return log;
}

Status Checkpoint::add_to_log(const std::string& source, std::string_view entry) {
  if (entry.empty()) return {};
  return session_->execute(
      "INSERT INTO sluice.source_log SELECT CAST($1 AS VARCHAR), (SELECT coalesce(max(part), 0) + "
      "1 "
      "FROM sluice.source_log WHERE source = $1), unhex(CAST($2 AS VARCHAR))",
      {source, hex_of(entry)});
}

Status Checkpoint::set_resumed(const std::string& source, const connector::Resumed& resumed) {
  Moved to = moved_;
  to.offsets[source] = resumed.offset;
  return move(std::move(to), [&] { return add_to_log(source, resumed.log); });
}

Status Checkpoint::rename_source(const std::string& from, const std::string& to) {
  Moved moved = moved_;
  if (auto known = moved.offsets.extract(from)) moved.offsets[to] = std::move(known.mapped());
  if (auto known = moved.event_times.sources.extract(from)) {
    moved.event_times.sources[to] = known.mapped();
  }
  return move(std::move(moved), [&]() -> Status {
    for (const char* table : kSourceTables) {
      const std::string update = std::string("UPDATE sluice.") + table + " SET source = ? ";
      SLUICE_TRY(session_->execute(update + "WHERE source = ?", {to, from}));
    }
    return {};
  });
}

Status Checkpoint::forget_source(const std::string& source) {
  Moved moved = moved_;
  moved.offsets.erase(source);
  moved.event_times.sources.erase(source);
  return move(std::move(moved), [&]() -> Status {
    for (const char* table : kSourceTables) {
      const std::string removal = std::string("DELETE FROM sluice.") + table + " WHERE source = ?";
      SLUICE_TRY(session_->execute(removal, {source}));
    }
    return {};
  });
}

Status Checkpoint::set_fingerprint(const std::string& view, const std::string& fingerprint) {
  SLUICE_TRY(session_->execute("BEGIN"));
  auto done = session_->execute("DELETE FROM sluice.views WHERE view = ?", {view});
  if (done) {
    done = session_->execute("INSERT INTO sluice.views VALUES (?, ?)", {view, fingerprint});
  }
  if (!done) {
    rollback();
    return done;
  }
  return session_->execute("COMMIT");
}

Status Checkpoint::set_known_sinks(const std::set<std::string>& names) {
  return session_->execute("INSERT OR REPLACE INTO sluice.meta VALUES ('sinks', ?)",
                           {dump_json(Json(names))});
}

Result<std::optional<std::string>> Checkpoint::time_zone() {
  return session_->value("SELECT value FROM sluice.meta WHERE key = 'timezone'");
}

Status Checkpoint::set_time_zone(const std::string& name) {
  return session_->execute("INSERT OR REPLACE INTO sluice.meta VALUES ('timezone', ?)", {name});
}

Status Checkpoint::set_claim(const std::string& sink, const connector::KnownClaim& claim) {
  return session_->execute("INSERT OR REPLACE INTO sluice.claims VALUES (?, ?, ?)",
                           {sink, std::to_string(claim.epoch), claim.mark});
}

Result<connector::Writer> Checkpoint::writer(std::string run) const {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  SLUICE_ASSIGN(const std::string identity, lock_.identity());
  const std::string folder = io::parent_folder(path_);
  const std::string named = std::string(host.data()) + "\n" + identity;
  std::array<char, 16> mark{};
  const auto hash = static_cast<unsigned>(XXH3_64bits(named.data(), named.size()) >> 32U);
  std::snprintf(mark.data(), mark.size(), "%08x", hash);
  return connector::Writer{.host = host.data(),
                           .process = ::getpid(),
                           .checkpoint = std::filesystem::absolute(folder).lexically_normal(),
                           .mark = mark.data(),
                           .run = std::move(run)};
}

Status Checkpoint::set_pipeline_text(const std::string& text,
                                     const std::map<std::string, std::string>& sql_variables) {
  SLUICE_ASSIGN(const LastStart known, last_start());
  // A write costs two syncs of the disk, a look costs none.
  if (known.text == text && known.sql_variables == sql_variables) return {};
  return session_->execute(
      "INSERT OR REPLACE INTO sluice.meta VALUES ('pipeline_text', ?), ('pipeline_variables', ?)",
      {text, dump_json(Json(sql_variables))});
}

Result<LastStart> Checkpoint::last_start() {
  LastStart last;
  SLUICE_ASSIGN(const auto text,
                session_->value("SELECT value FROM sluice.meta WHERE key = 'pipeline_text'"));
  last.text = text.value_or("");
  SLUICE_ASSIGN(const auto variables,
                session_->value("SELECT value FROM sluice.meta WHERE key = 'pipeline_variables'"));
  const Json json = parse_json(variables.value_or("{}"));
  for (const auto& [name, value] : json.items()) last.sql_variables[name] = value;
  return last;
}

Status Checkpoint::begin() { return session_->execute("BEGIN", {}); }

Status Checkpoint::record(const BatchRecord& record) {
  Moved to = moved_;
  to.next_batch = record.batch + 1;
  for (const auto& [source, offset] : record.offsets) to.offsets[source] = offset;
  for (const auto& [sink, position] : record.sinks) to.sinks[sink] = position;
  for (const OutboxEntry& entry : record.outbox) {
    to.sinks[entry.sink] = {record.batch, entry.staged.plan_hash};
  }
  to.outbox = record.outbox;
  for (OutboxEntry& entry : to.outbox) entry.staged.batch = record.batch;
  if (!record.event_times.sources.empty()) to.event_times = record.event_times;
  for (const auto& [source, entry] : record.log_entries) SLUICE_TRY(add_to_log(source, entry));
  SLUICE_TRY(session_->execute(
      "INSERT INTO sluice.positions VALUES (?, ?, make_timestamptz(?), ?, ?, ?)",
      {std::to_string(++row_), std::to_string(record.batch), std::to_string(record.started),
       record.plan_hash, offsets_text(to), rest_text(to)}));
  if (row_ % kRowsKept == 0) {
    SLUICE_TRY(session_->execute("DELETE FROM sluice.positions WHERE number <= " +
                                 std::to_string(row_ - kRowsKept)));
  }
  recorded_ = std::move(to);
  return {};
}

Status Checkpoint::commit() {
  auto result = session_->execute("COMMIT", {});
  if (result) result = secure_files();
  if (result) {
    if (recorded_) moved_ = *std::exchange(recorded_, std::nullopt);
    return result;
  }
  return Error(Kind::kUnknownOutcome,
               "E_COMMIT_UNKNOWN: the checkpoint's commit did not answer clearly (" +
                   result.error().message() + "); file=" + path_ +
                   "; start again: recovery reads what was decided");
}

Status Checkpoint::note_published() {
  if (moved_.outbox.empty()) return {};
  Moved to = moved_;
  to.outbox.clear();
  return move(std::move(to), [this] { return session_->execute("DELETE FROM sluice.staged"); });
}

void Checkpoint::rollback() {
  recorded_.reset();
  if (auto result = session_->execute("ROLLBACK"); !result) {
    log_warn("checkpoint: rollback: " + result.error().message());
  }
}

Status Checkpoint::tidy() {
  const auto log = files_.stat(path_ + ".wal");
  if (!log || log->bytes < kLogBytesMax) return {};
  return session_->execute("CHECKPOINT");
}

Result<DatabaseVersion> Checkpoint::database_version() {
  if (!copy_source_) {
    SLUICE_ASSIGN(auto source, io::CopySource::open(path_));
    copy_source_.emplace(std::move(source));
  }
  SLUICE_ASSIGN(const io::FileInfo info, files_.stat(path_));
  SLUICE_ASSIGN(std::string headers, copy_source_->beginning(kHeaderBytes));
  return DatabaseVersion{info.bytes, info.modified, std::move(headers)};
}

Status Checkpoint::copy_database(const std::string& path) {
  SLUICE_TRY(database_version());
  return copy_source_->copy_to(path);
}

Result<bool> Checkpoint::copy_log(const std::string& path) {
  SLUICE_ASSIGN(const auto log, files_.find(path_ + ".wal"));
  if (!log) return false;
  SLUICE_ASSIGN(const auto source, io::CopySource::open(path_ + ".wal"));
  SLUICE_TRY(source.copy_to(path));
  return true;
}

std::int64_t Checkpoint::file_bytes() {
  std::uint64_t bytes = 0;
  for (const char* ending : {"", ".wal"}) {
    if (const auto info = files_.stat(path_ + ending); info) bytes += info->bytes;
  }
  return static_cast<std::int64_t>(bytes);
}

}  // namespace sluice::state
