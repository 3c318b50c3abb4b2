#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/type.h"
#include "sluice/base/result.h"

namespace sluice::sql {

struct DatabaseOptions {
  int threads = 0;                ///< 0: as many as cores
  std::int64_t memory_limit = 0;  ///< bytes; 0: DuckDB's default (80 % of memory)
  std::string temp_folder;        ///< where SQL may spill; empty: it may not
  bool read_only = false;
};

/// The rows of a small result, as text; null for NULL. For the engine's own tables and for tests;
/// pipeline data never passes through here.
struct Rows {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> values;
};

class Session;

/// One DuckDB instance over one file ("" is memory). Closing waits for its sessions to be gone.
class Database {
 public:
  virtual ~Database() = default;

  /// Opens or creates, with the functions of DuckDB alone: open_database() is for everybody who
  /// runs SQL of a user or of the planner. kCorruption when the file is not a database of this
  /// version, kUser when another process holds it.
  static Result<std::unique_ptr<Database>> open_bare(const std::string& path,
                                                     const DatabaseOptions& options);

  /// A connection with the time zone UTC, until another is set.
  virtual Result<std::unique_ptr<Session>> connect() = 0;
};

/// One connection: a transaction, temp tables and the sources that SQL can scan are its own.
/// REQUIRES: one thread at a time; interrupt() from any.
///
/// Errors of SQL: kUser with DuckDB's message for what the user's SQL or data causes (a cast, an
/// overflow, a name, more memory than the limit), kTransient for a full disk, kCancelled after
/// interrupt(), kCorruption for a file that is broken, kInternal otherwise.
class Session {
 public:
  virtual ~Session() = default;

  /// Runs one or several statements; the rows of the last.
  virtual Result<Rows> query(const std::string& sql) = 0;
  Status execute(const std::string& sql);
  /// The first value of the first row; null when it is NULL or there is no row.
  Result<std::optional<std::string>> value(const std::string& sql);
  /// As execute, of one statement, with `?` parameters given as text (null: NULL). It is planned
  /// once for the session, where DuckDB finds out what each parameter is: a value that goes into a
  /// column, or the argument of a function that takes one type only. What is compared with a column
  /// it does not, nor what goes into a column of JSON: then it is planned each time.
  /// REQUIRES: the SQL compares no column with a constant: DuckDB's plan rests on what the table
  /// held when it was made.
  virtual Status execute(const std::string& sql,
                         const std::vector<std::optional<std::string>>& parameters) = 0;

  /// The same with one more parameter, the last, which is these bytes.
  virtual Status execute_with_bytes(const std::string& sql,
                                    const std::vector<std::optional<std::string>>& parameters,
                                    std::string_view bytes) = 0;

  /// What a function of one text gives. It is planned once for the session, not for each call.
  virtual Result<std::optional<std::string>> call(const std::string& function,
                                                  const std::string& argument) = 0;

  /// Columns that `select` gives; nothing is run.
  virtual Result<data::Schema> describe(const std::string& select) = 0;

  /// Makes a running query fail with kCancelled.
  virtual void interrupt() = 0;
};

}  // namespace sluice::sql
