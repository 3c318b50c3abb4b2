#include "connectors/cassandra/scan_plan.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/nearest.h"
#include "connectors/cassandra/cql_number.h"

namespace sluice::connectors::cassandra {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + quote_cql(name);
  return text;
}

/// Where range `index` of `count` begins; the ring has 2^64 tokens.
std::int64_t begin_of(std::uint32_t index, std::uint32_t count) {
  const Uint128 part = (Uint128{1} << 64U) * index / count;
  return static_cast<std::int64_t>(static_cast<Int128>(part) - (Int128{1} << 63U));
}

}  // namespace

Result<ScanPlan> ScanPlan::make(const ScanSettings& settings, Cluster& cluster,
                                std::stop_token stop) {
  ScanPlan plan;
  plan.parallel_ = settings.parallel;
  plan.page_rows_ = settings.page_rows;
  if (settings.table) {
    SLUICE_TRY(plan.plan_table(settings, cluster, stop));
  } else {
    plan.cql_ = settings.query;
    SLUICE_ASSIGN(Described described, cluster.describe(plan.cql_, stop));
    if (described.columns.empty()) {
      return user_error("cassandra: the query gives no columns; it must be a SELECT");
    }
    if (!described.markers.empty()) {
      return user_error("cassandra: the query has markers (?); write the values instead");
    }
    plan.columns_ = std::move(described.columns);
  }
  SLUICE_TRY(plan.check_names());
  SLUICE_TRY(name_types(settings.types, plan.columns_));
  return plan;
}

Status ScanPlan::plan_table(const ScanSettings& settings, Cluster& cluster, std::stop_token stop) {
  const TableName& name = *settings.table;
  SLUICE_ASSIGN(const TableColumns table, find_table(cluster, name, stop));
  std::vector<std::string> wanted = settings.columns;
  for (const std::string& column : wanted) {
    if (std::ranges::find(table.all, column) != table.all.end()) continue;
    return user_error("cassandra: there is no column '" + column + "' table=" + name.to_string() +
                      did_you_mean(column, table.all));
  }
  if (wanted.empty()) wanted = table.all;
  const std::string token = "token(" + joined(table.partition_key) + ")";
  cql_ = "SELECT " + joined(wanted) + " FROM " + name.quoted() + " WHERE " + token + " > ? AND " +
         token + " <= ?";
  by_tokens_ = true;
  ranges_ = settings.ranges;
  SLUICE_ASSIGN(Described described, cluster.describe(cql_, std::move(stop)));
  columns_ = std::move(described.columns);
  for (const CqlColumn& marker : described.markers) {
    if (marker.type.id == CqlId::kBigint) continue;
    return user_error(
        "cassandra: the cluster's partitioner is not Murmur3Partitioner, whose tokens "
        "are numbers; read the table by a query table=" +
        name.to_string());
  }
  return plan_growth(settings, table);
}

Status ScanPlan::plan_growth(const ScanSettings& settings, const TableColumns& table) {
  if (settings.every == 0) return {};
  std::vector<std::string> names = table.partition_key;
  names.insert(names.end(), table.clustering_key.begin(), table.clustering_key.end());
  names.push_back(settings.growing);
  if (std::ranges::find(table.partition_key, settings.growing) != table.partition_key.end()) {
    return user_error(
        "cassandra: 'growing' must not be in the partition key, by whose values "
        "Cassandra does not look for greater ones, and '" +
        settings.growing + "' is table=" + settings.table->to_string());
  }
  for (const std::string& name : names) {
    const int index = find(name);
    if (index < 0) {
      std::vector<std::string> known;
      for (const CqlColumn& column : columns_) known.push_back(column.name);
      return user_error("cassandra: a repeated scan needs the column '" + name +
                        "' among its columns table=" + settings.table->to_string() +
                        did_you_mean(name, known));
    }
    identity_.push_back(static_cast<std::size_t>(index));
  }
  const CqlType& type = columns_[identity_.back()].type;
  grows_by_uuid_ = type.id == CqlId::kTimeuuid;
  if (!grows_by_uuid_ && type.id != CqlId::kTimestamp) {
    return user_error("cassandra: 'growing' must be a column of type timestamp or timeuuid, and '" +
                      settings.growing + "' is " + type.to_string() +
                      " table=" + settings.table->to_string());
  }
  const std::string column = quote_cql(settings.growing);
  low_condition_ =
      " AND " + column + (grows_by_uuid_ ? " >= minTimeuuid(?)" : " >= ?") + " ALLOW FILTERING";
  return {};
}

Status ScanPlan::check_names() const {
  data::Schema seen;
  for (const CqlColumn& column : columns_) {
    const int other = seen.find(column.name);
    if (other >= 0) {
      return user_error("cassandra: SQL ignores the case of names, so '" + column.name + "' and '" +
                        seen[static_cast<std::size_t>(other)].name +
                        "' are one; read them by a query that renames one: SELECT ... AS ...");
    }
    seen.add({column.name, column.target});
  }
  return {};
}

int ScanPlan::find(const std::string& name) const {
  const auto found = std::ranges::find(columns_, name, &CqlColumn::name);
  return found == columns_.end() ? -1 : static_cast<int>(found - columns_.begin());
}

std::string ScanPlan::fingerprint() const {
  std::string text = cql_ + "; " + std::to_string(ranges()) + " ranges";
  for (const CqlColumn& column : columns_) {
    // The statement of a table names its columns.
    text += by_tokens_ ? "; " : "; " + column.name + " ";
    text += column.type.to_string();
  }
  return text;
}

Status probe_scan(const ScanSettings& settings, std::shared_ptr<Cluster>& cluster,
                  std::optional<ScanPlan>& plan, connector::Probe& probe) {
  SLUICE_TRY(probe.step("connect " + settings.cluster.address(), [&]() -> Status {
    SLUICE_ASSIGN(cluster, Cluster::connect(settings.cluster, probe.stop()));
    return {};
  }));
  SLUICE_TRY(probe.step("columns of " + settings.subject(), [&]() -> Status {
    SLUICE_ASSIGN(plan, ScanPlan::make(settings, *cluster, probe.stop()));
    return {};
  }));
  if (!settings.table) {
    // It may take as long as the whole scan.
    probe.skip("not tried: whether the user may read what the query names");
    return {};
  }
  const std::string column = quote_cql(plan->columns().front().name);
  return probe.step("read a row of " + settings.subject(), [&]() -> Status {
    SLUICE_TRY(cluster->ask("SELECT " + column + " FROM " + settings.table->quoted() + " LIMIT 1",
                            probe.stop()));
    return {};
  });
}

ScanRequest ScanPlan::request(const std::map<std::uint32_t, std::string>& left,
                              std::optional<std::int64_t> low_ms) const {
  ScanRequest request{.cql = cql_,
                      .by_tokens = by_tokens_,
                      .cells = {},
                      .columns = columns_,
                      .ranges = {},
                      .page_rows = page_rows_,
                      .parallel = parallel_};
  if (low_ms) {
    request.cql += low_condition_;
    append_big_endian(request.cells, std::uint32_t{8});
    append_big_endian(request.cells, static_cast<std::uint64_t>(*low_ms));
  }
  for (const auto& [index, position] : left) {
    const bool is_last = index + 1 == ranges();
    request.ranges.push_back(
        {index, begin_of(index, ranges()),
         is_last ? std::numeric_limits<std::int64_t>::max() : begin_of(index + 1, ranges()),
         position});
  }
  return request;
}

}  // namespace sluice::connectors::cassandra
