#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connector/batch_table.h"
#include "data/parquet_rows.h"
#include "sluice/base/result.h"

namespace sluice::connector {

/// Rows of Parquet files on their way into other ones.
struct Rewrite {
  data::ParquetRows from;  ///< with its schema: what is written has these columns
  /// Rows are left out whose `key` is that of a row of these files; NULL is the key NULL.
  data::ParquetRows without;
  std::vector<std::string> key;
  /// SQL over the columns: rows are left out for which it is true. "": none.
  std::string where_not;
  /// Rows are written in the order of these columns; "": as they come.
  std::vector<std::string> sort_by;
  /// Rows that are near each other in all of these columns come near each other (a Z-order curve
  /// over their ranks). Not with sort_by.
  std::vector<std::string> zorder_by;
  FileRequest to;
};

/// Reads and writes Parquet files of local folders for sinks that put their own files
/// together; sinks know no SQL. One thread at a time, the engine's.
///
/// REQUIRES, of all that it is given: files of this machine, which stay as they are during the
/// call; ParquetRows with a schema.
///
/// Errors: kUser (an expression that cannot be computed), kTransient (disk full), kCorruption (a
/// file that cannot be read), kInternal.
class ParquetRewriter {
 public:
  virtual ~ParquetRewriter() = default;

  /// Writes the rows; the files are not yet synced. No rows, no file.
  virtual Result<std::vector<WrittenFile>> rewrite(const Rewrite& request) = 0;

  /// The indexes, ascending, of the files of `table` that hold a row with the key of a row of
  /// `keys`. Reads the key's columns only.
  virtual Result<std::vector<std::size_t>> find_keys(const data::ParquetRows& table,
                                                     const data::ParquetRows& keys,
                                                     const std::vector<std::string>& key) = 0;

  /// kUser unless `where` is SQL over these columns that is true or false for a row.
  virtual Status check_condition(const data::Schema& schema, const std::string& where) = 0;

  /// Whether `where` is true for all rows of each file, or for none: null where it asks for more
  /// than the values that a whole file has. Opens no file.
  virtual Result<std::optional<std::vector<bool>>> match_partitions(const data::ParquetRows& table,
                                                                    const std::string& where) = 0;

  /// For how many rows of each file `where` is true. Reads the columns that it names.
  virtual Result<std::vector<std::uint64_t>> count_rows(const data::ParquetRows& table,
                                                        const std::string& where) = 0;
};

}  // namespace sluice::connector
