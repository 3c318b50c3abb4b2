#include "connectors/kafka/outgoing_rows.h"

#include <array>
#include <limits>

#include <gtest/gtest.h>

#include "connectors/kafka/staged_records.h"
#include "io/file_system.h"
#include "support/text_table.h"

namespace sluice::connectors::kafka {
namespace {

using connector::TextTable;

formats::ValueFormat value_format(const std::string& name) {
  static const auto files = io::make_local_file_system();
  auto value = formats::ValueFormat::read(ConfigValue::scalar(name, false, {}), *files);
  EXPECT_TRUE(value) << value.error().message();
  return *std::move(value);
}

std::string shown(const std::optional<std::string_view>& text) {
  return text ? "'" + std::string(*text) + "'" : "NULL";
}

/// "key value partition timestamp" of each row, or the error.
std::vector<std::string> records_of(const data::Schema& schema, std::vector<TextTable::Row> rows,
                                    const RecordColumns& columns, const std::string& format,
                                    const TimeZone& zone = {}) {
  auto outgoing = OutgoingRows::make(schema, columns, value_format(format), zone);
  if (!outgoing) return {outgoing.error().message()};
  outgoing->set_partitions(3);
  std::vector<std::string> records;
  TextTable table(schema, std::move(rows));
  const auto read = table.read_chunks({}, [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      SLUICE_ASSIGN(const RecordView record, outgoing->at(chunk, row));
      records.push_back(shown(record.key) + " " + shown(record.value) + " " +
                        std::to_string(record.partition) + " " +
                        std::to_string(record.timestamp_ms));
    }
    return true;
  });
  if (!read) records.push_back(read.error().message());
  return records;
}

using Records = std::vector<std::string>;

const data::Schema kSchema({{"id", data::TypeId::kBigint},
                            {"k", data::TypeId::kVarchar},
                            {"at", data::TypeId::kTimestampTz},
                            {"p", data::TypeId::kInteger}});
const std::vector<TextTable::Row> kRows = {{"1", "a", "2024-01-01 00:00:00.5+00", "2"},
                                           {"2", std::nullopt, std::nullopt, std::nullopt}};

TEST(OutgoingRows, TheWholeRowIsTheValue) {
  EXPECT_EQ(records_of(kSchema, kRows, {}, "json"),
            (Records{R"(NULL '{"id":1,"k":"a","at":"2024-01-01T00:00:00.500Z","p":2}' -1 -1)",
                     R"(NULL '{"id":2}' -1 -1)"}));
}

TEST(OutgoingRows, AKeyStaysInTheValueAndItsNullIsNoKey) {
  EXPECT_EQ(records_of(kSchema, kRows, {.key = "k"}, "csv"),
            (Records{"'a' '1,a,2024-01-01 00:00:00.5+00,2' -1 -1", "NULL '2,,,' -1 -1"}));
}

TEST(OutgoingRows, KeysThatAreNoTextAreShown) {
  const TimeZone berlin("Europe/Berlin", 3600, {});
  EXPECT_EQ(records_of(kSchema, {kRows[0]}, {.key = "at"}, "csv", berlin),
            Records{"'2024-01-01 01:00:00.5+01' '1,a,2024-01-01 01:00:00.5+01,2' -1 -1"});
  EXPECT_EQ(records_of(kSchema, {kRows[0]}, {.key = "id"}, "csv"),
            Records{"'1' '1,a,2024-01-01 00:00:00.5+00,2' -1 -1"});
}

TEST(OutgoingRows, PartitionAndTimeLeaveTheValue) {
  EXPECT_EQ(records_of(kSchema, kRows, {.partition = "p", .timestamp = "at"}, "json"),
            (Records{R"(NULL '{"id":1,"k":"a"}' 2 1704067200500)", R"(NULL '{"id":2}' -1 -1)"}));
}

TEST(OutgoingRows, APartitionThatIsNotThereIsAnError) {
  const auto records =
      records_of(kSchema, {{"1", "a", std::nullopt, "3"}}, {.partition = "p"}, "json");
  EXPECT_EQ(records, Records{"E_UNKNOWN_PARTITION: a row asks for partition 3, and the topic has "
                             "0 to 2"});
}

/// As Java's producer chooses for a key: from the hashes that Kafka's own tests have of these
/// texts.
TEST(OutgoingRows, APartitionIsChosenAsForAKey) {
  const std::vector<std::pair<std::string, std::uint32_t>> hashes = {
      {"21", 1'173'551'340},
      {"foobar", 1'357'151'166},
      {"a-little-bit-long-string", 1'161'502'112}};
  for (const auto& [text, hash] : hashes) {
    const auto records = records_of(kSchema, {{"1", text, std::nullopt, std::nullopt}},
                                    {.partition_by = "k"}, "json");
    ASSERT_EQ(records.size(), 1U);
    EXPECT_TRUE(records[0].ends_with(" " + std::to_string(hash % 3) + " -1")) << records[0];
  }
  EXPECT_TRUE(
      records_of(kSchema, {kRows[1]}, {.partition_by = "k"}, "json")[0].ends_with(" -1 -1"));
}

TEST(OutgoingRows, RowsThatDeleteHaveNoValue) {
  data::Schema schema({{"a", data::TypeId::kBigint}, {"b", data::TypeId::kVarchar}});
  schema.add({std::string(connector::kDeletesColumn), data::TypeId::kBoolean});
  const std::vector<TextTable::Row> rows = {{"1", "x", "false"}, {"2", std::nullopt, "true"}};
  EXPECT_EQ(records_of(schema, rows, {.upsert_key = {"a"}}, "json"),
            (Records{R"('1' '{"a":1,"b":"x"}' -1 -1)", "'2' NULL -1 -1"}));
  EXPECT_EQ(records_of(schema, rows, {.upsert_key = {"a", "b"}}, "json"),
            (Records{R"('{"a":1,"b":"x"}' '{"a":1,"b":"x"}' -1 -1)", R"('{"a":2}' NULL -1 -1)"}));
}

/// Also where the rows have no other columns.
TEST(OutgoingRows, AKeyOfSeveralColumnsHasThemInItsOwnOrder) {
  const data::Schema schema(
      {{"region", data::TypeId::kVarchar}, {"seller", data::TypeId::kBigint}});
  EXPECT_EQ(records_of(schema, {{"eu", "7"}}, {.upsert_key = {"seller", "region"}}, "csv"),
            Records{R"('{"seller":7,"region":"eu"}' 'eu,7' -1 -1)"});
}

TEST(OutgoingRows, ATimeOf1970IsNotTheTimeOfSending) {
  const std::vector<TextTable::Row> rows = {{"0", "a", "1970-01-01 00:00:00+00", std::nullopt}};
  for (const std::string column : {"at", "id"}) {
    EXPECT_TRUE(records_of(kSchema, rows, {.timestamp = column}, "json")[0].ends_with(" -1 1"));
  }
}

TEST(OutgoingRows, ACompactedTopicTakesNoNullKey) {
  const auto records = records_of(kSchema, kRows, {.upsert_key = {"k"}}, "json");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_TRUE(records[1].starts_with("E_NULL_KEY: ")) << records[1];
}

TEST(OutgoingRows, ColumnsThatCannotServeAreNamed) {
  EXPECT_EQ(records_of(kSchema, {}, {.key = "kk"}, "json"),
            Records{"kafka: 'key' names no column of the rows: kk; did you mean 'k'?"});
  EXPECT_EQ(records_of(kSchema, {}, {.timestamp = "k"}, "json"),
            Records{"kafka: 'timestamp': column 'k' is a VARCHAR, not a TIMESTAMP, or a BIGINT of "
                    "milliseconds since 1970"});
  EXPECT_EQ(records_of(kSchema, {}, {.headers = "k"}, "json"),
            Records{"kafka: 'headers': column 'k' is a VARCHAR, not a list of STRUCT(key VARCHAR, "
                    "value BLOB) as Kafka's source has it"});
  EXPECT_TRUE(records_of(kSchema, {}, {}, "raw")[0].starts_with(
      "raw: there is no column 'value' to take the bytes from"));
}

TEST(OutgoingRows, ATimeThatKafkaDoesNotHaveIsRefused) {
  const auto sent = [](const char* time) {
    const std::vector<TextTable::Row> rows = {{"1", "a", time, "2"}};
    return records_of(kSchema, rows, {.timestamp = "at"}, "json")[0];
  };
  EXPECT_NE(sent("1969-12-31 23:59:59.999+00").find("E_TIMESTAMP_REFUSED: a row's time is 1969"),
            std::string::npos);
  EXPECT_TRUE(sent("1970-01-01 00:00:00+00").ends_with(" 1"));
  const data::Schema numbers({{"ms", data::TypeId::kBigint}, {"id", data::TypeId::kBigint}});
  EXPECT_NE(records_of(numbers, {{"-7", "1"}}, {.timestamp = "ms"}, "json")[0].find("time is -7,"),
            std::string::npos);
}

TEST(OutgoingRows, AnInfiniteTimeIsRefused) {
  const data::Schema schema({{"at", data::TypeId::kTimestampTz}});
  auto rows = OutgoingRows::make(schema, {.timestamp = "at"}, value_format("json"), {});
  ASSERT_TRUE(rows) << rows.error().message();
  constexpr std::int64_t kInfinity = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t time : {kInfinity, -kInfinity}) {
    data::VectorReader column;
    column.values = &time;
    const auto record = rows->at({{&column, 1}, 1}, 0);
    ASSERT_FALSE(record);
    EXPECT_TRUE(record.error().message().starts_with("E_TIMESTAMP_REFUSED"))
        << record.error().message();
  }
}

TEST(OutgoingRows, AHeaderWithoutANameIsRefused) {
  const data::Schema schema(
      {{"h", data::Type::list(data::Type::structure(
                 {{"key", data::TypeId::kVarchar}, {"value", data::TypeId::kBlob}}))}});
  auto rows = OutgoingRows::make(schema, {.headers = "h"}, value_format("json"), {});
  ASSERT_TRUE(rows) << rows.error().message();
  std::array<data::StringSlot, 2> texts{};
  const data::ListSlot list{0, 2};
  for (const std::uint64_t named : {3U, 1U}) {
    data::VectorReader column;
    column.values = &list;
    column.children.resize(1);
    column.children[0].children.resize(2);
    column.children[0].children[0].values = texts.data();
    column.children[0].children[0].validity = &named;
    column.children[0].children[1].values = texts.data();
    const auto record = rows->at({{&column, 1}, 1}, 0);
    EXPECT_EQ(record ? "" : record.error().message().substr(0, 13),
              named == 3 ? "" : "E_NULL_HEADER");
  }
}

/// Its fields are the key, as those of several columns.
TEST(OutgoingRows, AStructIsAKeyAndItsNullIsNone) {
  const data::Schema schema({{"s", data::Type::structure({{"a", data::TypeId::kVarchar}})}});
  auto rows = OutgoingRows::make(schema, {.key = "s"}, value_format("json"), {});
  ASSERT_TRUE(rows) << rows.error().message();
  data::StringSlot slot{};
  slot.bytes = 1;
  reinterpret_cast<char*>(&slot)[4] = 'x';
  const std::uint64_t valid[2] = {1, 0};
  for (const bool is_null : {false, true}) {
    data::VectorReader column;
    column.validity = &valid[is_null ? 1 : 0];
    column.children.resize(1);
    column.children[0].values = &slot;
    const auto record = rows->at({{&column, 1}, 1}, 0);
    ASSERT_TRUE(record) << record.error().message();
    EXPECT_EQ(shown(record->key), is_null ? "NULL" : R"('{"a":"x"}')");
  }
}

/// What the checkpoint keeps, of which a part may be missing.
TEST(RecordBlock, GivesBackWhatWasAddedAndSeesWhereItIsCut) {
  std::string headers;
  append_header(headers, "a", "1");
  append_header(headers, "b", std::nullopt);
  std::string block;
  append_record(
      block,
      {.key = "k", .value = std::nullopt, .headers = headers, .partition = 7, .timestamp_ms = 9});
  append_record(block, {.key = std::nullopt, .value = ""});
  const std::string whole = block;
  std::string_view rest = whole;
  RecordView record;
  ASSERT_TRUE(take_record(rest, record));
  EXPECT_EQ(shown(record.key) + shown(record.value), "'k'NULL");
  EXPECT_EQ(record.partition, 7);
  EXPECT_EQ(record.timestamp_ms, 9);
  HeaderView header;
  std::string_view packed = record.headers;
  ASSERT_TRUE(take_header(packed, header));
  EXPECT_EQ(header.name, "a");
  EXPECT_EQ(shown(header.value), "'1'");
  ASSERT_TRUE(take_header(packed, header));
  EXPECT_EQ(shown(header.value), "NULL");
  EXPECT_FALSE(take_header(packed, header));
  ASSERT_TRUE(take_record(rest, record));
  EXPECT_EQ(shown(record.key) + shown(record.value), "NULL''");
  EXPECT_EQ(rest, "");
  for (std::size_t cut = 1; cut < whole.size() - 24; ++cut) {
    std::string_view part = std::string_view(whole).substr(0, cut);
    EXPECT_FALSE(take_record(part, record) && !part.empty() && take_record(part, record)) << cut;
  }
}

/// Held in memory only.
class HeldBytes final : public connector::StagedBytes {
 public:
  Status clear() override {
    pieces.clear();
    return {};
  }
  Status add(data::BatchId /*batch*/, std::string_view piece) override {
    pieces.emplace_back(piece);
    return {};
  }
  Status read(data::BatchId /*batch*/,
              const std::function<Status(std::string_view piece)>& receive) override {
    for (const std::string& piece : pieces) SLUICE_TRY(receive(piece));
    return {};
  }

  std::vector<std::string> pieces;
};

/// More than is held in memory: through a temporary file, in order, in pieces of whole records.
TEST(StagedRecords, GoThroughAFileWhenTheyAreMany) {
  StagedRecords records;
  const std::string value(100'000, 'x');
  for (int i = 0; i < 400; ++i) {
    const std::string key = std::to_string(i);
    ASSERT_TRUE(records.add({.key = key, .value = value}));
  }
  EXPECT_EQ(records.records(), 400U);
  EXPECT_EQ(records.only_piece(), nullptr);
  HeldBytes bytes;
  ASSERT_TRUE(records.store(1, bytes));
  EXPECT_GT(bytes.pieces.size(), 30U);
  int next = 0;
  for (std::string_view piece : bytes.pieces) {
    RecordView record;
    while (!piece.empty()) {
      ASSERT_TRUE(take_record(piece, record));
      EXPECT_EQ(*record.key, std::to_string(next++));
      EXPECT_EQ(*record.value, value);
    }
  }
  EXPECT_EQ(next, 400);
}

}  // namespace
}  // namespace sluice::connectors::kafka
