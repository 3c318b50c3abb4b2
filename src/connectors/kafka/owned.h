#pragma once

#include <memory>

#include <librdkafka/rdkafka.h>

namespace sluice::connectors::kafka {

/// Frees what librdkafka gave with `Free`.
template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using OwnedQueue = std::unique_ptr<rd_kafka_queue_t, Freed<rd_kafka_queue_destroy>>;
using OwnedEvent = std::unique_ptr<rd_kafka_event_t, Freed<rd_kafka_event_destroy>>;
using OwnedMessage = std::unique_ptr<rd_kafka_message_t, Freed<rd_kafka_message_destroy>>;
using OwnedConf = std::unique_ptr<rd_kafka_conf_t, Freed<rd_kafka_conf_destroy>>;
using OwnedError = std::unique_ptr<rd_kafka_error_t, Freed<rd_kafka_error_destroy>>;
using OwnedAdminOptions =
    std::unique_ptr<rd_kafka_AdminOptions_t, Freed<rd_kafka_AdminOptions_destroy>>;
using OwnedPartitionList =
    std::unique_ptr<rd_kafka_topic_partition_list_t, Freed<rd_kafka_topic_partition_list_destroy>>;

}  // namespace sluice::connectors::kafka
