#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "app/composition/scratch_folder.h"
#include "app/letters/letter_places.h"
#include "connector/local_copies.h"
#include "connector/registry.h"
#include "connector/static_table.h"
#include "data/parquet_rows.h"
#include "sluice/base/result.h"
#include "sql/duckdb/database.h"

namespace sluice::app {

/// All dead letters of a pipeline but for their bytes, as the table `letters` of a database that
/// only this process knows, beside the table `marks` of what waits or was replayed. Bytes stay in
/// the letters' own files, where rows_of() finds them. One thread at a time.
///
/// letters: place INTEGER, file INTEGER, row BIGINT, id, source, batch, origin VARCHAR, partition,
/// offset, element BIGINT, time BIGINT (microseconds), reason VARCHAR (with its column),
/// column_name VARCHAR, size BIGINT. marks: letter VARCHAR, batch, asked,
/// cancelled BIGINT (microseconds of the newest wish, and of its end), waits BOOLEAN.
class LetterIndex {
 public:
  /// `registry` and `context`, which has a spool, outlive it.
  LetterIndex(std::vector<LetterPlace> places, const connector::Registry& registry,
              const connector::Context& context, std::string checkpoint);

  /// Makes the database; nothing to do when it is there. Before all that follows.
  Status open();

  const std::vector<LetterPlace>& places() const { return places_; }
  sql::Session& session() { return *session_; }

  /// Takes in what has come since. kCancelled after `stop`.
  Status refresh(const std::stop_token& stop);
  /// The table `marks` alone.
  Status refresh_marks();
  /// Counts what refresh() found: as long as it is the same, so are the letters.
  std::int64_t state() const { return state_; }

  /// The files of a place that have some of the letters that the SQL `chosen` (a table with place
  /// and file) names; by number.
  Result<std::vector<std::int64_t>> files_of(std::size_t place, const std::string& chosen);
  /// SELECT of whole letters in these files: `file` INTEGER, `row` BIGINT, and the columns of a
  /// letter (engine::dead_letter_schema()), its `topic` and `element` apart.
  /// REQUIRES: at most kFilesMax files, which some refresh() since has not found to be gone.
  Result<std::string> rows_of(std::size_t place, const std::vector<std::int64_t>& files);
  static constexpr std::size_t kFilesMax = 200;
  static constexpr int kThreads = 2;  ///< of the database

 private:
  struct Held {
    std::string version;                              ///< of a Delta table
    std::unique_ptr<connector::StaticTable> table;    ///< with its copies of a store's files
    data::ParquetRows rows;                           ///< without files
    std::map<std::int64_t, data::ParquetFile> files;  ///< by number
    std::set<std::string> known;                      ///< shown paths
  };

  Status refresh_folder(std::size_t place, const std::stop_token& stop);
  Status refresh_delta(std::size_t place, const std::stop_token& stop);
  Status forget(std::size_t place);
  Status add_files(std::size_t place, std::vector<data::ParquetFile> files,
                   const std::stop_token& stop);
  Status add_letters(std::size_t place, const std::vector<std::int64_t>& files);
  Status read_marks();

  const std::vector<LetterPlace> places_;
  const connector::Registry& registry_;
  const connector::Context& context_;
  const std::string checkpoint_;
  ScratchFolder scratch_;
  connector::LocalCopies copies_;
  std::vector<Held> held_;  // one a place
  std::int64_t next_file_ = 0;
  std::int64_t state_ = 0;
  std::string marks_seen_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::Session> session_;
};

}  // namespace sluice::app
