#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "connectors/cassandra/cql_decoder.h"
#include "sluice/base/result.h"
#include "sluice/base/secret.h"

namespace sluice::connectors::cassandra {

struct ClusterSettings {
  std::vector<std::string> contact_points;  ///< host:port
  std::string user;                         ///< "": nobody logs in
  Secret password;
  std::string keyspace;    ///< of which replicas are known; "": of all
  std::string datacenter;  ///< "": any
  std::string consistency;
  bool tls = false;
  std::string ca_file;  ///< PEM; "": the system's authorities
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds request_timeout{30'000};

  /// The contact points, for messages.
  std::string address() const;
};

/// The options by which sources, tables and sinks connect, and what they say.
std::vector<OptionSpec> cluster_options();
Result<ClusterSettings> read_cluster_settings(const Options& options);

/// What the server says of a statement.
struct Described {
  std::vector<CqlColumn> columns;  ///< of its rows, with their natural types
  std::vector<CqlColumn> markers;  ///< its `?`
  /// Indexes of the markers that are the partition key, in its order; empty: not all are bound.
  std::vector<std::size_t> key_markers;
};

/// The tokens after `begin` up to `end`.
struct TokenRange {
  std::uint32_t index = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::string position;  ///< of a page, from which on it is read; "": from the start
};

struct ScanRequest {
  std::string cql;
  bool by_tokens = false;          ///< the first two markers are a range's ends
  std::string cells;               ///< of the other markers
  std::vector<CqlColumn> columns;  ///< that each page must have
  std::vector<TokenRange> ranges;
  std::int32_t page_rows = 1000;
  std::uint32_t parallel = 4;
};

struct Page {
  bool found = false;  ///< false: nothing came in time
  bool ended = false;  ///< all ranges are read, and this is no page
  std::uint32_t range = 0;
  bool is_last = false;                ///< of its range
  std::string position;                ///< where the next page begins
  std::vector<std::string_view> rows;  ///< into the page

  /// Owner of the bytes.
  std::shared_ptr<const void> bytes;
};

/// Ranges of a table that are read side by side; given up by its end. One thread.
class Scan {
 public:
  virtual ~Scan() = default;
  /// The next page of any range. Waits up to `wait`. kTransient, kUser as of all requests; kUser
  /// E_COLUMNS_CHANGED, naming them: the table was altered, and rows have other columns now.
  virtual Result<Page> next(std::chrono::milliseconds wait) = 0;
};

/// How long a page is waited for before a request to stop is looked for.
inline constexpr std::chrono::milliseconds kPageWait{200};

/// Statements that write, prepared. One thread.
class Writer {
 public:
  virtual ~Writer() = default;
  /// Executes the batches of `block` (rust/src/cassandra.rs has its form). kTransient: some of them
  /// may have been executed.
  virtual Status write(std::string_view block) = 0;
};

/// Connections to a cluster, over the bridge. Any thread may call.
class Cluster {
 public:
  virtual ~Cluster() = default;

  /// kUser: the login or the certificate is refused. kTransient: no server answers. kCancelled.
  static Result<std::shared_ptr<Cluster>> connect(const ClusterSettings& settings,
                                                  std::stop_token stop);

  /// The rows of a small answer, each cell as text or null.
  virtual Result<std::vector<std::vector<std::string>>> ask(const std::string& cql,
                                                            std::stop_token stop) = 0;
  virtual Status execute(const std::string& cql, std::stop_token stop) = 0;
  /// kUser: a syntax error, or no such keyspace, table or column.
  virtual Result<Described> describe(const std::string& cql, std::stop_token stop) = 0;
  /// kUser E_COLUMNS_CHANGED as of Scan::next().
  virtual Result<std::unique_ptr<Scan>> scan(const ScanRequest& request, std::stop_token stop) = 0;
  virtual Result<std::unique_ptr<Writer>> writer(const std::vector<std::string>& statements,
                                                 std::uint32_t parallel) = 0;
};

}  // namespace sluice::connectors::cassandra
