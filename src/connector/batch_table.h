#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_zone.h"
#include "data/parquet_rows.h"
#include "data/type.h"
#include "data/vector_reader.h"
#include "sluice/base/result.h"

namespace sluice::connector {

/// What is known of one column of a written file. Minimum and maximum as DuckDB prints the values;
/// empty when unknown.
struct ColumnStatistics {
  std::optional<std::string> minimum;
  std::optional<std::string> maximum;
  std::uint64_t null_count = 0;
};

struct WrittenFile {
  std::string path;  ///< relative to FileRequest::folder
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  /// Partition column -> value as text; null for NULL. Empty without partition_by. Here and below
  /// columns have the names that files have (FileColumns::stored).
  std::map<std::string, std::optional<std::string>> partition_values;
  /// Of top-level columns only.
  std::map<std::string, ColumnStatistics> statistics;
  /// Its rows are those that delete their keys (kDeletesColumn): no rows of the target's.
  bool deletes = false;
};

/// The last column of a sink's rows in mode upsert whenever a row may leave the target: BOOLEAN,
/// never NULL. True: the row of this key is deleted, if there is one; of the other columns only
/// those of the key mean something. This is how every sink learns of a deletion.
inline constexpr std::string_view kDeletesColumn = "__deletes";

enum class FileFormat : unsigned char { kParquet, kCsv };

/// By what rows are the same for a sink that merges (OutputMode::kUpsert).
struct UpsertKey {
  std::vector<std::string> columns;
  /// Of several rows of one key in a batch the one that is greatest by these wins. Empty: several
  /// rows are an error, unless all of them delete the key.
  std::vector<std::string> order_by;
  /// Columns that are there for order_by and the engine's delete_when only: they are not written,
  /// and the target need not have them.
  std::vector<std::string> leave_out{};
};

/// The columns of the files, where they are not those of the rows.
struct FileColumns {
  /// Columns of the rows, by name, and the types that they get; a STRUCT's fields go by name, too.
  /// Empty: the rows' own.
  data::Schema schema;
  /// One for each of `schema`: its name in the files and its Parquet field id. Empty: the same.
  std::vector<data::StoredColumn> stored;
  /// A VARCHAR column of `schema` for what has no place in the others, as a JSON object of names
  /// and values: columns and fields of STRUCTs that `schema` lacks, values that its type does not
  /// hold (they are NULL there). NULL where there is none. Rows may have the column themselves,
  /// with such an object. "": what has no place is left out, and a value that does not fit is an
  /// error.
  std::string rescued;
};

/// Which files to write: `<folder>/[k=v/]<name_prefix><n>.<ending>`.
struct FileRequest {
  FileFormat format = FileFormat::kParquet;
  std::string folder;
  std::string name_prefix;                ///< unique to the batch
  std::vector<std::string> partition_by;  ///< columns; left out of the files themselves
  FileColumns columns;                    ///< Parquet only
  std::uint64_t rows_per_file = 0;        ///< 0: no limit
  std::string compression;                ///< "": the format's default (Parquet: zstd; CSV: none)
  std::uint64_t row_group_rows = 0;       ///< of Parquet; 0: DuckDB's 122,880
  bool csv_header = true;
  std::string csv_delimiter = ",";
  std::string csv_null;     ///< text of NULL in CSV
  bool statistics = false;  ///< fill WrittenFile::statistics (Parquet)
  /// With columns: one row a key is written, those that delete their key into files of their own
  /// (WrittenFile::deletes). Several rows that differ and of which none is the greatest are the
  /// kUser error E_DUPLICATE_KEY.
  UpsertKey upsert;
  /// SQL over the columns that must be true for each row; a row for which it is not is the kUser
  /// error E_REPLACE_WHERE. "": none.
  std::string every_row;
};

/// Which rows read_chunks gives, and how.
struct ChunkRequest {
  /// Columns whose values are the text that a partition's folder has (VARCHAR, NULL for NULL). Rows
  /// of one partition come one after the other, in their order. Empty: all rows in their order.
  std::vector<std::string> partition_by;
  /// With columns: one row a key, without the columns of `leave_out`; kDeletesColumn stays the
  /// last. Several rows that differ and of which none is the greatest are the kUser error
  /// E_DUPLICATE_KEY. Not with partition_by.
  UpsertKey upsert{};
};

/// Some rows of a table, column by column.
struct RowChunk {
  data::ChunkReader columns;  ///< one for each column of chunk_schema()
  std::size_t rows = 0;       ///< 1 to data::kChunkRowsMax
};

/// The columns of the chunks of a table with the columns `schema`: the same, but VARCHAR in the
/// place of a type that has no name here (kOther), JSON in the place of one that holds such a type,
/// and VARCHAR for columns of partitions.
data::Schema chunk_schema(const data::Schema& schema, const ChunkRequest& request = {});

/// The rows of one view in one batch, on their way to a sink: a query that has not been run, or a
/// table. Each call below runs it once. Engine thread only.
class BatchTable {
 public:
  virtual ~BatchTable() = default;

  virtual const data::Schema& schema() const = 0;

  /// Writes all rows as files (through DuckDB) and says what was written. The files are not yet
  /// synced; no rows, no file. Errors: kTransient (disk full), kUser (a value that a user's SQL
  /// cannot compute), kInternal.
  virtual Result<std::vector<WrittenFile>> write_files(const FileRequest& request) = 0;

  /// Whose clock the rows' TIMESTAMPTZ show when they become text.
  virtual const TimeZone& zone() const = 0;

  /// Gives `receive` all rows, chunk by chunk, until it says false; what a chunk points to is valid
  /// during the call, which must not run SQL. An error of `receive` ends it, too, and is returned.
  /// Errors of its own: kTransient, kUser (a value that a user's SQL cannot compute), kInternal.
  virtual Status read_chunks(const ChunkRequest& request,
                             const std::function<Result<bool>(const RowChunk&)>& receive) = 0;
};

}  // namespace sluice::connector
