#include "engine/replays.h"

#include <set>
#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "engine/replay_folder.h"
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

enum Column : std::size_t {
  kNumber,
  kSource,
  kOrigin,
  kPartition,
  kOffset,
  kElement,
  kTimestamp,
  kKey,
  kValue
};

std::optional<std::string> bytes_at(const data::VectorReader& column, std::size_t row) {
  return column.is_null(row) ? std::nullopt : std::optional<std::string>(column.text(row));
}

ReplayedLetter letter_at(const connector::RowChunk& chunk, std::size_t row) {
  const data::ChunkReader& columns = chunk.columns;
  ReplayedLetter letter;
  letter.number = columns[kNumber].at<std::int64_t>(row);
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

}  // namespace

Replays::Replays(const Pipeline& pipeline, state::Checkpoint& checkpoint, io::FileSystem& files)
    : pipeline_(pipeline),
      checkpoint_(checkpoint),
      files_(files),
      folder_(replay_folder(pipeline.checkpoint)) {}

Status Replays::open() {
  SLUICE_TRY(count_waiting());
  SLUICE_ASSIGN(const auto replayed,
                checkpoint_.session().value("SELECT 1 FROM sluice.replayed LIMIT 1"));
  SLUICE_ASSIGN(const auto marks, files_.find(io::join_path(folder_, std::string(kMarksFile))));
  // What a kill has kept from being said, or what a restored checkpoint no longer knows.
  if (replayed || marks || waiting_ > 0) note();
  return {};
}

Status Replays::count_waiting() {
  SLUICE_ASSIGN(const auto count,
                checkpoint_.session().value("SELECT count(*) FROM sluice.replay_queue"));
  waiting_ = integer(count);
  return {};
}

Status Replays::take_in() {
  SLUICE_ASSIGN(const auto listed, files_.list(folder_, /*recursive=*/false));
  std::vector<std::string> taken;
  for (const io::FileInfo& file : listed) {
    // A hidden one is still being written, or its writer was killed.
    if (!file.path.ends_with(kRequestEnding) || io::file_name(file.path).starts_with('.')) continue;
    SLUICE_TRY(take(file.path));
    taken.push_back(file.path);
  }
  if (taken.empty()) return {};
  SLUICE_TRY(count_waiting());
  // Before the requests are gone: who asks now learns that the letters wait.
  note();
  crash_point("replay.noted");
  for (const std::string& request : taken) SLUICE_TRY(files_.remove(request));
  // A request that came back after a power cut, when its letters were replayed, would count again.
  SLUICE_TRY(files_.sync(folder_));
  crash_point("replay.taken_in");
  return {};
}

Status Replays::take(const std::string& request) {
  SLUICE_TRY(checkpoint_.begin());
  auto added = checkpoint_.session().execute(
      "INSERT INTO sluice.replay_queue SELECT (SELECT coalesce(max(number), 0) FROM "
      "sluice.replay_queue) + row_number() OVER (), letter, source, asked, of_batch, origin, "
      "\"partition\", \"offset\", element, \"timestamp\", \"key\", \"value\", size FROM "
      "read_parquet(" +
      sql::path_literal(request) +
      ") r WHERE NOT EXISTS (SELECT 1 FROM sluice.replay_queue q WHERE q.letter = r.letter) AND "
      "(again OR NOT EXISTS (SELECT 1 FROM sluice.replayed d WHERE d.letter = r.letter))");
  if (added) {
    crash_point("replay.added");
    SLUICE_TRY(checkpoint_.commit());
    crash_point("replay.queued");
    return {};
  }
  checkpoint_.rollback();
  const Kind kind = added.error().kind();
  if (kind != Kind::kUser && kind != Kind::kCorruption) return added;
  log_error("replay: a request cannot be read, and is put aside as " + request +
            ".broken; ask again: " + added.error().message());
  return files_.rename(request, request + ".broken");
}

Result<ReplayedLetters> Replays::next(bool all) {
  ReplayedLetters letters;
  if (waiting_ == 0) return letters;
  std::string sources;
  for (const SourcePart& source : pipeline_.sources) {
    if (source.decoder == nullptr) continue;
    sources += (sources.empty() ? "" : ", ") + quote_literal(source.name);
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
  SLUICE_ASSIGN(
      const auto rows,
      sql::make_batch_table(session,
                            "SELECT number, source, origin, \"partition\", \"offset\", element, "
                            "\"timestamp\", \"key\", \"value\" FROM sluice.replay_queue WHERE "
                            "number IN (" +
                                numbers +
                                ") ORDER BY asked, of_batch, origin, \"partition\", \"offset\", "
                                "element, number"));
  SLUICE_TRY(rows->read_chunks({}, [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      const std::string source(chunk.columns[kSource].text(row));
      ReplayedLetter& letter = letters[source].emplace_back(letter_at(chunk, row));
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
  SLUICE_TRY(files_.make_private_folders(folder_));
  const std::string path = io::join_path(folder_, std::string(kMarksFile));
  const std::string unfinished = io::join_path(folder_, "." + std::string(kMarksFile));
  SLUICE_TRY(checkpoint_.session().execute(
      "COPY (SELECT letter, max(batch) AS batch FROM sluice.replayed GROUP BY letter UNION ALL "
      "SELECT letter, CAST(NULL AS BIGINT) FROM sluice.replay_queue) TO " +
      quote_literal(unfinished) + " (FORMAT parquet)"));
  return files_.rename(unfinished, path);
}

}  // namespace sluice::engine
