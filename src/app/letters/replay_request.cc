#include "app/letters/replay_request.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "base/crash_point.h"
#include "engine/replay_folder.h"
#include "io/lock_file.h"

namespace sluice::app {
namespace {

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
    if (!name.starts_with('.') || !name.ends_with(engine::kRequestEnding)) continue;
    SLUICE_TRY(files.remove(file.path));
  }
  return {};
}

std::int64_t integer(const std::optional<std::string>& text) {
  return text ? std::stoll(*text) : 0;
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

/// Writes some files' part of the request, complete or not there. A letter that is there twice (a
/// table that somebody has copied rows in) is asked for once.
Status write_part(LetterIndex& index, const std::string& rows, const ReplayWish& wish,
                  const std::string& folder, const std::string& name, Micros now,
                  io::FileSystem& files) {
  const std::string unfinished = io::join_path(folder, "." + name);
  auto written = index.session().execute(
      "COPY (SELECT c.id AS letter, c.source AS source, " +
      std::string(wish.again ? "true" : "false") + " AS again, CAST(" + std::to_string(now) +
      " AS BIGINT) AS asked, c.batch AS of_batch, c.origin AS origin, CAST(c.\"partition\" AS "
      "INTEGER) AS \"partition\", c.\"offset\" AS \"offset\", c.element AS element, "
      "epoch_us(r.\"timestamp\") AS \"timestamp\", r.\"key\" AS \"key\", r.\"value\" AS \"value\", "
      "c.size AS size FROM (" +
      rows + ") r JOIN wanted c ON c.file = r.file AND c.\"row\" = r.\"row\") TO " +
      data::quote_literal(unfinished) + " (FORMAT parquet, COMPRESSION zstd)");
  if (!written) {
    static_cast<void>(files.remove(unfinished));
    return written;
  }
  SLUICE_TRY(files.sync(unfinished));
  crash_point("replay.request_written");
  SLUICE_TRY(files.rename(unfinished, io::join_path(folder, name)));
  return files.sync(folder);
}

}  // namespace

Result<ReplayAnswer> request_replay(LetterIndex& index, const ReplayWish& wish,
                                    io::FileSystem& files, Random& random, Micros now) {
  SLUICE_TRY(refuse_sources(index, wish.chosen));
  sql::Session& session = index.session();
  SLUICE_ASSIGN(const auto all, session.value("SELECT count(DISTINCT id) FROM " + wish.chosen));
  ReplayAnswer answer;
  if (integer(all) == 0) return answer;
  SLUICE_ASSIGN(const auto checkpoint, files.find(wish.checkpoint));
  if (!checkpoint) return user_error("there is no checkpoint: path=" + wish.checkpoint);
  const std::string folder = engine::replay_folder(wish.checkpoint);
  SLUICE_TRY(files.make_private_folders(folder));
  SLUICE_ASSIGN(const io::LockFile lock, lock_requests(folder));
  SLUICE_TRY(remove_unfinished(folder, files));
  // What others have asked for until now.
  SLUICE_TRY(index.refresh_marks());
  SLUICE_TRY(session.execute(
      "CREATE OR REPLACE TABLE wanted AS SELECT DISTINCT ON (id) c.* FROM " + wish.chosen +
      " c LEFT JOIN marks m ON m.letter = c.id WHERE NOT coalesce(m.waits, false) AND " +
      (wish.again ? "true" : "m.batch IS NULL")));
  SLUICE_ASSIGN(const auto accepted, session.value("SELECT count(*) FROM wanted"));
  for (std::size_t place = 0; place < index.places().size(); ++place) {
    SLUICE_ASSIGN(const auto numbers, index.files_of(place, "wanted"));
    for (std::size_t at = 0; at < numbers.size(); at += LetterIndex::kFilesMax) {
      const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(at);
      const auto count =
          static_cast<std::ptrdiff_t>(std::min(LetterIndex::kFilesMax, numbers.size() - at));
      SLUICE_ASSIGN(const std::string rows, index.rows_of(place, {first, first + count}));
      SLUICE_TRY(write_part(index, rows, wish, folder,
                            random.uuid() + std::string(engine::kRequestEnding), now, files));
    }
  }
  answer.accepted = integer(accepted);
  answer.rejected = integer(all) - answer.accepted;
  return answer;
}

}  // namespace sluice::app
