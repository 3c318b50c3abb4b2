#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/pipeline.h"
#include "engine/selected_records.h"
#include "sql/duckdb/database.h"
#include "sql/scan/scan.h"

namespace sluice::engine {

/// The tables of a pipeline that are read in full, each kept in a temp table that SQL reads under
/// the table's name. They are read before a batch begins: a batch sees one version of each. Engine
/// thread only; the session outlives it.
class StaticTables {
 public:
  StaticTables(const Pipeline& pipeline, sql::Session& session)
      : pipeline_(pipeline), session_(session) {}

  /// Makes the names known to SQL, still without rows. kUser when a table's columns cannot be
  /// found.
  Status define();

  /// Connects those that are read through a source.
  Status open(std::stop_token stop);

  /// Reads the tables that were never read or whose `refresh` has passed; true when some table may
  /// have other rows now. kUser for a record that does not decode, or columns that changed.
  Result<bool> refresh(Micros now, const std::stop_token& stop);

 private:
  struct State {
    std::unique_ptr<sql::Scan> scan;  ///< null: Parquet files
    data::Schema schema;
    std::string version;
    std::optional<Micros> read_at;
  };

  Status define_rows(const std::string& name, const std::string& select);
  /// Those of `all` that are rows of the table; null: all.
  static std::unique_ptr<SelectedRecords> select(const TablePart& table,
                                                 const data::RecordBatch& all);
  Result<bool> read_source(const TablePart& table, State& state, std::stop_token stop);
  Result<bool> read_files(const TablePart& table, State& state);
  Status read_version(const TablePart& table, const State& state,
                      const connector::TableVersion& version);
  Status view_of(const TablePart& table, const connector::TableVersion& version);

  const Pipeline& pipeline_;
  sql::Session& session_;
  std::map<std::string, State> states_;
};

}  // namespace sluice::engine
