#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/random.h"
#include "connectors/cassandra/cluster.h"
#include "connectors/cassandra/table_name.h"

namespace sluice::connectors::cassandra {

/// For tests: the server at SLUICE_TEST_CASSANDRA (host:port), where cassandra/cassandra logs in;
/// test/support/cassandra.py starts one, and the system test cql/conformance runs what needs it.
inline std::string test_address() {
  const char* const address = std::getenv("SLUICE_TEST_CASSANDRA");
  return address == nullptr ? "" : address;
}

inline std::string why_no_server() {
  return test_address().empty() ? "no Cassandra: set SLUICE_TEST_CASSANDRA, as the system test "
                                  "cql/conformance does"
                                : "";
}

inline ClusterSettings test_settings() {
  ClusterSettings settings;
  settings.contact_points = {test_address()};
  settings.user = "cassandra";
  settings.password = Secret("cassandra");
  settings.consistency = "local_quorum";
  return settings;
}

/// A port of this machine that takes connections and says nothing.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_, any, bytes), 0);
    EXPECT_EQ(::listen(socket_, 16), 0);
    EXPECT_EQ(::getsockname(socket_, any, &bytes), 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { ::close(socket_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
};

/// A connection for what tests do beside the connector, and a keyspace of their own.
class TestKeyspace {
 public:
  explicit TestKeyspace(std::string name) : name_(std::move(name)) {
    if (test_address().empty()) return;
    auto cluster = Cluster::connect(test_settings(), {});
    EXPECT_TRUE(cluster) << cluster.error().message();
    if (!cluster) return;
    cluster_ = *std::move(cluster);
    execute("CREATE KEYSPACE IF NOT EXISTS " + name_ +
            " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
  }

  const std::string& name() const { return name_; }
  Cluster& cluster() { return *cluster_; }

  void execute(const std::string& cql) {
    const Status done = cluster_->execute(cql, {});
    EXPECT_TRUE(done) << cql << ": " << done.error().message();
  }
  std::vector<std::vector<std::string>> ask(const std::string& cql) {
    auto rows = cluster_->ask(cql, {});
    EXPECT_TRUE(rows) << cql << ": " << rows.error().message();
    return rows ? *std::move(rows) : std::vector<std::vector<std::string>>();
  }

 private:
  const std::string name_;
  std::shared_ptr<Cluster> cluster_;
};

}  // namespace sluice::connectors::cassandra
