// Broken Avro and Protobuf under the sanitizers: nothing past the bytes is read, nothing past the
// vectors written, and what is a row is one for every reader.

#include <random>

#include <gtest/gtest.h>

#include "formats/avro_bytes.h"
#include "formats/avro_decoder.h"
#include "formats/protobuf_decoder.h"
#include "formats/vector_memory_test_support.h"

namespace sluice::formats {
namespace {

constexpr const char* kAvro = R"({"type": "record", "name": "R", "fields": [
  {"name": "n", "type": "long"}, {"name": "s", "type": ["null", "string"]},
  {"name": "l", "type": {"type": "array", "items": ["null", "long"]}},
  {"name": "m", "type": {"type": "map", "values": {"type": "array", "items": "string"}}},
  {"name": "r", "type": ["null", {"type": "record", "name": "S", "fields": [
    {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["A", "B"]}},
    {"name": "f", "type": {"type": "fixed", "name": "F", "size": 4}}]}]}]})";

constexpr const char* kProto = R"(syntax = "proto3";
message Part { string s = 1; repeated int64 l = 2; map<string, int32> m = 3; }
message R {
  int64 n = 1; string s = 2; repeated sint32 packed = 3; repeated string words = 4;
  Part part = 5; repeated Part parts = 6; map<int32, Part> by = 7;
  oneof o { string a = 8; Part b = 9; fixed64 c = 10; }
})";

/// Any bytes, more often such as lengths, tags and small numbers are.
std::string any_bytes(std::mt19937& random, std::size_t most) {
  std::string bytes;
  const std::size_t size = random() % most;
  while (bytes.size() < size) {
    const unsigned kind = random() % 4;
    if (kind == 0) bytes += static_cast<char>(random());
    if (kind == 1) bytes += static_cast<char>(random() % 12);
    if (kind == 2) bytes += static_cast<char>((1 + random() % 10) << 3U | (random() % 6));
    if (kind == 3) append_avro_bytes(bytes, std::string(random() % 20, 'x'));
  }
  return bytes;
}

/// All records, read once for all columns and once for each column with all checked: the same are
/// kept.
void read_all(const data::Decoder& decoder, const std::vector<ValuePlan>& plans,
              const std::vector<std::string>& records) {
  std::vector<std::size_t> all(plans.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  std::vector<data::Payload> payloads;
  for (const std::string& record : records) {
    payloads.push_back({record.data(), static_cast<std::uint32_t>(record.size())});
  }
  std::vector<std::uint32_t> expected;
  for (std::size_t round = 0; round <= plans.size(); ++round) {
    const std::vector<std::size_t> columns = round == 0 ? all : std::vector{round - 1};
    data::Arena arena;
    std::vector<std::unique_ptr<VectorMemory>> memory;
    std::vector<data::VectorWriter> out;
    for (const std::size_t column : columns) {
      memory.push_back(std::make_unique<VectorMemory>(plans[column], data::kChunkRowsMax));
      out.push_back(memory.back()->vector());
    }
    const auto reader = decoder.reader(columns, all, arena);
    std::vector<std::uint32_t> kept;
    std::vector<data::Reject> rejects;
    reader->read(payloads, 0, payloads.size(), out, kept, rejects);
    EXPECT_EQ(kept.size() + rejects.size(), payloads.size());
    if (round == 0) expected = kept;
    EXPECT_EQ(kept, expected) << "column " << round;
  }
}

std::vector<std::string> poison(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::string> records;
  for (int i = 0; i < 1000; ++i) records.push_back(any_bytes(random, 60));
  return records;
}

TEST(BinaryPoison, Avro) {
  const auto schema = AvroSchema::parse(kAvro);
  ASSERT_TRUE(schema);
  AvroDecoder::Rules rules;
  rules.columns = *compile_binary_columns(
      *avro_columns(*schema),
      [](std::size_t, const std::string& text) { return user_error(text); });
  const std::vector<ValuePlan> plans = rules.columns.plans;
  const auto decoder = AvroDecoder::make(std::move(rules), *schema);
  ASSERT_TRUE(decoder);
  for (unsigned seed = 0; seed < 30; ++seed) read_all(**decoder, plans, poison(seed));
}

TEST(BinaryPoison, Protobuf) {
  const auto types = ProtoSchema::parse("r.proto", kProto, [](const std::string&) {
    return Result<std::optional<std::string>>(std::optional<std::string>());
  });
  ASSERT_TRUE(types) << types.error().message();
  const ProtoMessageId message = *types->find("R");
  ProtobufDecoder::Rules rules;
  rules.columns = *compile_binary_columns(
      *proto_columns(*types, message),
      [](std::size_t, const std::string& text) { return user_error(text); });
  const std::vector<ValuePlan> plans = rules.columns.plans;
  auto plan = ProtoPlan::compile(*types, message, rules.columns);
  const ProtobufDecoder decoder(std::move(rules), std::move(plan), nullptr);
  for (unsigned seed = 0; seed < 30; ++seed) read_all(decoder, plans, poison(seed));
}

}  // namespace
}  // namespace sluice::formats
