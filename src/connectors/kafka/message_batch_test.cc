#include "connectors/kafka/message_batch.h"

#include <numeric>

#include <gtest/gtest.h>

#include "connectors/kafka/broker_rig.h"
#include "support/column_buffer.h"

namespace sluice::connectors::kafka {
namespace {

data::Payload payload(std::string_view bytes) {
  return {bytes.data(), static_cast<std::uint32_t>(bytes.size())};
}

/// One record with a header of this name, and what the batch makes of its headers.
std::string headers_with(const std::string& name) {
  std::string raw = "\x02";  // one header; lengths are zigzag numbers
  raw += static_cast<char>(name.size() * 2);
  raw += name + "\x02v";
  Record record;
  record.value = payload("value");
  record.headers = payload(raw);
  MessageBatch batch(nullptr);
  batch.add({"t", 0}, nullptr, std::span(&record, 1));
  batch.finish();
  constexpr auto kColumn = static_cast<std::size_t>(MessageColumn::kHeaders);
  connector::ColumnBuffer buffer(message_schema()[kColumn].type, 1);
  const std::uint32_t row = 0;
  batch.write_column(kColumn, std::span(&row, 1), buffer.writer());
  return buffer.text(0);
}

TEST(MessageBatch, NamesOfHeadersAreText) {
  EXPECT_EQ(headers_with("größe"), "[{key: größe, value: v}]");
  EXPECT_EQ(headers_with("h\xff\xfe\x80-name-that-is-long"),
            "[{key: h\ufffd\ufffd\ufffd-name-that-is-long, value: v}]");
}

TEST(MessageBatch, BytesLimitsCountHeaders) {
  BrokerRig rig;
  rig.create("t", 1);
  std::vector<OutgoingRecord> records(100);
  for (auto& record : records) {
    record.value = "v";
    record.headers = {{"h", std::string(1000, 'x')}};
  }
  rig.send("t", std::move(records));
  const auto source = rig.opened({BrokerRig::option("topic", "t")});
  const auto from = BrokerRig::initial(*source);
  data::ReadLimit limit;
  limit.bytes = 10'000;
  const auto to = BrokerRig::latest(*source, from, limit);
  EXPECT_EQ(BrokerRig::read_values(*source, from, to).size(), 9U);
}

}  // namespace
}  // namespace sluice::connectors::kafka
