#include "sql/parquet_rewriter.h"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "sql/duckdb_session.h"
#include "sql/file_writer.h"
#include "sql/parquet_select.h"

namespace sluice::sql {
namespace {

using connector::Rewrite;
using connector::WrittenFile;
using data::ParquetFile;
using data::ParquetRows;
using data::quote_identifier;

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

class DuckdbParquetRewriter final : public connector::ParquetRewriter {
 public:
  explicit DuckdbParquetRewriter(DatabaseOptions options) : options_(std::move(options)) {}

  Result<std::vector<WrittenFile>> rewrite(const Rewrite& request) override {
    SLUICE_TRY(connect());
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
      const ParquetFile& file = table.files[i];
      if (paths.contains(file.shown_path.empty() ? file.path : file.shown_path)) found.push_back(i);
    }
    if (found.size() != paths.size()) return internal_error("a file with keys has another name");
    return found;
  }

 private:
  DuckdbSession& session() { return DuckdbSession::of(*session_); }

  Status connect() {
    if (session_ != nullptr) return {};
    std::error_code failure;
    std::filesystem::create_directories(options_.temp_folder, failure);
    if (failure) {
      return transient_error("make folder path=" + options_.temp_folder + ": " + failure.message());
    }
    SLUICE_ASSIGN(database_, Database::open("", options_));
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
