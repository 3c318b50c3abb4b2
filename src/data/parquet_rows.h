#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "data/type.h"

namespace sluice::data {

/// Which of a file's rows count. A row's number is its place in the file, from 0.
struct RowSelection {
  enum class Kind : unsigned char {
    kAll,
    kWithout,  ///< all but `rows`: a deletion vector
    kOnly,     ///< `rows` alone: what a commit has deleted, as change data
  };
  Kind kind = Kind::kAll;
  std::vector<std::uint64_t> rows;  ///< REQUIRES: ascending, each once
  /// Of the file, those from `first` to before `end`.
  std::uint64_t first = 0;
  std::uint64_t end = std::numeric_limits<std::uint64_t>::max();

  bool operator==(const RowSelection&) const = default;
};

/// A Parquet file, and what is known of its rows from elsewhere.
struct ParquetFile {
  std::string path;  ///< of this machine, for DuckDB
  /// Columns that have one value in the whole file, from its folder or a table's log: name and
  /// value as text, null for NULL. A column of the same name inside the file does not count.
  std::map<std::string, std::optional<std::string>> partition_values{};
  RowSelection rows{};
  std::string shown_path{};  ///< what file_path says; "": `path`
  Micros modified = 0;       ///< what file_modified says
};

/// How a column is called inside the files where that is another name (Delta's column mapping), and
/// whether it is of another type there.
struct StoredColumn {
  std::string name;
  bool is_variant = false;  ///< a VARIANT there, whose JSON is the value
  /// Parquet's field id, by which a top-level column is then found instead of its name; -1: none.
  std::int32_t field_id = -1;
  /// Of a STRUCT's fields, a LIST's element, a MAP's key and value, as in Type::children(). Names
  /// of elements, keys and values mean nothing.
  std::vector<StoredColumn> children{};
};

/// Rows that lie in Parquet files: of a table at one version, or of one batch of a source.
struct ParquetRows {
  std::vector<ParquetFile> files;
  /// The columns, by name; those that a file lacks are NULL, those that it has besides do not
  /// count. Empty: the files say.
  Schema schema;
  /// One for each column of `schema`; empty: files and schema have the same names.
  std::vector<StoredColumn> stored;
};

/// The columns that sources of Parquet files have besides those in the files.
enum ParquetColumn : unsigned char { kFilePath, kFileRow, kFileModified };

/// file_path VARCHAR, file_row BIGINT (from 0), file_modified TIMESTAMPTZ.
inline const Schema& parquet_columns() {
  static const Schema kColumns({{"file_path", TypeId::kVarchar},
                                {"file_row", TypeId::kBigint},
                                {"file_modified", TypeId::kTimestampTz}});
  return kColumns;
}

}  // namespace sluice::data
