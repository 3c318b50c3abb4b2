#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "connector/probe.h"
#include "connectors/cassandra/cluster.h"
#include "connectors/cassandra/table_name.h"

namespace sluice::connectors::cassandra {

/// What is read, and how.
struct ScanSettings {
  ClusterSettings cluster;
  std::optional<TableName> table;
  std::string query;                 ///< instead of a table: a SELECT
  std::vector<std::string> columns;  ///< of the table; empty: all
  std::uint32_t ranges = 64;         ///< into which the table's tokens are split
  std::uint32_t parallel = 4;        ///< of them are read at once
  std::int32_t page_rows = 1000;
  /// What is stored in the inbox at once, about: a page more at most.
  std::size_t block_bytes = std::size_t{4} << 20;
  ConfigValue types;  ///< column name -> SQL type
  bool null_bad_fields = false;
  /// Of a repeated scan: how often, by which column, and how far it looks back. 0: once.
  Micros every = 0;
  std::string growing;
  Micros overlap = 0;
  std::int64_t overlap_rows_max = 0;

  /// For messages and dead letters: the table, or "query".
  std::string subject() const { return table ? table->to_string() : "query"; }
  /// What a checkpoint has read, and goes on with: the table, or the query's text.
  std::string read() const { return table ? table->to_string() : query; }
};

class ScanPlan;

/// Source::probe() of what scans: connects, plans and, of a table, reads a row. Parts that are
/// there already (a decoder was asked for) are tried again.
Status probe_scan(const ScanSettings& settings, std::shared_ptr<Cluster>& cluster,
                  std::optional<ScanPlan>& plan, connector::Probe& probe);

/// The statement of a scan and the columns that it gives, as the server describes them. Immutable.
class ScanPlan {
 public:
  /// Asks the server. kUser: no such keyspace, table or column, or a type that cannot be had.
  static Result<ScanPlan> make(const ScanSettings& settings, Cluster& cluster,
                               std::stop_token stop);

  const std::vector<CqlColumn>& columns() const { return columns_; }
  /// Of the key and then the growing column, in `columns()`; empty: the scan is not repeated.
  const std::vector<std::size_t>& identity() const { return identity_; }
  bool grows_by_uuid() const { return grows_by_uuid_; }
  /// Equal to another plan's when rows of both are the same bytes.
  std::string fingerprint() const;
  /// How many ranges a scan has.
  std::uint32_t ranges() const { return by_tokens_ ? ranges_ : 1; }
  /// For the ranges `left` (index -> position) and values of the growing column from `low_ms` on.
  ScanRequest request(const std::map<std::uint32_t, std::string>& left,
                      std::optional<std::int64_t> low_ms) const;

 private:
  ScanPlan() = default;
  Status plan_table(const ScanSettings& settings, Cluster& cluster, std::stop_token stop);
  Status plan_growth(const ScanSettings& settings, const TableColumns& table);
  Status check_names() const;
  int find(const std::string& name) const;

  std::vector<CqlColumn> columns_;
  std::vector<std::size_t> identity_;
  bool grows_by_uuid_ = false;
  bool by_tokens_ = false;
  std::string cql_;
  std::string low_condition_;
  std::uint32_t ranges_ = 1;
  std::uint32_t parallel_ = 1;
  std::int32_t page_rows_ = 1;
};

}  // namespace sluice::connectors::cassandra
