#include "connectors/cassandra/table_name.h"

#include <algorithm>
#include <map>

#include "base/nearest.h"

namespace sluice::connectors::cassandra {
namespace {

constexpr std::size_t kNamesShown = 10;

/// "; did you mean 'x'?" or "; there is: a, b".
std::string hint(const std::string& name, const std::vector<std::string>& known) {
  const std::string guess = did_you_mean(name, known);
  if (!guess.empty() || known.empty()) return guess;
  std::string text = "; there is: ";
  for (std::size_t i = 0; i < std::min(known.size(), kNamesShown); ++i) {
    text += (i > 0 ? ", " : "") + known[i];
  }
  return text + (known.size() > kNamesShown ? ", ..." : "");
}

Result<std::vector<std::string>> names_in(Cluster& cluster, const std::string& cql,
                                          std::stop_token stop) {
  SLUICE_ASSIGN(const auto rows, cluster.ask(cql, std::move(stop)));
  std::vector<std::string> names;
  for (const auto& row : rows) {
    if (!row.empty() && !row[0].starts_with("system")) names.push_back(row[0]);
  }
  std::ranges::sort(names);
  return names;
}

Error not_there(const TableName& name, std::string what) {
  return user_error("cassandra: there is no " + std::move(what) + " table=" + name.to_string());
}

}  // namespace

Result<TableColumns> find_table(Cluster& cluster, const TableName& name, std::stop_token stop) {
  SLUICE_ASSIGN(
      const auto rows,
      cluster.ask(
          "SELECT column_name, kind, CAST(position AS text), type FROM system_schema.columns "
          "WHERE keyspace_name = " +
              quote_cql_text(name.keyspace) + " AND table_name = " + quote_cql_text(name.table),
          stop));
  TableColumns columns;
  std::map<std::size_t, std::string> partition;
  std::map<std::size_t, std::string> clustering;
  std::vector<std::string> others;
  for (const auto& row : rows) {
    columns.has_counters = columns.has_counters || row[3] == "counter";
    const std::size_t position = row[2] == "-1" ? 0 : std::stoul(row[2]);
    if (row[1] == "partition_key") {
      partition[position] = row[0];
    } else if (row[1] == "clustering") {
      clustering[position] = row[0];
    } else {
      others.push_back(row[0]);
    }
  }
  if (rows.empty()) {
    SLUICE_ASSIGN(const auto keyspaces,
                  names_in(cluster, "SELECT keyspace_name FROM system_schema.keyspaces", stop));
    if (std::ranges::find(keyspaces, name.keyspace) == keyspaces.end() &&
        !name.keyspace.starts_with("system")) {
      return not_there(name, "keyspace '" + name.keyspace + "'" + hint(name.keyspace, keyspaces));
    }
    SLUICE_ASSIGN(const auto tables,
                  names_in(cluster,
                           "SELECT table_name FROM system_schema.tables WHERE keyspace_name = " +
                               quote_cql_text(name.keyspace),
                           stop));
    return not_there(name, "table '" + name.table + "'" + hint(name.table, tables));
  }
  for (auto& [position, column] : partition) columns.partition_key.push_back(std::move(column));
  for (auto& [position, column] : clustering) columns.clustering_key.push_back(std::move(column));
  std::ranges::sort(others);
  columns.all = columns.partition_key;
  columns.all.insert(columns.all.end(), columns.clustering_key.begin(),
                     columns.clustering_key.end());
  columns.all.insert(columns.all.end(), others.begin(), others.end());
  return columns;
}

}  // namespace sluice::connectors::cassandra
