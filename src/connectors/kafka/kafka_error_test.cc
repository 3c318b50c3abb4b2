#include "connectors/kafka/kafka_error.h"

#include <gtest/gtest.h>

#include "connectors/kafka/broker_address.h"
#include "connectors/kafka/client.h"

namespace sluice::connectors::kafka {
namespace {

TEST(KafkaError, WhatTheBrokerWillRefuseAgainIsTheUsers) {
  for (const auto code :
       {RD_KAFKA_RESP_ERR_INVALID_RECORD, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
        RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE,
        RD_KAFKA_RESP_ERR_INVALID_REQUEST, RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT,
        RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED}) {
    EXPECT_EQ(kind_of(code), Kind::kUser) << rd_kafka_err2name(code);
  }
}

TEST(KafkaError, WhatMayPassIsTriedAgain) {
  for (const auto code :
       {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
        RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR__TRANSPORT,
        RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
        RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED}) {
    EXPECT_EQ(kind_of(code), Kind::kTransient) << rd_kafka_err2name(code);
  }
}

TEST(KafkaAdvice, AUrlIsNoBroker) {
  const auto files = io::make_local_file_system();
  const auto address = resolve_brokers("kafka://one:9092,kafka://two:9092/", *files);
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().kind(), Kind::kUser);
  EXPECT_NE(address.error().message().find("brokers: \"one:9092,two:9092\""), std::string::npos)
      << address.error().message();
}

TEST(KafkaAdvice, AMissingCertificateIsNamed) {
  const auto problem =
      find_property_problem({{"security.protocol", "SSL"}, {"ssl.ca.location", "/nowhere/ca.pem"}});
  ASSERT_TRUE(problem);
  EXPECT_NE(problem->message.find("path=/nowhere/ca.pem: No such file"), std::string::npos)
      << problem->message;
}

}  // namespace
}  // namespace sluice::connectors::kafka
