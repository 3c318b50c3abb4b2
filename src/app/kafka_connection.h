#pragma once

#include "connectors/kafka/connection.h"
#include "sluice/kafka.h"

namespace sluice::app {

connectors::kafka::Connection kafka_connection(const KafkaConnection& from);

}  // namespace sluice::app
