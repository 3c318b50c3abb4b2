// Decoding Avro and Protobuf: our plans into columns, beside libprotobuf's own messages, which is
// what a decoder on top of it would begin with.

#include <benchmark/benchmark.h>
#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>

#include "base/check.h"
#include "formats/avro_bytes.h"
#include "formats/avro_decoder.h"
#include "formats/protobuf_decoder.h"
#include "formats/vector_memory.h"

namespace sluice::formats {
namespace {

constexpr const char* kTypes = R"(syntax = "proto3";
message Order {
  int64 id = 1;
  string seller = 2;
  string product = 3;
  double price = 4;
  int32 count = 5;
  bool is_gift = 6;
  int64 created = 7;
}
)";
constexpr std::size_t kRecords = 2000;

std::vector<std::string> orders() {
  std::vector<std::string> records;
  for (std::size_t i = 0; i < kRecords; ++i) {
    std::string record;
    const auto text = [&record](char tag, const std::string& value) {
      record += tag;
      append_varint(record, value.size());
      record += value;
    };
    record += '\x08';
    append_varint(record, 1'000'000 + i);
    text('\x12', "seller " + std::to_string(i % 97));
    text('\x1a', "a product with a longer name " + std::to_string(i % 1000));
    const double price = static_cast<double>(i) / 7;
    record += '\x21';
    record.append(reinterpret_cast<const char*>(&price), sizeof price);
    record += '\x28';
    append_varint(record, i % 50);
    record += i % 2 == 0 ? "\x30\x01" : "";
    record += '\x38';
    append_varint(record, 1'700'000'000'000'000 + i);
    records.push_back(std::move(record));
  }
  return records;
}

std::vector<data::Payload> payloads_of(const std::vector<std::string>& records) {
  std::vector<data::Payload> payloads;
  for (const std::string& record : records) {
    payloads.push_back({record.data(), static_cast<std::uint32_t>(record.size())});
  }
  return payloads;
}

void count(benchmark::State& state, const std::vector<std::string>& records) {
  std::int64_t bytes = 0;
  for (const std::string& record : records) bytes += static_cast<std::int64_t>(record.size());
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records.size()));
  state.SetBytesProcessed(state.iterations() * bytes);
}

void decode(benchmark::State& state, const data::Decoder& decoder,
            const std::vector<ValuePlan>& plans, const std::vector<std::string>& records) {
  const std::vector<data::Payload> payloads = payloads_of(records);
  std::vector<std::size_t> columns(plans.size());
  std::vector<std::unique_ptr<VectorMemory>> memory;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    columns[i] = i;
    memory.push_back(std::make_unique<VectorMemory>(plans[i], data::kChunkRowsMax));
  }
  data::Arena arena;
  const auto reader = decoder.reader(columns, columns, arena);
  std::vector<std::uint32_t> kept;
  std::vector<data::Reject> rejects;
  std::vector<data::VectorWriter> out;
  for (auto _ : state) {
    out.clear();
    for (const auto& one : memory) {
      one->clear();
      out.push_back(one->vector());
    }
    kept.clear();
    reader->read(payloads, 0, payloads.size(), out, kept, rejects);
    SLUICE_CHECK(kept.size() == payloads.size());
    benchmark::DoNotOptimize(out.data());
  }
  count(state, records);
}

void protobuf_into_columns(benchmark::State& state) {
  const auto types = ProtoSchema::parse("order.proto", kTypes, [](const std::string&) {
    return Result<std::optional<std::string>>(std::optional<std::string>());
  });
  SLUICE_CHECK(types.has_value());
  const ProtoMessageId message = *types->find("Order");
  ProtobufDecoder::Rules rules;
  rules.columns = *compile_binary_columns(
      *proto_columns(*types, message),
      [](std::size_t, const std::string& text) { return user_error(text); });
  const std::vector<ValuePlan> plans = rules.columns.plans;
  auto plan = ProtoPlan::compile(*types, message, rules.columns);
  const ProtobufDecoder decoder(std::move(rules), std::move(plan), nullptr);
  decode(state, decoder, plans, orders());
}
BENCHMARK(protobuf_into_columns);

class TypesTree final : public google::protobuf::compiler::SourceTree {
 public:
  google::protobuf::io::ZeroCopyInputStream* Open(const std::string&) override {
    return new google::protobuf::io::ArrayInputStream(kTypes,
                                                      static_cast<int>(std::strlen(kTypes)));
  }
};

/// The library alone: a message of each record, nothing taken out of it.
void protobuf_library(benchmark::State& state) {
  TypesTree tree;
  google::protobuf::compiler::Importer importer(&tree, nullptr);
  const auto* const file = importer.Import("order.proto");
  google::protobuf::DynamicMessageFactory factory;
  const auto* const prototype = factory.GetPrototype(file->message_type(0));
  const std::vector<std::string> records = orders();
  const std::unique_ptr<google::protobuf::Message> message(prototype->New());
  for (auto _ : state) {
    for (const std::string& record : records) {
      SLUICE_CHECK(message->ParseFromArray(record.data(), static_cast<int>(record.size())));
      benchmark::DoNotOptimize(*message);
    }
  }
  count(state, records);
}
BENCHMARK(protobuf_library);

/// The same columns in Avro, for which there is no C++ library here.
void avro_into_columns(benchmark::State& state) {
  const auto schema = AvroSchema::parse(R"({"type": "record", "name": "Order", "fields": [
    {"name": "id", "type": "long"}, {"name": "seller", "type": "string"},
    {"name": "product", "type": "string"}, {"name": "price", "type": "double"},
    {"name": "count", "type": "int"}, {"name": "is_gift", "type": "boolean"},
    {"name": "created", "type": {"type": "long", "logicalType": "timestamp-micros"}}]})");
  SLUICE_CHECK(schema.has_value());
  std::vector<std::string> records;
  for (std::size_t i = 0; i < kRecords; ++i) {
    std::string& record = records.emplace_back();
    append_avro_long(record, static_cast<std::int64_t>(1'000'000 + i));
    append_avro_bytes(record, "seller " + std::to_string(i % 97));
    append_avro_bytes(record, "a product with a longer name " + std::to_string(i % 1000));
    append_avro_real(record, static_cast<double>(i) / 7);
    append_avro_long(record, static_cast<std::int64_t>(i % 50));
    record += i % 2 == 0 ? '\1' : '\0';
    append_avro_long(record, static_cast<std::int64_t>(1'700'000'000'000'000 + i));
  }
  AvroDecoder::Rules rules;
  rules.columns = *compile_binary_columns(
      *avro_columns(*schema),
      [](std::size_t, const std::string& text) { return user_error(text); });
  const std::vector<ValuePlan> plans = rules.columns.plans;
  const auto decoder = AvroDecoder::make(std::move(rules), *schema);
  SLUICE_CHECK(decoder.has_value());
  decode(state, **decoder, plans, records);
}
BENCHMARK(avro_into_columns);

}  // namespace
}  // namespace sluice::formats
