#include "sql/files/parquet_rewriter.h"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "base/system_kind.h"
#include "sql/duckdb/duckdb_session.h"
#include "sql/files/file_writer.h"
#include "sql/functions/open_database.h"
#include "sql/scan/broken_file.h"
#include "sql/scan/parquet_select.h"

namespace sluice::sql {
namespace {

using connector::Rewrite;
using connector::WrittenFile;
using data::ParquetFile;
using data::ParquetRows;
using data::quote_identifier;
using data::quote_literal;

constexpr char kKeysTable[] = "temp.sluice_keys";
constexpr char kFileColumn[] = "__sluice_file";

std::string same_key(const std::vector<std::string>& key) {
  std::string condition;
  for (const std::string& column : key) {
    const std::string name = quote_identifier(column);
    condition +=
        (condition.empty() ? "" : " AND ") + ("r." + name + " IS NOT DISTINCT FROM k." + name);
  }
  return condition;
}

std::string column_list(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + quote_identifier(name);
  return list;
}

/// Of each column the rank in 256 steps, whatever its type; the bits of all ranks take turns.
std::string z_ordered(const std::string& select, const std::vector<std::string>& columns) {
  constexpr int kBits = 8;
  std::string ranks;
  std::string curve;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string rank = "__sluice_rank" + std::to_string(i);
    ranks += ", ntile(" + std::to_string(1 << kBits) + ") OVER (ORDER BY " +
             quote_identifier(columns[i]) + ") - 1 AS " + rank;
    for (int bit = 0; bit < kBits; ++bit) {
      const std::size_t place = static_cast<std::size_t>(bit) * columns.size() + i;
      curve += (curve.empty() ? "" : " + ") + ("(((" + rank + " >> " + std::to_string(bit) +
                                               ") & 1)::HUGEINT << " + std::to_string(place) + ")");
    }
  }
  return "SELECT * EXCLUDE (" +
         [&columns] {
           std::string names;
           for (std::size_t i = 0; i < columns.size(); ++i) {
             names += (i == 0 ? "" : ", ") + ("__sluice_rank" + std::to_string(i));
           }
           return names;
         }() +
         ") FROM (SELECT *" + ranks + " FROM (" + select + ")) ORDER BY " + curve;
}

const std::string& shown_path(const ParquetFile& file) {
  return file.shown_path.empty() ? file.path : file.shown_path;
}

/// The values that whole files have: each once, however many files have them.
class Partitions {
 public:
  explicit Partitions(const ParquetRows& table) : table_(table) {
    for (const ParquetFile& file : table.files) {
      file_rows_.push_back(rows_.try_emplace(file.partition_values, rows_.size()).first->second);
    }
  }

  /// Number and answer of each; "": files have no values.
  std::string select(const std::string& where) const {
    if (rows_.empty() || rows_.begin()->first.empty()) return "";
    std::string columns;
    std::string names = "__sluice_number";
    for (const auto& [name, value] : rows_.begin()->first) {
      const int column = table_.schema.find(name);
      if (column < 0) return "";
      const std::string quoted = quote_identifier(name);
      names += ", " + quoted;
      columns += ", CAST(" + quoted + " AS " +
                 table_.schema[static_cast<std::size_t>(column)].type.to_string() + ") AS " +
                 quoted;
    }
    std::string values;
    for (const auto& [row, number] : rows_) {
      values += (values.empty() ? "(" : ", (") + std::to_string(number);
      for (const auto& [name, value] : row) {
        values += ", " + (value ? quote_literal(*value) : "CAST(NULL AS VARCHAR)");
      }
      values += ")";
    }
    return "SELECT __sluice_number, (" + where + "\n) IS TRUE FROM (SELECT __sluice_number" +
           columns + " FROM (VALUES " + values + ") AS t(" + names + "))";
  }

  std::vector<bool> by_file(const Rows& answers) const {
    std::vector<bool> matches(rows_.size());
    for (const auto& row : answers.values) matches[std::stoull(*row[0])] = row[1] == "true";
    std::vector<bool> out;
    for (const std::size_t number : file_rows_) out.push_back(matches[number]);
    return out;
  }

 private:
  const ParquetRows& table_;
  std::map<std::map<std::string, std::optional<std::string>>, std::size_t> rows_;
  std::vector<std::size_t> file_rows_;  // by file
};

class DuckdbParquetRewriter final : public connector::ParquetRewriter {
 public:
  explicit DuckdbParquetRewriter(DatabaseOptions options) : options_(std::move(options)) {}

  Result<std::vector<WrittenFile>> rewrite(const Rewrite& request) override {
    SLUICE_TRY(connect());
    auto files = rewritten(request);
    if (files) return files;
    return name_broken_file(*session_, request.from, std::move(files).error());
  }

  Result<std::vector<std::size_t>> find_keys(const ParquetRows& table, const ParquetRows& keys,
                                             const std::vector<std::string>& key) override {
    if (table.files.empty() || keys.files.empty()) return std::vector<std::size_t>();
    SLUICE_TRY(connect());
    SLUICE_TRY(load_keys(keys, key));
    SLUICE_ASSIGN(const std::string from,
                  parquet_select(*session_, table, {{kFileColumn, data::kFilePath}}));
    const std::string select = "SELECT DISTINCT r." + quote_identifier(kFileColumn) + " FROM (" +
                               from + ") AS r SEMI JOIN " + kKeysTable + " AS k ON " +
                               same_key(key);
    SLUICE_ASSIGN(const Rows rows, session_->query(select));
    SLUICE_TRY(session_->execute(std::string("DROP TABLE ") + kKeysTable));
    std::set<std::string> paths;
    for (const auto& row : rows.values) paths.insert(row[0].value_or(""));
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < table.files.size(); ++i) {
      if (paths.contains(shown_path(table.files[i]))) found.push_back(i);
    }
    if (found.size() != paths.size()) return internal_error("a file with keys has another name");
    return found;
  }

  Status check_condition(const data::Schema& schema, const std::string& where) override {
    SLUICE_TRY(connect());
    std::string nulls;
    for (const data::Field& field : schema.fields()) {
      nulls += (nulls.empty() ? "" : ", ") + ("CAST(NULL AS " + field.type.to_string() + ") AS ") +
               quote_identifier(field.name);
    }
    // Runs it: what is not a condition shows when WHERE is bound, and no row is needed for that.
    return session_->execute("SELECT 1 FROM (SELECT " + nulls + ") WHERE (" + where +
                             "\n) AND false");
  }

  Result<std::optional<std::vector<bool>>> match_partitions(const ParquetRows& table,
                                                            const std::string& where) override {
    SLUICE_TRY(connect());
    const Partitions partitions(table);
    const std::string select = partitions.select(where);
    // Bound without its other columns, the condition shows whether it asks for them.
    if (select.empty() || !session_->describe(select)) return std::optional<std::vector<bool>>();
    SLUICE_ASSIGN(const Rows rows, session_->query(select));
    return std::optional(partitions.by_file(rows));
  }

  Result<std::vector<std::uint64_t>> count_rows(const ParquetRows& table,
                                                const std::string& where) override {
    std::vector<std::uint64_t> counts(table.files.size());
    if (table.files.empty()) return counts;
    SLUICE_TRY(connect());
    SLUICE_ASSIGN(const std::string from,
                  parquet_select(*session_, table, {{kFileColumn, data::kFilePath}}));
    SLUICE_ASSIGN(const Rows rows,
                  session_->query("SELECT " + quote_identifier(kFileColumn) + ", count(*) FROM (" +
                                  from + ") WHERE (" + where + "\n) GROUP BY 1"));
    std::map<std::string, std::uint64_t> found;
    for (const auto& row : rows.values) found[row[0].value_or("")] = std::stoull(*row[1]);
    for (std::size_t i = 0; i < table.files.size(); ++i) {
      if (const auto at = found.find(shown_path(table.files[i])); at != found.end()) {
        counts[i] = at->second;
      }
    }
    return counts;
  }

 private:
  DuckdbSession& session() { return DuckdbSession::of(*session_); }

  Result<std::vector<WrittenFile>> rewritten(const Rewrite& request) {
    SLUICE_ASSIGN(const std::string from, parquet_select(*session_, request.from));
    std::string select = "SELECT * FROM (" + from + ") AS r";
    if (!request.key.empty()) {
      SLUICE_TRY(load_keys(request.without, request.key));
      select += std::string(" ANTI JOIN ") + kKeysTable + " AS k ON " + same_key(request.key);
    }
    if (!request.where_not.empty()) {
      select = "SELECT * FROM (" + select + ") WHERE (" + request.where_not + "\n) IS NOT TRUE";
    }
    if (!request.sort_by.empty()) {
      select = "SELECT * FROM (" + select + ") ORDER BY " + column_list(request.sort_by);
    }
    if (!request.zorder_by.empty()) select = z_ordered(select, request.zorder_by);
    auto files = write_files(session(), select, request.from.schema, request.to);
    SLUICE_TRY(session_->execute(std::string("DROP TABLE IF EXISTS ") + kKeysTable));
    return files;
  }

  Status connect() {
    if (session_ != nullptr) return {};
    std::error_code failure;
    std::filesystem::create_directories(options_.temp_folder, failure);
    if (failure) {
      return Error(kind_of_errno(failure.value()),
                   "make folder path=" + options_.temp_folder + ": " + failure.message());
    }
    SLUICE_ASSIGN(database_, open_database("", options_));
    SLUICE_ASSIGN(session_, database_->connect());
    // Each file is read once; what it held is of no further use.
    return session_->execute("SET enable_external_file_cache = false");
  }

  Status load_keys(const ParquetRows& keys, const std::vector<std::string>& key) {
    SLUICE_ASSIGN(const std::string from, parquet_select(*session_, keys));
    return session_->execute("CREATE OR REPLACE TEMP TABLE sluice_keys AS SELECT DISTINCT " +
                             column_list(key) + " FROM (" + from + ")");
  }

  DatabaseOptions options_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Session> session_;
};

}  // namespace

std::unique_ptr<connector::ParquetRewriter> make_parquet_rewriter(DatabaseOptions options) {
  return std::make_unique<DuckdbParquetRewriter>(std::move(options));
}

}  // namespace sluice::sql
