#pragma once

#include "connectors/kafka/connection.h"
#include "connectors/kafka/consume.h"
#include "sluice/kafka.h"

namespace sluice::app {

connectors::kafka::Connection kafka_connection(const KafkaConnection& from);

/// kUser error when `from` says no place.
Result<connectors::kafka::ConsumeRequest> kafka_consume_request(const ConsumeRequest& from);

}  // namespace sluice::app
