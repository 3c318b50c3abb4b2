#pragma once

#include <string>

#include "connectors/cassandra/cluster.h"

namespace sluice::connectors::cassandra {

struct TableName {
  std::string keyspace;
  std::string table;

  std::string to_string() const { return keyspace + "." + table; }
  std::string quoted() const { return quote_cql(keyspace) + "." + quote_cql(table); }
};

/// A table as the server describes it.
struct TableColumns {
  std::vector<std::string> partition_key;  ///< in its order
  std::vector<std::string> clustering_key;
  std::vector<std::string> all;  ///< keys first, then the others by name
  bool has_counters = false;
};

/// Asks the server. kUser: no such keyspace or table, with those that there are.
Result<TableColumns> find_table(Cluster& cluster, const TableName& name, std::stop_token stop);

}  // namespace sluice::connectors::cassandra
