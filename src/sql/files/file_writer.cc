#include "sql/files/file_writer.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "base/system_kind.h"
#include "connector/partition_path.h"
#include "sql/duckdb/duckdb_type.h"
#include "sql/files/copy_result.h"
#include "sql/files/file_columns.h"
#include "sql/files/keyed_rows.h"
#include "sql/files/partition_keys.h"
#include "sql/files/text_replacements.h"
#include "sql/functions/decimal_function.h"

namespace sluice::sql {
namespace {

using connector::FileFormat;
using connector::FileRequest;
using connector::WrittenFile;
using data::quote_identifier;
using data::quote_literal;

/// Rows sorted by partition, on their way into files.
constexpr char kRowsTable[] = "temp.sluice_file_rows";

bool is_parquet(const FileRequest& request) { return request.format == FileFormat::kParquet; }

/// While this lives, rows may be written in any order unless SQL says ORDER BY. DuckDB can keep the
/// order of a scan by running it on one thread only: a third more CPU, and no second core.
class AnyOrder {
 public:
  explicit AnyOrder(DuckdbSession& session) : session_(session) { set("false"); }
  AnyOrder(const AnyOrder&) = delete;
  AnyOrder& operator=(const AnyOrder&) = delete;
  ~AnyOrder() { set("true"); }

 private:
  void set(const std::string& value) {
    // Fails in a broken transaction only, where nothing is written any more.
    static_cast<void>(session_.execute("SET preserve_insertion_order = " + value));
  }

  DuckdbSession& session_;
};

/// The rows of `select`, or an error that shows one for which the condition is not true.
std::string checked_rows(const std::string& select, const std::string& condition) {
  return "SELECT * FROM (" + select + "\n) AS __sluice_row WHERE CASE WHEN (" + condition +
         "\n) THEN true ELSE error(" +
         quote_literal("E_REPLACE_WHERE: a row of the view does not match replace_where (" +
                       condition + "); filter the view by it: ") +
         " || CAST(__sluice_row AS VARCHAR)) END";
}

std::string ending(const FileRequest& request) {
  if (is_parquet(request)) return ".parquet";
  std::string name = ".csv";
  if (request.compression == "gzip") name += ".gz";
  if (request.compression == "zstd") name += ".zst";
  return name;
}

/// The options in COPY's brackets, whatever it writes.
std::string copy_options(const FileRequest& request) {
  switch (request.format) {
    case FileFormat::kParquet: {
      std::string options =
          "FORMAT parquet, RETURN_STATS, COMPRESSION " +
          quote_literal(request.compression.empty() ? "zstd" : request.compression);
      if (request.row_group_rows > 0) {
        options += ", ROW_GROUP_SIZE " + std::to_string(request.row_group_rows);
      }
      if (const std::string ids = field_ids(request.columns, request.partition_by); !ids.empty()) {
        options += ", FIELD_IDS " + ids;
      }
      return options;
    }
    case FileFormat::kCsv: {
      std::string options = "FORMAT csv, DELIMITER " + quote_literal(request.csv_delimiter) +
                            ", HEADER " + (request.csv_header ? "true" : "false") + ", NULLSTR " +
                            quote_literal(request.csv_null);
      if (!request.compression.empty()) {
        options += ", COMPRESSION " + quote_literal(request.compression);
      }
      return options;
    }
  }
  return {};
}

bool holds_hugeint(const data::Type& type) {
  return type.id() == data::TypeId::kHugeint ||
         std::any_of(type.children().begin(), type.children().end(),
                     [](const data::Field& child) { return holds_hugeint(child.type); });
}

/// Parquet has no 128-bit integer, and DuckDB writes a DOUBLE instead.
Status refuse_hugeint(const data::Schema& schema) {
  for (const data::Field& field : schema.fields()) {
    if (!holds_hugeint(field.type)) continue;
    return user_error("column " + field.name + " is a " + field.type.to_string() +
                      ", which Parquet cannot store exactly: write CAST(" +
                      quote_identifier(field.name) + " AS BIGINT) or CAST(" +
                      quote_identifier(field.name) + " AS DECIMAL(38,0)) AS " +
                      quote_identifier(field.name));
  }
  return {};
}

Error path_error(const char* what, const std::string& path, const std::error_code& failure) {
  return {kind_of_errno(failure.value()),
          std::string(what) + " path=" + path + ": " + failure.message()};
}

Result<std::uint64_t> file_bytes(const std::string& path) {
  std::error_code failure;
  const std::uintmax_t bytes = std::filesystem::file_size(path, failure);
  if (failure) return path_error("file size", path, failure);
  return bytes;
}

std::uint64_t copied_rows(duckdb_result* result) {
  const ChunkHandle chunk(duckdb_fetch_chunk(*result));
  if (chunk == nullptr) return 0;
  const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk.get(), 0);
  return static_cast<std::uint64_t>(static_cast<std::int64_t*>(duckdb_vector_get_data(vector))[0]);
}

/// Writes the rows of `select` into one file, or none when there are no rows.
Result<std::vector<WrittenFile>> write_one(DuckdbSession& session, const std::string& select,
                                           const FileRequest& request, const std::string& name) {
  const std::string path = request.folder + "/" + name;
  const std::string sql = "COPY (" + select + "\n) TO " + quote_literal(path) + " (" +
                          copy_options(request) + ", USE_TMP_FILE false, WRITE_EMPTY_FILE false)";
  SLUICE_ASSIGN(ResultHandle result, session.run(sql));
  if (is_parquet(request)) return read_copy_result(result.get(), request.folder);
  WrittenFile file;
  file.path = name;
  file.rows = copied_rows(result.get());
  if (file.rows == 0) return std::vector<WrittenFile>();
  SLUICE_ASSIGN(file.bytes, file_bytes(path));
  return std::vector<WrittenFile>{std::move(file)};
}

std::string identifier_list(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + quote_identifier(name);
  return list;
}

Status make_folder(const std::string& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (failure) return path_error("make folder", path, failure);
  return {};
}

/// The folders of the partition of `values`, "k=v/l=w/", or "".
Result<std::string> partition_folders(
    const std::vector<std::string>& partition_by,
    const std::map<std::string, std::optional<std::string>>& values) {
  std::string folders;
  for (const std::string& name : partition_by) {
    SLUICE_ASSIGN(const std::string folder, connector::partition_folder(name, values.at(name)));
    folders += folder + "/";
  }
  return folders;
}

/// An empty text is NULL in a partition, as for Spark.
void make_empty_null(std::map<std::string, std::optional<std::string>>& values) {
  for (auto& [name, value] : values) {
    if (value && value->empty()) value.reset();
  }
}

/// Moves the files from where DuckDB put them, below `written`, to their places below the folder of
/// the request: DuckDB's names of partitions have each byte of a letter as %XX.
Status move_into_place(std::vector<WrittenFile>& files, const std::string& written,
                       const FileRequest& request) {
  std::map<std::string, std::size_t> counts;  // a partition's folder -> files there
  for (WrittenFile& file : files) {
    SLUICE_ASSIGN(const std::string folders,
                  partition_folders(request.partition_by, file.partition_values));
    if (counts[folders] == 0) SLUICE_TRY(make_folder(request.folder + "/" + folders));
    const std::string name =
        folders + request.name_prefix + std::to_string(counts[folders]++) + ending(request);
    std::error_code failure;
    std::filesystem::rename(written + "/" + file.path, request.folder + "/" + name, failure);
    if (failure) return path_error("rename", request.folder + "/" + name, failure);
    file.path = name;
    make_empty_null(file.partition_values);
  }
  return {};
}

/// Files of Parquet partitions in one go. Empty when two partitions would share a folder of
/// DuckDB's, which then overwrites one with the other.
Result<std::optional<std::vector<WrittenFile>>> write_partitions(DuckdbSession& session,
                                                                 const std::string& select,
                                                                 const data::Schema& schema,
                                                                 const FileRequest& request) {
  using Files = std::vector<WrittenFile>;
  const PartitionKeys keys(select, schema, request.partition_by);
  const std::string written = request.folder + "/" + request.name_prefix + "partitions";
  SLUICE_TRY(make_folder(written));
  const std::string sql = "COPY (" + keys.select() + "\n) TO " + quote_literal(written) + " (" +
                          copy_options(request) + ", PARTITION_BY (" +
                          identifier_list(keys.columns()) + "), FILENAME_PATTERN " +
                          quote_literal(request.name_prefix + "{i}") + ", OVERWRITE_OR_IGNORE)";
  auto copied = [&]() -> Result<std::optional<Files>> {
    SLUICE_ASSIGN(ResultHandle result, session.run(sql));
    Files files = read_copy_result(result.get(), written);
    std::set<std::string> paths;
    for (WrittenFile& file : files) {
      if (!paths.insert(file.path).second) return std::optional<Files>();
      SLUICE_ASSIGN(file.partition_values, keys.values(file.partition_values));
    }
    SLUICE_TRY(move_into_place(files, written, request));
    return std::optional(std::move(files));
  }();
  std::error_code ignored;
  std::filesystem::remove_all(written, ignored);
  return copied;
}

/// Neighbouring rows of kRowsTable that belong to one partition.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  std::map<std::string, std::optional<std::string>> values;
  std::string folder;  ///< "k=v/l=w/", or empty
};

Result<std::vector<Range>> find_ranges(DuckdbSession& session, const FileRequest& request) {
  std::string select = "SELECT min(rowid), count(*)";
  for (const std::string& name : request.partition_by) {
    select += ", CAST(" + quote_identifier(name) + " AS VARCHAR)";
  }
  select += std::string(" FROM ") + kRowsTable;
  if (!request.partition_by.empty()) {
    select += " GROUP BY " + identifier_list(request.partition_by) + " ORDER BY 1";
  }
  SLUICE_ASSIGN(const Rows rows, session.query(select));
  std::vector<Range> ranges;
  for (const auto& row : rows.values) {
    if (row[1] == "0") continue;
    Range range{.first = std::stoull(row[0].value_or("0")),
                .count = std::stoull(row[1].value_or("0")),
                .values = {},
                .folder = {}};
    for (std::size_t i = 0; i < request.partition_by.size(); ++i) {
      range.values[request.partition_by[i]] = row[i + 2];
    }
    SLUICE_ASSIGN(range.folder, partition_folders(request.partition_by, range.values));
    make_empty_null(range.values);
    ranges.push_back(std::move(range));
  }
  return ranges;
}

/// The rows of `select` as the file's format needs them; `schema` has its columns.
std::string file_rows(const std::string& select, const data::Schema& schema,
                      const FileRequest& request) {
  return is_parquet(request) ? select : csv_rows(select, schema);
}

/// The columns that files have inside.
data::Schema inner_columns(const data::Schema& schema, const FileRequest& request) {
  data::Schema inner;
  for (const data::Field& field : schema.fields()) {
    const bool folder = std::ranges::any_of(request.partition_by, [&field](const auto& name) {
      return data::Schema({field}).find(name) == 0;
    });
    if (!folder) inner.add(field);
  }
  return inner;
}

/// `schema` has the columns of kRowsTable.
Result<std::vector<WrittenFile>> write_ranges(DuckdbSession& session, const FileRequest& request,
                                              const data::Schema& schema,
                                              const std::vector<Range>& ranges) {
  std::vector<WrittenFile> files;
  const data::Schema inner = inner_columns(schema, request);
  const std::string columns =
      request.partition_by.empty()
          ? "SELECT *"
          : "SELECT * EXCLUDE (" + identifier_list(request.partition_by) + ")";
  for (const Range& range : ranges) {
    SLUICE_TRY(make_folder(request.folder + "/" + range.folder));
    const std::uint64_t step = request.rows_per_file == 0 ? range.count : request.rows_per_file;
    const std::uint64_t end = range.first + range.count;
    for (std::uint64_t first = range.first; first < end; first += step) {
      const std::string select = columns + " FROM " + kRowsTable +
                                 " WHERE rowid >= " + std::to_string(first) + " AND rowid < " +
                                 std::to_string(std::min(end, first + step));
      const std::string name =
          range.folder + request.name_prefix + std::to_string(files.size()) + ending(request);
      SLUICE_ASSIGN(std::vector<WrittenFile> written,
                    write_one(session, file_rows(select, inner, request), request, name));
      for (WrittenFile& file : written) {
        file.partition_values = range.values;
        files.push_back(std::move(file));
      }
    }
  }
  return files;
}

Result<std::vector<WrittenFile>> write_sorted(DuckdbSession& session, const std::string& select,
                                              const data::Schema& schema,
                                              const FileRequest& request) {
  std::string create =
      std::string("CREATE OR REPLACE TEMP TABLE sluice_file_rows AS SELECT * FROM (") + select +
      "\n)";
  if (!request.partition_by.empty()) {
    // The row number keeps the order of the rows within a partition.
    create += " ORDER BY " + identifier_list(request.partition_by) + ", row_number() OVER ()";
  }
  SLUICE_TRY(session.execute(create));
  Result<std::vector<WrittenFile>> files = [&]() -> Result<std::vector<WrittenFile>> {
    SLUICE_ASSIGN(const std::vector<Range> ranges, find_ranges(session, request));
    return write_ranges(session, request, schema, ranges);
  }();
  const Status dropped = session.execute(std::string("DROP TABLE ") + kRowsTable);
  if (files && !dropped) return dropped.error().clone();
  return files;
}

/// The columns are those of the files.
Result<std::vector<WrittenFile>> write_rows(DuckdbSession& session, const std::string& select,
                                            const data::Schema& schema,
                                            const FileRequest& request) {
  if (is_parquet(request)) SLUICE_TRY(refuse_hugeint(schema));
  std::vector<WrittenFile> files;
  // Text files are read by people and compared line by line: their rows keep the records' order.
  std::optional<AnyOrder> any_order;
  if (is_parquet(request)) any_order.emplace(session);
  if (request.partition_by.empty() && request.rows_per_file == 0) {
    SLUICE_ASSIGN(files, write_one(session, file_rows(select, schema, request), request,
                                   request.name_prefix + "0" + ending(request)));
  } else {
    std::optional<std::vector<WrittenFile>> partitions;
    if (is_parquet(request) && request.rows_per_file == 0) {
      SLUICE_ASSIGN(partitions, write_partitions(session, select, schema, request));
    }
    if (!partitions) {
      SLUICE_ASSIGN(partitions, write_sorted(session, select, schema, request));
    }
    files = *std::move(partitions);
  }
  if (!request.statistics) {
    for (WrittenFile& file : files) file.statistics.clear();
  }
  return files;
}

}  // namespace

Result<std::vector<WrittenFile>> write_files(DuckdbSession& session, const std::string& select,
                                             const data::Schema& schema,
                                             const FileRequest& request) {
  FileRequest whole = request;
  if (!request.upsert.columns.empty()) {
    whole.upsert = {};
    SLUICE_ASSIGN(const KeyedRows rows,
                  KeyedRows::make(session, select, schema, request.upsert, request.partition_by));
    SLUICE_ASSIGN(std::vector<WrittenFile> files,
                  write_files(session, rows.select(), rows.schema(), whole));
    if (rows.deleting().empty()) return files;
    whole.name_prefix += "deletes-";
    SLUICE_ASSIGN(std::vector<WrittenFile> deleting,
                  write_files(session, rows.deleting(), rows.schema(), whole));
    for (WrittenFile& file : deleting) {
      file.deletes = true;
      files.push_back(std::move(file));
    }
    return files;
  }
  if (!request.every_row.empty()) {
    whole.every_row = {};
    return write_files(session, checked_rows(select, request.every_row), schema, whole);
  }
  if (request.columns.schema.size() == 0) return write_rows(session, select, schema, request);
  whole.columns = filled_columns(request.columns, schema);
  whole.partition_by = stored_names(request.partition_by, request.columns);
  return write_rows(session, file_select(select, schema, whole.columns), whole.columns.schema,
                    whole);
}

}  // namespace sluice::sql
