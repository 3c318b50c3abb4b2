#include "lake/log_actions.h"

#include <gtest/gtest.h>

#include "lake/uri.h"

namespace sluice::lake {
namespace {

using data::TypeId;

TableDefinition definition_with(TypeId type) {
  TableDefinition definition;
  definition.schema.add({"a", type});
  definition.id = "id-1";
  definition.engine = "sluice/test";
  definition.created = 1'700'000'000'000'000;
  return definition;
}

TEST(InitialEntry, AsksForNoFeatureThatIsNotNeeded) {
  const auto entry = initial_entry(definition_with(TypeId::kBigint));
  ASSERT_TRUE(entry);
  EXPECT_NE(entry->find(R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})"),
            std::string::npos);
  EXPECT_NE(entry->find(R"("createdTime":1700000000000)"), std::string::npos);
}

TEST(InitialEntry, TimestampNeedsItsFeature) {
  const auto entry = initial_entry(definition_with(TypeId::kTimestamp));
  ASSERT_TRUE(entry);
  EXPECT_NE(entry->find(R"("minReaderVersion":3,"minWriterVersion":7,)"
                        R"("readerFeatures":["timestampNtz"])"),
            std::string::npos);
}

TEST(InitialEntry, MapsColumnsWhereANameNeedsIt) {
  TableDefinition definition = definition_with(TypeId::kBigint);
  definition.schema.add({"b c", TypeId::kBigint});
  const auto entry = initial_entry(definition);
  ASSERT_TRUE(entry) << entry.error().message();
  EXPECT_NE(
      entry->find(
          R"("minReaderVersion":3,"minWriterVersion":7,)"
          R"("readerFeatures":["columnMapping"],"writerFeatures":["appendOnly","invariants","columnMapping"])"),
      std::string::npos);
  EXPECT_NE(
      entry->find(R"("delta.columnMapping.maxColumnId":"2","delta.columnMapping.mode":"name")"),
      std::string::npos);
  EXPECT_NE(entry->find("col-id-1-2"), std::string::npos);
}

TEST(InitialEntry, MapsColumnsWhereAPropertySaysSo) {
  TableDefinition definition = definition_with(TypeId::kTimestamp);
  definition.configuration["delta.columnMapping.mode"] = "id";
  const auto entry = initial_entry(definition);
  ASSERT_TRUE(entry);
  EXPECT_NE(entry->find(R"("readerFeatures":["columnMapping","timestampNtz"])"), std::string::npos);
  EXPECT_NE(entry->find(R"("delta.columnMapping.mode":"id")"), std::string::npos);
}

TEST(InitialEntry, FilesThatAreThereCannotBeMapped) {
  TableDefinition definition = definition_with(TypeId::kBigint);
  definition.schema.add({"b c", TypeId::kBigint});
  definition.adds = {"{}"};
  EXPECT_EQ(initial_entry(definition).error().kind(), Kind::kUser);
}

TEST(AddAction, HoldsPathPartitionsAndStatistics) {
  data::Schema schema;
  schema.add({"p", TypeId::kVarchar});
  schema.add({"n", TypeId::kBigint});
  NewFile file;
  file.path = "p=a%20b/f.parquet";
  file.bytes = 10;
  file.rows = 2;
  file.modified = 5000;
  file.partition_values = {{"p", "a b"}};
  file.statistics["n"] = {"1", "7", 0};
  const auto add = add_action(file, schema);
  ASSERT_TRUE(add);
  EXPECT_EQ(*add, R"({"path":"p=a%2520b/f.parquet","partitionValues":{"p":"a b"},"size":10,)"
                  R"("modificationTime":5,"stats":{"numRecords":2,"minValues":{"n":1},)"
                  R"("maxValues":{"n":7},"nullCount":{"n":0}}})");
  const auto back = read_add_action(*add);
  ASSERT_TRUE(back);
  EXPECT_EQ(decode_path(back->path), file.path);
  EXPECT_EQ(back->bytes, 10);
}

TEST(AddAction, BadPartitionValueNamesTheColumn) {
  data::Schema schema;
  schema.add({"day", TypeId::kDate});
  NewFile file;
  file.partition_values = {{"day", "infinity"}};
  const auto add = add_action(file, schema);
  ASSERT_FALSE(add);
  EXPECT_NE(add.error().message().find("column \"day\""), std::string::npos);
}

TEST(UserMetadata, IsOfTheCommitWithTheTxn) {
  const std::string entry =
      "{\"commitInfo\":{\"userMetadata\":\"{\\\"a\\\":1}\"}}\n"
      "{\"txn\":{\"appId\":\"p/s\",\"version\":7}}\n{\"add\":{\"path\":\"x\"}}\n";
  auto found = user_metadata_of(entry, "p/s", 7);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, "{\"a\":1}");
  EXPECT_EQ(*user_metadata_of(entry, "p/s", 6), std::nullopt);
  EXPECT_EQ(*user_metadata_of(entry, "p/t", 7), std::nullopt);
}

TEST(UserMetadata, OddEntriesDoNotConfuse) {
  EXPECT_EQ(*user_metadata_of("", "p/s", 7), std::nullopt);
  EXPECT_EQ(*user_metadata_of("{\"txn\":null,\"commitInfo\":3}\n\n", "p/s", 7), std::nullopt);
  const auto torn = user_metadata_of("{\"txn\":{\"appId\":\"p/s\",\"ver", "p/s", 7);
  ASSERT_FALSE(torn);
  EXPECT_EQ(torn.error().kind(), Kind::kCorruption);
}

TEST(Uri, PathsComeBack) {
  for (const char* path : {"a/b.parquet", "p=a%20b/x", "day=2024-01-02 03:04:05/ä%.parquet"}) {
    EXPECT_EQ(decode_path(encode_path(path)), path);
  }
  EXPECT_EQ(encode_path("a b:c?d#e"), "a%20b%3Ac%3Fd%23e");
  EXPECT_EQ(folder_url("/tmp/a b/../c d"), "file:///tmp/c%20d/");
}

}  // namespace
}  // namespace sluice::lake
