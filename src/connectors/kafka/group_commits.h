#pragma once

#include <chrono>
#include <memory>

#include "connectors/kafka/client.h"
#include "connectors/kafka/positions.h"

namespace sluice::connectors::kafka {

/// Offsets committed to a consumer group for those who watch lag. Nothing is decided by them, so
/// failures are of no consequence. One thread.
class GroupCommits {
 public:
  explicit GroupCommits(std::shared_ptr<Client> consumer);

  /// Sends the offsets; does not wait.
  void send(const TopicOffsets& offsets);
  /// Waits for the answers to what was sent.
  void finish(std::chrono::milliseconds wait);

 private:
  std::shared_ptr<Client> client_;
  OwnedQueue answers_;
  int open_ = 0;
};

}  // namespace sluice::connectors::kafka
