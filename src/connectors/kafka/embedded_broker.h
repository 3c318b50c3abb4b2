#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

struct EmbeddedBrokerOptions {
  int port = 0;        ///< on the loopback interface; 0: any that is free
  int partitions = 1;  ///< of topics that are created by being written to
  /// What a partition holds at most. When a record would pass it, its producer gets an error; what
  /// is there is never dropped.
  std::int64_t partition_bytes = 256LL * 1024 * 1024;
  /// Write the address file, so that `brokers: embedded` finds the broker. One a machine.
  bool announce = true;
};

/// A Kafka broker inside this process, in memory: librdkafka's mock cluster. For demos and tests:
/// nothing survives the process, aborted transactions show, nobody has to log in. Runs in threads
/// of its own until it is destroyed.
class EmbeddedBroker {
 public:
  /// kUser when the port is taken, or another process has announced a broker.
  static Result<std::unique_ptr<EmbeddedBroker>> start(const EmbeddedBrokerOptions& options,
                                                       io::FileSystem& files);
  ~EmbeddedBroker();
  EmbeddedBroker(const EmbeddedBroker&) = delete;
  EmbeddedBroker& operator=(const EmbeddedBroker&) = delete;

  /// "127.0.0.1:40123"
  const std::string& address() const { return address_; }

  // For tests of what happens around a broker.
  /// Closes all connections and accepts none, or does again.
  void set_up(bool up);
  /// The next requests of a kind (Kafka's number of it) are answered by these errors, librdkafka's
  /// numbers: 0: by none; -195: the connection is closed.
  void fail_requests(std::int16_t kind, const std::vector<int>& errors);
  /// What fail_requests asked for and was not met is forgotten.
  void forget_failures(std::int16_t kind);
  /// Removes what lies before `offset`, as retention does.
  Status delete_records(const std::string& topic, std::int32_t partition, std::int64_t offset);

 private:
  struct Cluster;
  EmbeddedBroker(std::unique_ptr<Cluster> cluster, io::FileSystem& files, bool announced);

  std::unique_ptr<Cluster> cluster_;
  io::FileSystem& files_;
  std::string address_;
  bool announced_;
};

}  // namespace sluice::connectors::kafka
