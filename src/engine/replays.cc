#include "engine/replays.h"

#include <set>
#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "engine/replay_folder.h"
#include "io/file_rights.h"
#include "sql/scan/path_literal.h"
#include "sql/scan/scan.h"

namespace sluice::engine {
namespace {

using data::quote_literal;

std::int64_t integer(const std::optional<std::string>& text) {
  return text ? std::stoll(*text) : 0;
}

/// The part of a letter's id that says which record it is, whatever the batch.
std::string place_of(const std::string& letter) {
  const std::size_t end = letter.find('-');
  return end == std::string::npos ? letter : letter.substr(end + 1);
}

std::string numbers_of(const ReplayedLetters& letters) {
  std::string numbers;
  for (const auto& [source, own] : letters) {
    for (const ReplayedLetter& letter : own) {
      numbers += (numbers.empty() ? "" : ", ") + std::to_string(letter.number);
    }
  }
  return numbers;
}

/// Of the queue, as it is read.
enum ReplayColumn : std::size_t {
  kNumber,
  kSource,
  kOrigin,
  kPartition,
  kOffset,
  kElement,
  kTimestamp,
  kKey,
  kValue,
  kLetter
};

std::optional<std::string> bytes_at(const data::VectorReader& column, std::size_t row) {
  return column.is_null(row) ? std::nullopt : std::optional<std::string>(column.text(row));
}

ReplayedLetter letter_at(const connector::RowChunk& chunk, std::size_t row) {
  const data::ChunkReader& columns = chunk.columns;
  ReplayedLetter letter;
  letter.number = columns[kNumber].at<std::int64_t>(row);
  letter.id = columns[kLetter].text(row);
  letter.origin.origin = columns[kOrigin].text(row);
  letter.origin.partition = columns[kPartition].at<std::int32_t>(row);
  letter.origin.offset = columns[kOffset].at<std::int64_t>(row);
  if (!columns[kElement].is_null(row)) {
    letter.origin.element = columns[kElement].at<std::int64_t>(row);
  }
  if (!columns[kTimestamp].is_null(row)) {
    letter.origin.timestamp = columns[kTimestamp].at<std::int64_t>(row);
  }
  letter.key = bytes_at(columns[kKey], row);
  letter.value = bytes_at(columns[kValue], row);
  return letter;
}

std::string parquet_of(const std::string& path) {
  return "read_parquet(" + sql::path_literal(path) + ", hive_partitioning = false)";
}

}  // namespace

Status make_replay_folder(io::FileSystem& files, const std::string& checkpoint) {
  const std::string folder = replay_folder(checkpoint);
  SLUICE_ASSIGN(const auto there, files.find(folder));
  SLUICE_TRY(files.make_private_folders(folder));
  return there || !files.is_local(folder) ? Status() : io::take_rights_of(folder, checkpoint);
}

Replays::Replays(const Pipeline& pipeline, state::Checkpoint& checkpoint, io::FileSystem& files,
                 IsLive is_live)
    : pipeline_(pipeline),
      checkpoint_(checkpoint),
      files_(files),
      folder_(replay_folder(pipeline.checkpoint)),
      is_live_(std::move(is_live)) {}

Status Replays::open() {
  // Before others: whoever asks first, this process can work in it.
  if (auto made = make_replay_folder(files_, pipeline_.checkpoint); !made) {
    complain(made.error().message());
  }
  SLUICE_TRY(count_waiting());
  SLUICE_ASSIGN(const auto replayed,
                checkpoint_.session().value("SELECT 1 FROM sluice.replayed LIMIT 1"));
  const auto marks = files_.find(io::join_path(folder_, std::string(kMarksFile)));
  // What a kill has kept from being said, or what a restored checkpoint no longer knows.
  if (replayed || !marks || *marks || waiting_ > 0) note();
  return {};
}

Status Replays::count_waiting() {
  SLUICE_ASSIGN(const auto count,
                checkpoint_.session().value("SELECT count(*) FROM sluice.replay_queue"));
  waiting_ = integer(count);
  return {};
}

Result<Replays::Wishes> Replays::find_wishes() {
  Wishes wishes;
  SLUICE_ASSIGN(const auto listed, files_.list(folder_, /*recursive=*/false));
  for (const io::FileInfo& file : listed) {
    // A hidden one is still being written, or its writer was killed.
    if (io::file_name(file.path).starts_with('.') || left_.contains(file.path)) continue;
    if (file.path.ends_with(kRequestEnding)) wishes.requests.push_back(file.path);
    if (file.path.ends_with(kCancelEnding)) wishes.cancels.push_back(file.path);
  }
  // What cannot be removed would come back with each start.
  if (!wishes.requests.empty() || !wishes.cancels.empty()) SLUICE_TRY(files_.try_writing(folder_));
  return wishes;
}

Status Replays::take_in() {
  const auto wishes = find_wishes();
  if (!wishes) {
    complain(wishes.error().message());
    return {};
  }
  if (wishes->requests.empty() && wishes->cancels.empty()) return {};
  SLUICE_TRY(cancel(wishes->cancels));
  for (const std::string& request : wishes->requests) SLUICE_TRY(take(request));
  SLUICE_TRY(count_waiting());
  // Before the requests are gone: who asks now learns that the letters wait.
  note();
  crash_point("replay.noted");
  // A request that came back after a power cut, when its letters were replayed, would count again;
  // and one whose cancel is gone before it is.
  remove(wishes->requests);
  crash_point("replay.taken_in");
  remove(wishes->cancels);
  return warn_of_others();
}

void Replays::remove(const std::vector<std::string>& paths) {
  if (paths.empty()) return;
  for (const std::string& path : paths) {
    const auto there = files_.find(path);
    if (there && !*there) continue;  // put aside
    if (auto removed = files_.remove(path); !removed) {
      left_.insert(path);
      complain(removed.error().message());
    }
  }
  if (auto synced = files_.sync(folder_); !synced) complain(synced.error().message());
}

void Replays::complain(const std::string& message) {
  if (std::exchange(complaint_, message) == message) return;
  log_error("replay: requests to replay dead letters cannot be taken in: " + message);
}

Result<bool> Replays::read(const std::string& path, const std::string& statement) {
  const auto done = checkpoint_.session().execute(statement);
  if (done) return true;
  if (done.error().kind() == Kind::kCancelled) return done.error().clone();
  log_error("replay: a request cannot be read, and is put aside as " + path +
            ".broken; ask again: " + done.error().message());
  if (auto moved = files_.rename(path, path + ".broken"); !moved) {
    left_.insert(path);
    complain(moved.error().message());
  }
  return false;
}

Status Replays::cancel(const std::vector<std::string>& cancels) {
  sql::Session& session = checkpoint_.session();
  SLUICE_TRY(session.execute(
      "CREATE OR REPLACE TEMP TABLE replay_cancelled(letter VARCHAR, asked BIGINT)"));
  if (cancels.empty()) return {};
  for (const std::string& path : cancels) {
    SLUICE_ASSIGN(
        const bool is_read,
        read(path, "INSERT INTO replay_cancelled SELECT letter, asked FROM " + parquet_of(path)));
    static_cast<void>(is_read);
  }
  return session.execute(
      "DELETE FROM sluice.replay_queue AS q WHERE EXISTS (SELECT 1 FROM replay_cancelled c WHERE "
      "c.letter = q.letter AND c.asked >= q.asked)");
}

Status Replays::take(const std::string& request) {
  // Apart from the queue: what is wrong with the file is no matter of the checkpoint's.
  SLUICE_ASSIGN(
      const bool is_read,
      read(request,
           "CREATE OR REPLACE TEMP TABLE replay_request AS SELECT CAST(letter AS VARCHAR) AS "
           "letter, "
           "CAST(source AS VARCHAR) AS source, coalesce(CAST(again AS BOOLEAN), false) AS again, "
           "coalesce(CAST(asked AS BIGINT), 0) AS asked, CAST(of_batch AS BIGINT) AS of_batch, "
           "coalesce(CAST(origin AS VARCHAR), '') AS origin, coalesce(CAST(\"partition\" AS "
           "INTEGER), 0) AS \"partition\", coalesce(CAST(\"offset\" AS BIGINT), 0) AS \"offset\", "
           "CAST(element AS BIGINT) AS element, CAST(\"timestamp\" AS BIGINT) AS \"timestamp\", "
           "CAST(\"key\" AS BLOB) AS \"key\", CAST(\"value\" AS BLOB) AS \"value\", "
           "CAST(size AS BIGINT) AS size FROM " +
               parquet_of(request) + " WHERE letter IS NOT NULL AND source IS NOT NULL"));
  if (!is_read) return {};
  SLUICE_TRY(checkpoint_.begin());
  auto added = checkpoint_.session().execute(
      "INSERT INTO sluice.replay_queue SELECT (SELECT coalesce(max(number), 0) FROM "
      "sluice.replay_queue) + row_number() OVER (), letter, source, asked, of_batch, origin, "
      "\"partition\", \"offset\", element, \"timestamp\", \"key\", \"value\", size FROM "
      "replay_request r WHERE NOT EXISTS (SELECT 1 FROM sluice.replay_queue q WHERE q.letter = "
      "r.letter) AND (again OR NOT EXISTS (SELECT 1 FROM sluice.replayed d WHERE d.letter = "
      "r.letter)) AND NOT EXISTS (SELECT 1 FROM replay_cancelled c WHERE c.letter = r.letter AND "
      "c.asked >= r.asked)");
  if (!added) {
    checkpoint_.rollback();
    return added;
  }
  crash_point("replay.added");
  SLUICE_TRY(checkpoint_.commit());
  crash_point("replay.queued");
  return checkpoint_.session().execute("DROP TABLE replay_request");
}

std::map<std::string, std::string> Replays::live_names() const {
  std::map<std::string, std::string> names;
  for (const SourcePart& source : pipeline_.sources) {
    if (source.decoder == nullptr || !is_live_(source.name)) continue;
    if (!source.renamed_from.empty()) names.emplace(source.renamed_from, source.name);
  }
  // A source that has a name is meant by it, whoever had it before.
  for (const SourcePart& source : pipeline_.sources) {
    names.erase(source.name);
    if (source.decoder != nullptr && is_live_(source.name)) names[source.name] = source.name;
  }
  return names;
}

Status Replays::warn_of_others() {
  const std::map<std::string, std::string> names = live_names();
  SLUICE_ASSIGN(const sql::Rows waiting,
                checkpoint_.session().query(
                    "SELECT source, count(*) FROM sluice.replay_queue GROUP BY source ORDER BY "
                    "source"));
  for (const auto& row : waiting.values) {
    const std::string source = row[0].value_or("");
    if (names.contains(source)) continue;
    log_warn("replay: " + row[1].value_or("") + " dead letters of source " + source +
             " wait: it reaches no sink, or is no source of this file any more");
  }
  return {};
}

Result<ReplayedLetters> Replays::next(bool all) {
  ReplayedLetters letters;
  if (waiting_ == 0) return letters;
  const std::map<std::string, std::string> names = live_names();
  std::string sources;
  for (const auto& [name, source] : names) {
    sources += (sources.empty() ? "" : ", ") + quote_literal(name);
  }
  if (sources.empty()) return letters;
  sql::Session& session = checkpoint_.session();
  SLUICE_ASSIGN(const sql::Rows waiting,
                session.query("SELECT number, letter, size FROM sluice.replay_queue WHERE source "
                              "IN (" +
                              sources +
                              ") ORDER BY asked, of_batch, origin, \"partition\", \"offset\", "
                              "element, number" +
                              (all ? "" : " LIMIT " + std::to_string(kLettersMax))));
  std::string numbers;
  std::set<std::string> places;
  std::int64_t bytes = 0;
  for (const auto& row : waiting.values) {
    // Of two letters of one record, which would be new letters of one id if they fail again, the
    // other one waits for a batch more.
    if (!places.insert(place_of(row[1].value_or(""))).second) continue;
    bytes += integer(row[2]);
    if (!all && !numbers.empty() && bytes > kBytesMax) break;
    numbers += (numbers.empty() ? "" : ", ") + row[0].value_or("");
  }
  if (numbers.empty()) return letters;
  SLUICE_ASSIGN(const auto rows,
                sql::make_batch_table(
                    session,
                    "SELECT number, source, origin, \"partition\", \"offset\", element, "
                    "\"timestamp\", \"key\", \"value\", letter FROM sluice.replay_queue WHERE "
                    "number IN (" +
                        numbers +
                        ") ORDER BY asked, of_batch, origin, \"partition\", \"offset\", "
                        "element, number"));
  SLUICE_TRY(rows->read_chunks({}, [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      const std::string source(chunk.columns[kSource].text(row));
      ReplayedLetter& letter = letters[names.at(source)].emplace_back(letter_at(chunk, row));
      if (letter.key) letter.origin.key = *letter.key;
    }
    return true;
  }));
  return letters;
}

Status Replays::mark(const ReplayedLetters& letters, data::BatchId batch) {
  const std::string numbers = numbers_of(letters);
  if (numbers.empty()) return {};
  sql::Session& session = checkpoint_.session();
  SLUICE_TRY(session.execute("INSERT INTO sluice.replayed SELECT letter, asked, " +
                             std::to_string(batch) + " FROM sluice.replay_queue WHERE number IN (" +
                             numbers + ")"));
  SLUICE_TRY(session.execute("DELETE FROM sluice.replay_queue WHERE number IN (" + numbers + ")"));
  crash_point("replay.marked");
  return {};
}

void Replays::note() {
  auto noted = count_waiting();
  if (noted) noted = write_marks();
  if (!noted) log_warn("replay: the marks of letters: " + noted.error().message());
}

Status Replays::write_marks() {
  SLUICE_TRY(make_replay_folder(files_, pipeline_.checkpoint));
  const std::string path = io::join_path(folder_, std::string(kMarksFile));
  const std::string unfinished = io::join_path(folder_, "." + std::string(kMarksFile));
  SLUICE_TRY(checkpoint_.session().execute(
      "COPY (SELECT letter, max(batch) AS batch, CAST(NULL AS BIGINT) AS asked FROM "
      "sluice.replayed "
      "GROUP BY letter UNION ALL SELECT letter, CAST(NULL AS BIGINT), asked FROM "
      "sluice.replay_queue) TO " +
      quote_literal(unfinished) + " (FORMAT parquet)"));
  return files_.rename(unfinished, path);
}

Status forget_requests(state::Checkpoint& checkpoint, io::FileSystem& files,
                       const std::string& folder, const std::string& source) {
  SLUICE_ASSIGN(const auto listed, files.list(replay_folder(folder), /*recursive=*/false));
  sql::Session& session = checkpoint.session();
  for (const io::FileInfo& file : listed) {
    if (io::file_name(file.path).starts_with('.') || !file.path.ends_with(kRequestEnding)) continue;
    const std::string unfinished =
        io::join_path(io::parent_folder(file.path), "." + io::file_name(file.path));
    SLUICE_TRY(session.execute("COPY (SELECT * FROM " + parquet_of(file.path) +
                               " WHERE source IS DISTINCT FROM " + quote_literal(source) + ") TO " +
                               quote_literal(unfinished) + " (FORMAT parquet)"));
    SLUICE_TRY(io::take_rights_of(unfinished, folder));
    SLUICE_TRY(files.sync(unfinished));
    SLUICE_TRY(files.rename(unfinished, file.path));
  }
  return listed.empty() ? Status() : files.sync(replay_folder(folder));
}

std::string replayed_words(const ReplayedLetters& letters, const std::string& source,
                           const data::RecordOrigin& origin) {
  const auto own = letters.find(source);
  if (own == letters.end()) return "";
  for (const ReplayedLetter& letter : own->second) {
    const data::RecordOrigin& place = letter.origin;
    if (place.origin != origin.origin || place.partition != origin.partition ||
        place.offset != origin.offset || place.element != origin.element) {
      continue;
    }
    return "; it is the replayed letter " + letter.id +
           ", which `sluice deadletter cancel FILE.yaml " + letter.id + "` takes back";
  }
  return "";
}

Error with_replayed(const ReplayedLetters& letters, Error error) {
  const bool says_it = error.message().find("deadletter cancel") != std::string::npos;
  if (letters.empty() || says_it || error.kind() != Kind::kUser) return error;
  return {error.kind(), error.message() +
                            "; the batch replays dead letters: `sluice deadletter cancel FILE.yaml "
                            "--all` takes them back"};
}

}  // namespace sluice::engine
