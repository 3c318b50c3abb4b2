// Decoding Avro and Protobuf: our plans into columns, beside libprotobuf's own messages, which is
// what a decoder on top of it would begin with.

#include <benchmark/benchmark.h>
#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>

#include "base/check.h"
#include "formats/avro_bytes.h"
#include "formats/avro_decoder.h"
#include "formats/avro_write_plan.h"
#include "formats/protobuf_decoder.h"
#include "formats/protobuf_write_plan.h"
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

/// Records decoded into vectors of its own.
class Columns {
 public:
  Columns(const data::Decoder& decoder, const std::vector<ValuePlan>& plans,
          const std::vector<std::string>& records)
      : payloads_(payloads_of(records)) {
    std::vector<std::size_t> columns;
    for (const ValuePlan& plan : plans) {
      columns.push_back(columns.size());
      memory_.push_back(std::make_unique<VectorMemory>(plan, data::kChunkRowsMax));
    }
    reader_ = decoder.reader(columns, columns, arena_);
  }

  void decode() {
    out_.clear();
    for (const auto& one : memory_) {
      one->clear();
      out_.push_back(one->vector());
    }
    kept_.clear();
    reader_->read(payloads_, 0, payloads_.size(), out_, kept_, rejects_);
    SLUICE_CHECK(kept_.size() == payloads_.size());
  }

  std::vector<data::VectorReader> readers() const { return {out_.begin(), out_.end()}; }

 private:
  const std::vector<data::Payload> payloads_;
  std::vector<std::unique_ptr<VectorMemory>> memory_;
  data::Arena arena_;
  std::unique_ptr<data::RecordReader> reader_;
  std::vector<data::VectorWriter> out_;
  std::vector<std::uint32_t> kept_;
  std::vector<data::Reject> rejects_;
};

void decode(benchmark::State& state, const data::Decoder& decoder,
            const std::vector<ValuePlan>& plans, const std::vector<std::string>& records) {
  Columns columns(decoder, plans, records);
  for (auto _ : state) {
    columns.decode();
    benchmark::ClobberMemory();
  }
  count(state, records);
}

/// The other way: rows of columns as records, by a plan that writes.
template <class Plan>
void encode(benchmark::State& state, Columns& columns, const Plan& plan,
            const std::vector<std::string>& records) {
  columns.decode();
  const std::vector<data::VectorReader> readers = columns.readers();
  std::string out;
  for (auto _ : state) {
    for (std::uint64_t row = 0; row < records.size(); ++row) {
      out.clear();
      SLUICE_CHECK(plan.append(readers, row, out).has_value());
      benchmark::DoNotOptimize(out);
    }
  }
  count(state, records);
}

ProtoSchema order_types() {
  auto types = ProtoSchema::parse("order.proto", kTypes, [](const std::string&) {
    return Result<std::optional<std::string>>(std::optional<std::string>());
  });
  SLUICE_CHECK(types.has_value());
  return *std::move(types);
}

DecodedColumns columns_of(const data::Schema& schema) {
  auto columns = compile_binary_columns(
      schema, [](std::size_t, const std::string& text) { return user_error(text); });
  SLUICE_CHECK(columns.has_value());
  return *std::move(columns);
}

ProtobufDecoder order_decoder(const ProtoSchema& types) {
  ProtobufDecoder::Rules rules;
  rules.columns = columns_of(*proto_columns(types, *types.find("Order")));
  auto plan = ProtoPlan::compile(types, *types.find("Order"), rules.columns);
  return {std::move(rules), std::move(plan), nullptr};
}

void protobuf_into_columns(benchmark::State& state) {
  const ProtoSchema types = order_types();
  const ProtobufDecoder decoder = order_decoder(types);
  decode(state, decoder, columns_of(decoder.schema()).plans, orders());
}
BENCHMARK(protobuf_into_columns);

void protobuf_from_columns(benchmark::State& state) {
  const ProtoSchema types = order_types();
  const ProtobufDecoder decoder = order_decoder(types);
  const auto plan = ProtoWritePlan::compile(types, *types.find("Order"), decoder.schema());
  SLUICE_CHECK(plan.has_value());
  const std::vector<std::string> records = orders();
  const std::vector<ValuePlan> plans = columns_of(decoder.schema()).plans;
  Columns columns(decoder, plans, records);
  encode(state, columns, *plan, records);
}
BENCHMARK(protobuf_from_columns);

class TypesTree final : public google::protobuf::compiler::SourceTree {
 public:
  google::protobuf::io::ZeroCopyInputStream* Open(const std::string&) override {
    return new google::protobuf::io::ArrayInputStream(kTypes,
                                                      static_cast<int>(std::strlen(kTypes)));
  }
};

/// The library alone: a message of each record, nothing taken out of it; and a message that is full
/// already, written for each.
void protobuf_library(benchmark::State& state, bool writes) {
  TypesTree tree;
  google::protobuf::compiler::Importer importer(&tree, nullptr);
  const auto* const file = importer.Import("order.proto");
  google::protobuf::DynamicMessageFactory factory;
  const auto* const prototype = factory.GetPrototype(file->message_type(0));
  const std::vector<std::string> records = orders();
  const std::unique_ptr<google::protobuf::Message> message(prototype->New());
  SLUICE_CHECK(message->ParseFromString(records[0]));
  std::string out;
  for (auto _ : state) {
    for (const std::string& record : records) {
      SLUICE_CHECK(writes
                       ? message->SerializeToString(&out)
                       : message->ParseFromArray(record.data(), static_cast<int>(record.size())));
      benchmark::DoNotOptimize(*message);
    }
  }
  count(state, records);
}
BENCHMARK_CAPTURE(protobuf_library, reads, false);
BENCHMARK_CAPTURE(protobuf_library, writes, true);

/// The same columns in Avro, for which there is no C++ library here.
AvroSchema order_schema() {
  auto schema = AvroSchema::parse(R"({"type": "record", "name": "Order", "fields": [
    {"name": "id", "type": "long"}, {"name": "seller", "type": "string"},
    {"name": "product", "type": "string"}, {"name": "price", "type": "double"},
    {"name": "count", "type": "int"}, {"name": "is_gift", "type": "boolean"},
    {"name": "created", "type": {"type": "long", "logicalType": "timestamp-micros"}}]})");
  SLUICE_CHECK(schema.has_value());
  return *std::move(schema);
}

std::vector<std::string> avro_orders() {
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
  return records;
}

std::unique_ptr<data::Decoder> avro_decoder() {
  AvroDecoder::Rules rules;
  rules.columns = columns_of(*avro_columns(order_schema()));
  auto decoder = AvroDecoder::make(std::move(rules), order_schema());
  SLUICE_CHECK(decoder.has_value());
  return *std::move(decoder);
}

void avro_into_columns(benchmark::State& state) {
  const auto decoder = avro_decoder();
  decode(state, *decoder, columns_of(decoder->schema()).plans, avro_orders());
}
BENCHMARK(avro_into_columns);

void avro_from_columns(benchmark::State& state) {
  const auto decoder = avro_decoder();
  const auto plan = AvroWritePlan::compile(order_schema(), decoder->schema());
  SLUICE_CHECK(plan.has_value());
  const std::vector<std::string> records = avro_orders();
  const std::vector<ValuePlan> plans = columns_of(decoder->schema()).plans;
  Columns columns(*decoder, plans, records);
  encode(state, columns, *plan, records);
}
BENCHMARK(avro_from_columns);

}  // namespace
}  // namespace sluice::formats
