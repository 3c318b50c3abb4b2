#pragma once

#include <cstdint>
#include <string>

#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

/// What a running embedded broker announces to other processes: the content of the address file.
struct Announcement {
  std::string address;               ///< "127.0.0.1:40123"
  std::int64_t pid = 0;              ///< of the process that runs it
  std::int64_t partition_bytes = 0;  ///< the bound of a partition
};

/// ${SLUICE_HOME:-~/.cache/sluice}/broker
std::string announcement_path();

/// The announcement of an embedded broker whose process is alive; kUser when there is none, with
/// the command that starts one.
Result<Announcement> read_announcement(io::FileSystem& files);

/// kUser when another living process has announced a broker.
Status write_announcement(const Announcement& announcement, io::FileSystem& files);

/// Removes the announcement if it is that of process `pid`.
void remove_announcement(std::int64_t pid, io::FileSystem& files);

struct BrokerAddress {
  std::string brokers;  ///< "host:port,..."
  bool embedded = false;
};

/// Turns "embedded" into an address; other texts stay as they are. The embedded broker is known by
/// its address too.
Result<BrokerAddress> resolve_brokers(const std::string& brokers, io::FileSystem& files);

}  // namespace sluice::connectors::kafka
