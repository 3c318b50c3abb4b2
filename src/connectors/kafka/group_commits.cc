#include "connectors/kafka/group_commits.h"

#include <algorithm>
#include <utility>

namespace sluice::connectors::kafka {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

GroupCommits::GroupCommits(std::shared_ptr<Client> consumer)
    : client_(std::move(consumer)), answers_(rd_kafka_queue_new(client_->handle())) {}

void GroupCommits::send(const TopicOffsets& offsets) {
  const OwnedPartitionList list(rd_kafka_topic_partition_list_new(16));
  for (const auto& [topic, partitions] : offsets) {
    for (const auto& [partition, offset] : partitions) {
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
    }
  }
  finish(milliseconds(0));
  const auto code =
      rd_kafka_commit_queue(client_->handle(), list.get(), answers_.get(), nullptr, nullptr);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) ++open_;
}

void GroupCommits::finish(milliseconds wait) {
  const auto deadline = steady_clock::now() + wait;
  while (open_ > 0) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    const OwnedEvent event(rd_kafka_queue_poll(
        answers_.get(), static_cast<int>(std::max<std::int64_t>(left.count(), 0))));
    if (!event) return;
    --open_;
  }
}

}  // namespace sluice::connectors::kafka
