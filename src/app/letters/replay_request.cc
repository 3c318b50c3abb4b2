#include "app/letters/replay_request.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "app/letters/letter_query.h"
#include "base/crash_point.h"
#include "engine/replay_folder.h"
#include "io/file_rights.h"
#include "io/lock_file.h"

namespace sluice::app {
namespace {

/// Of the records of a part of a request; one that is larger is a part of its own.
constexpr std::int64_t kPartBytes = std::int64_t{32} << 20;
constexpr int kTriesMax = 200;
constexpr std::chrono::milliseconds kPause{50};

Result<io::LockFile> lock_requests(const std::string& folder) {
  for (int i = 0; i < kTriesMax; ++i) {
    SLUICE_ASSIGN(auto lock, io::LockFile::try_acquire(io::join_path(folder, "lock")));
    if (lock) return *std::move(lock);
    std::this_thread::sleep_for(kPause);
  }
  return transient_error("others ask for replays all the time: path=" + folder);
}

/// What those have left who were killed while they asked. REQUIRES: the lock of requests.
Status remove_unfinished(const std::string& folder, io::FileSystem& files) {
  SLUICE_ASSIGN(const auto listed, files.list(folder, /*recursive=*/false));
  for (const io::FileInfo& file : listed) {
    const std::string name = io::file_name(file.path);
    if (!name.starts_with('.') ||
        (!name.ends_with(engine::kRequestEnding) && !name.ends_with(engine::kCancelEnding))) {
      continue;
    }
    SLUICE_TRY(files.remove(file.path));
  }
  return {};
}

Status refuse_sources(LetterIndex& index, const std::string& chosen) {
  for (std::size_t place = 0; place < index.places().size(); ++place) {
    const LetterPlace& where = index.places()[place];
    if (where.not_replayed.empty()) continue;
    SLUICE_ASSIGN(const auto any,
                  index.session().value("SELECT 1 FROM " + chosen +
                                        " WHERE place = " + std::to_string(place) + " LIMIT 1"));
    if (any) {
      return user_error("E_NOT_REPLAYED: records of source " + where.source +
                        " are not to be replayed: " + where.not_replayed);
    }
  }
  return {};
}

/// Where wishes are written, by one at a time.
struct Desk {
  LetterIndex& index;
  const std::string& checkpoint;
  const std::string folder;
  io::FileSystem& files;
  Random& random;
};

/// Writes the rows of `select` as a file that the engine takes in, complete or not there.
Status write_wish(Desk& desk, const std::string& select, std::string_view ending) {
  const std::string name = desk.random.uuid() + std::string(ending);
  const std::string unfinished = io::join_path(desk.folder, "." + name);
  // Records are up to many megabytes: few are held at a time.
  auto written =
      desk.index.session().execute("COPY (" + select + ") TO " + data::quote_literal(unfinished) +
                                   " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE "
                                   "2048)");
  if (written) written = io::take_rights_of(unfinished, desk.checkpoint);
  if (!written) {
    static_cast<void>(desk.files.remove(unfinished));
    return written;
  }
  SLUICE_TRY(desk.files.sync(unfinished));
  crash_point("replay.request_written");
  SLUICE_TRY(desk.files.rename(unfinished, io::join_path(desk.folder, name)));
  return desk.files.sync(desk.folder);
}

/// Letters of some files, of one file between two rows.
struct Part {
  std::vector<std::int64_t> files;
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// Parts of the table `wanted` of about kPartBytes.
Result<std::vector<Part>> parts_of(LetterIndex& index, std::size_t place) {
  const std::string running =
      "SELECT file, \"row\", sum(size + 100) OVER (PARTITION BY file ORDER BY \"row\") // " +
      std::to_string(kPartBytes) +
      " AS part, size FROM wanted WHERE place = " + std::to_string(place);
  SLUICE_ASSIGN(const sql::Rows rows,
                index.session().query("SELECT file, min(\"row\"), max(\"row\"), sum(size + 100) "
                                      "FROM (" +
                                      running + ") GROUP BY file, part ORDER BY file, part"));
  std::vector<Part> parts;
  std::int64_t bytes = kPartBytes;
  for (const auto& row : rows.values) {
    const std::int64_t file = integer_of(row[0]);
    const std::int64_t size = integer_of(row[3]);
    const bool fits = bytes + size <= kPartBytes && parts.back().files.back() != file &&
                      parts.back().files.size() < LetterIndex::kFilesMax;
    if (!fits) {
      parts.push_back({{}, integer_of(row[1]), integer_of(row[2])});
      bytes = 0;
    }
    Part& part = parts.back();
    part.files.push_back(file);
    part.first = std::min(part.first, integer_of(row[1]));
    part.last = std::max(part.last, integer_of(row[2]));
    bytes += size;
  }
  return parts;
}

/// A letter that is there twice (a table that somebody has copied rows in) is asked for once.
Status write_part(Desk& desk, std::size_t place, const Part& part, bool again) {
  SLUICE_ASSIGN(const std::string rows, desk.index.rows_of(place, part.files));
  std::string between;
  // Of several files all rows are meant.
  if (part.files.size() == 1) {
    between = " BETWEEN " + std::to_string(part.first) + " AND " + std::to_string(part.last);
  }
  return write_wish(
      desk,
      "SELECT c.id AS letter, c.source AS source, " + std::string(again ? "true" : "false") +
          " AS again, c.asked AS asked, c.batch AS of_batch, c.origin AS origin, "
          "CAST(c.\"partition\" AS INTEGER) AS \"partition\", c.\"offset\" AS \"offset\", "
          "c.element AS element, epoch_us(r.\"timestamp\") AS \"timestamp\", r.\"key\" AS "
          "\"key\", r.\"value\" AS \"value\", c.size AS size FROM (SELECT * FROM (" +
          rows + ")" + (between.empty() ? "" : " WHERE \"row\"" + between) +
          ") r JOIN (SELECT * FROM wanted" + (between.empty() ? "" : " WHERE \"row\"" + between) +
          ") c ON c.file = r.file AND c.\"row\" = r.\"row\"",
      engine::kRequestEnding);
}

/// Opens the desk; others wait as long as the lock is held.
Result<io::LockFile> open_desk(Desk& desk) {
  SLUICE_ASSIGN(const auto checkpoint, desk.files.find(desk.checkpoint));
  if (!checkpoint) return user_error("there is no checkpoint: path=" + desk.checkpoint);
  SLUICE_TRY(engine::make_replay_folder(desk.files, desk.checkpoint));
  SLUICE_ASSIGN(io::LockFile lock, lock_requests(desk.folder));
  SLUICE_TRY(io::take_rights_of(io::join_path(desk.folder, "lock"), desk.checkpoint));
  SLUICE_TRY(remove_unfinished(desk.folder, desk.files));
  // What others have asked for until now.
  SLUICE_TRY(desk.index.refresh_marks());
  return lock;
}

}  // namespace

Result<ReplayAnswer> request_replay(LetterIndex& index, const ReplayWish& wish,
                                    io::FileSystem& files, Random& random, Micros now) {
  SLUICE_TRY(refuse_sources(index, wish.chosen));
  sql::Session& session = index.session();
  SLUICE_ASSIGN(const auto all, session.value("SELECT count(DISTINCT id) FROM " + wish.chosen));
  ReplayAnswer answer;
  if (integer_of(all) == 0) return answer;
  Desk desk{index, wish.checkpoint, engine::replay_folder(wish.checkpoint), files, random};
  SLUICE_ASSIGN(const io::LockFile lock, open_desk(desk));
  // Later than what was taken back before.
  SLUICE_TRY(session.execute(
      "CREATE OR REPLACE TABLE wanted AS SELECT DISTINCT ON (id) c.*, greatest(" +
      std::to_string(now) + ", coalesce(m.cancelled, 0) + 1) AS asked FROM " + wish.chosen +
      " c LEFT JOIN marks m ON m.letter = c.id WHERE NOT coalesce(m.waits, false) AND " +
      (wish.again ? "true" : "m.batch IS NULL")));
  SLUICE_ASSIGN(const auto accepted, session.value("SELECT count(*) FROM wanted"));
  SLUICE_ASSIGN(const auto waiting,
                session.value("SELECT count(DISTINCT c.id) FROM " + wish.chosen +
                              " c JOIN marks m ON m.letter = c.id WHERE "
                              "m.waits"));
  SLUICE_TRY(session.execute("SET threads = 1"));
  for (std::size_t place = 0; place < index.places().size(); ++place) {
    SLUICE_ASSIGN(const auto parts, parts_of(index, place));
    for (const Part& part : parts) {
      auto written = write_part(desk, place, part, wish.again);
      if (!written) {
        return std::move(written).error().with(
            "ask for dead letters: those that were written until then are asked for; ask again "
            "for the others");
      }
    }
  }
  SLUICE_TRY(session.execute("SET threads = " + std::to_string(LetterIndex::kThreads)));
  answer.accepted = integer_of(accepted);
  answer.rejected = integer_of(all) - answer.accepted;
  answer.waiting = integer_of(waiting);
  return answer;
}

Result<CancelAnswer> cancel_replay(LetterIndex& index, const std::string& checkpoint,
                                   const std::vector<std::string>& ids, io::FileSystem& files,
                                   Random& random, Micros now) {
  sql::Session& session = index.session();
  Desk desk{index, checkpoint, engine::replay_folder(checkpoint), files, random};
  SLUICE_ASSIGN(const io::LockFile lock, open_desk(desk));
  std::string values;
  for (const std::string& id : ids) {
    values += (values.empty() ? " AND letter IN (" : ", ") + data::quote_literal(id);
  }
  if (!values.empty()) values += ")";
  const std::string from = " FROM marks WHERE waits" + values;
  SLUICE_ASSIGN(const auto count, session.value("SELECT count(*)" + from));
  CancelAnswer answer;
  answer.cancelled = integer_of(count);
  const std::set<std::string> distinct(ids.begin(), ids.end());
  if (!ids.empty()) {
    answer.unknown = static_cast<std::int64_t>(distinct.size()) - answer.cancelled;
  }
  if (answer.cancelled == 0) return answer;
  SLUICE_TRY(write_wish(
      desk,
      "SELECT letter, greatest(" + std::to_string(now) + ", coalesce(asked, 0)) AS asked" + from,
      engine::kCancelEnding));
  return answer;
}

}  // namespace sluice::app
