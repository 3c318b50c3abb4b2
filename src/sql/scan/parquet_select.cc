#include "sql/scan/parquet_select.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "sql/scan/parquet_column.h"
#include "sql/scan/path_literal.h"

namespace sluice::sql {
namespace {

using data::Field;
using data::ParquetFile;
using data::ParquetRows;
using data::quote_identifier;
using data::quote_literal;
using data::RowSelection;
using data::StoredColumn;

/// Files that one SELECT reads. A value that differs from file to file is looked up in a list,
/// which DuckDB copies for every chunk of rows: longer lists cost more than further SELECTs.
constexpr std::size_t kFilesMax = 200;

std::string listed(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

std::string literal(const std::optional<std::string>& value) {
  return value ? quote_literal(*value) : "CAST(NULL AS VARCHAR)";
}

/// Reads some files of the set that have the same columns and are read alike.
class FilesSelect {
 public:
  FilesSelect(const ParquetRows& rows, const ParquetMetadata& metadata,
              std::vector<const ParquetFile*> files, bool int96)
      : rows_(rows), metadata_(metadata), files_(std::move(files)), int96_(int96) {
    // DuckDB takes names or ids; columns of a change feed have no id.
    by_id_ = !rows_.stored.empty();
    for (std::size_t i = 0; i < rows_.stored.size(); ++i) {
      by_id_ =
          by_id_ && (rows_.stored[i].field_id >= 0 || constants().contains(rows_.schema[i].name));
    }
  }

  std::string text() {
    if (rows_.schema.size() == 0) {
      add_all_columns();
    } else {
      for (std::size_t i = 0; i < rows_.schema.size(); ++i) add_column(i);
    }
    for (const auto& [name, column] : metadata_)
      items_.push_back(metadata(column) + " AS " + quote_identifier(name));
    std::vector<std::string> paths;
    for (const ParquetFile* file : files_) paths.push_back(path_literal(file->path));
    std::string sql = "SELECT " + listed(items_) + " FROM read_parquet([" + listed(paths) +
                      "], hive_partitioning = false";
    if (rows_.schema.size() == 0) sql += ", union_by_name = true";
    if (!reads_.empty()) sql += ", schema = MAP {" + listed(reads_) + "}";
    sql += ")";
    if (!conditions().empty()) sql += " WHERE " + conditions();
    return sql;
  }

 private:
  const std::map<std::string, std::optional<std::string>>& constants() const {
    return files_[0]->partition_values;
  }

  /// One value of each file; the same for all as a plain constant.
  template <class ValueOf>
  std::string per_file(ValueOf value_of) const {
    std::vector<std::string> values;
    for (const ParquetFile* file : files_) values.push_back(value_of(*file));
    if (std::ranges::adjacent_find(values, std::not_equal_to<>()) == values.end()) return values[0];
    return "list_extract([" + listed(values) + "], CAST(file_index AS BIGINT) + 1)";
  }

  std::string constant(const std::string& name) const {
    return per_file(
        [&](const ParquetFile& file) { return literal(file.partition_values.at(name)); });
  }

  void add_all_columns() {
    std::vector<std::string> names;
    for (const auto& [name, value] : constants()) names.push_back(quote_literal(name));
    items_.push_back(names.empty() ? "*" : "COLUMNS(lambda c: c NOT IN (" + listed(names) + "))");
    for (const auto& [name, value] : constants()) {
      items_.push_back(constant(name) + " AS " + quote_identifier(name));
    }
  }

  void add_column(std::size_t index) {
    const Field& field = rows_.schema[index];
    const std::string name = quote_identifier(field.name);
    if (constants().contains(field.name)) {
      items_.push_back("CAST(" + constant(field.name) + " AS " + field.type.to_string() + ") AS " +
                       name);
      return;
    }
    const StoredColumn* stored = rows_.stored.empty() ? nullptr : &rows_.stored[index];
    // Not the table's name: it must differ from those of the reader's own columns (file_index ...).
    const std::string read_as = "__c" + std::to_string(index);
    const ParquetColumnRead read =
        parquet_column(field.type, stored, quote_identifier(read_as), int96_);
    const std::string inside = stored != nullptr ? stored->name : field.name;
    const std::string key = by_id_ ? std::to_string(stored->field_id) : quote_literal(inside);
    reads_.push_back(key + ": {name: " + quote_literal(read_as) +
                     ", type: " + quote_literal(read.type) + ", default_value: NULL}");
    items_.push_back(read.value + " AS " + name);
  }

  std::string metadata(data::ParquetColumn column) const {
    switch (column) {
      case data::kFilePath:
        return per_file([](const ParquetFile& file) {
          return quote_literal(file.shown_path.empty() ? file.path : file.shown_path);
        });
      case data::kFileModified:
        return "make_timestamptz(" +
               per_file([](const ParquetFile& file) { return std::to_string(file.modified); }) +
               ")";
      default:
        return "CAST(file_row_number AS BIGINT)";
    }
  }

  /// Of a file that is read alone.
  std::string conditions() const {
    const RowSelection& rows = files_[0]->rows;
    std::string text;
    auto add = [&text](const std::string& condition) {
      text += (text.empty() ? "" : " AND ") + condition;
    };
    if (rows.first > 0) add("file_row_number >= " + std::to_string(rows.first));
    if (rows.end != RowSelection().end) add("file_row_number < " + std::to_string(rows.end));
    if (rows.kind == RowSelection::Kind::kAll) return text;
    const bool only = rows.kind == RowSelection::Kind::kOnly;
    if (rows.rows.empty()) {
      if (only) add("false");
      return text;
    }
    const std::uint64_t last = rows.rows.back();
    const std::string bit =
        "get_bit(" + bits(rows.rows) + ", CAST(file_row_number AS INTEGER)) = 1";
    add(only ? "CASE WHEN file_row_number <= " + std::to_string(last) + " THEN " + bit +
                   " ELSE false END"
             : "CASE WHEN file_row_number <= " + std::to_string(last) + " THEN NOT (" + bit +
                   ") ELSE true END");
    return text;
  }

  /// A bit a row: quicker than a join with the numbers, and part of the text.
  static std::string bits(const std::vector<std::uint64_t>& rows) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string digits((rows.back() / 8 + 1) * 2, '0');
    for (const std::uint64_t row : rows) {
      char& digit = digits[row / 4];
      const int value = (digit <= '9' ? digit - '0' : digit - 'a' + 10) | (8 >> (row % 4));
      digit = kDigits[value];
    }
    return "CAST(from_hex('" + digits + "') AS BIT)";
  }

  const ParquetRows& rows_;
  const ParquetMetadata& metadata_;
  std::vector<const ParquetFile*> files_;
  bool int96_;
  bool by_id_ = false;
  std::vector<std::string> items_;
  std::vector<std::string> reads_;
};

/// The columns without rows.
std::string empty_select(const ParquetRows& rows, const ParquetMetadata& metadata) {
  std::vector<std::string> items;
  auto add = [&items](const data::Type& type, const std::string& name) {
    items.push_back("CAST(NULL AS " + type.to_string() + ") AS " + quote_identifier(name));
  };
  for (const Field& field : rows.schema.fields()) add(field.type, field.name);
  for (const auto& [name, column] : metadata) add(data::parquet_columns()[column].type, name);
  return "SELECT " + listed(items) + " WHERE false";
}

/// DuckDB reads INT96 as a TIMESTAMP and casts it by the session's time zone, though it is an
/// instant in UTC: those files are read in another way.
Result<std::set<std::string>> files_with_int96(Session& session, const ParquetRows& rows) {
  std::set<std::string> found;
  if (std::ranges::none_of(rows.schema.fields(),
                           [](const Field& field) { return has_instants(field.type); })) {
    return found;
  }
  SLUICE_ASSIGN(const auto zone, session.value("SELECT current_setting('TimeZone')"));
  if (zone == "UTC") return found;
  std::vector<std::string> paths;
  for (const ParquetFile& file : rows.files) paths.push_back(path_literal(file.path));
  SLUICE_ASSIGN(const Rows names, session.query("SELECT DISTINCT file_name FROM parquet_schema([" +
                                                listed(paths) + "]) WHERE type = 'INT96'"));
  for (const auto& row : names.values) {
    if (row[0]) found.insert(*row[0]);
  }
  return found;
}

bool is_whole(const RowSelection& rows) { return rows == RowSelection(); }

}  // namespace

Result<std::string> parquet_select(Session& session, const ParquetRows& rows,
                                   const ParquetMetadata& metadata) {
  if (rows.files.empty()) return empty_select(rows, metadata);
  SLUICE_ASSIGN(const std::set<std::string> int96, files_with_int96(session, rows));
  // Alike: the same columns given from outside, the same reading, no selection of rows.
  using Likeness = std::tuple<std::vector<std::string>, bool>;
  std::map<Likeness, std::vector<const ParquetFile*>> groups;
  std::string all;
  auto add = [&](std::vector<const ParquetFile*> files, bool is_int96) {
    all += (all.empty()               ? ""
            : rows.schema.size() == 0 ? " UNION ALL BY NAME "
                                      : " UNION ALL ") +
           FilesSelect(rows, metadata, std::move(files), is_int96).text();
  };
  for (const ParquetFile& file : rows.files) {
    const bool is_int96 = int96.contains(file.path);
    if (!is_whole(file.rows)) {
      add({&file}, is_int96);
      continue;
    }
    std::vector<std::string> names;
    for (const auto& [name, value] : file.partition_values) names.push_back(name);
    auto& group = groups[{std::move(names), is_int96}];
    group.push_back(&file);
    if (group.size() == kFilesMax) add(std::exchange(group, {}), is_int96);
  }
  for (auto& [likeness, files] : groups) {
    if (!files.empty()) add(std::move(files), std::get<bool>(likeness));
  }
  return all;
}

}  // namespace sluice::sql
