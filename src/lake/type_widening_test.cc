#include "lake/type_widening.h"

#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "lake/delta_schema.h"

namespace sluice::lake {
namespace {

using data::Schema;

TableState table_of(const std::string& text) {
  TableState state;
  state.schema_json = *to_delta_json(*Schema::parse(text));
  state.schema = *from_delta_json(state.schema_json);
  state.min_reader_version = 1;
  state.min_writer_version = 2;
  state.metadata_json = Json{
      {"id", "i"},
      {"name", nullptr},
      {"schemaString", state.schema_json},
      {"configuration",
       Json::object()}}.dump();
  return state;
}

/// The actions of the entry by their names.
Json actions(const std::string& rows, const TableState& table) {
  const auto entry = widening_entry(*Schema::parse(rows), table, {.engine = "test", .now = 5000});
  EXPECT_TRUE(entry) << entry.error().message();
  Json all = Json::object();
  std::istringstream lines(entry ? *entry : "");
  for (std::string line; std::getline(lines, line);) all.update(Json::parse(line));
  return all;
}

Json schema_of(const Json& actions) {
  return Json::parse(actions["metaData"]["schemaString"].get<std::string>())["fields"];
}

TEST(WideningEntry, NothingWhereTheTableIsWideEnough) {
  for (const char* rows : {"a INTEGER", "a SMALLINT", "a VARCHAR", "b BIGINT", "a UINTEGER"}) {
    EXPECT_EQ(*widening_entry(*Schema::parse(rows), table_of("a INTEGER"), {}), "") << rows;
  }
}

TEST(WideningEntry, ChangesTheTypeAndSaysSo) {
  const Json all = actions("a BIGINT, d DECIMAL(12,4)", table_of("a INTEGER, d DECIMAL(10,2)"));
  const Json fields = schema_of(all);
  EXPECT_EQ(fields[0]["type"], "long");
  EXPECT_EQ(fields[0]["metadata"]["delta.typeChanges"],
            Json::parse(R"([{"fromType":"integer","toType":"long"}])"));
  EXPECT_EQ(fields[1]["type"], "decimal(12,4)");
  EXPECT_EQ(all["metaData"]["configuration"]["delta.enableTypeWidening"], "true");
  EXPECT_FALSE(all["metaData"].contains("name"));
}

TEST(WideningEntry, WritesOutWhatOldProtocolsStandFor) {
  const Json protocol = actions("a BIGINT", table_of("a INTEGER"))["protocol"];
  EXPECT_EQ(protocol,
            Json::parse(R"({"minReaderVersion":3,"minWriterVersion":7,)"
                        R"("readerFeatures":["typeWidening"],)"
                        R"("writerFeatures":["appendOnly","invariants","typeWidening"]})"));
}

TEST(WideningEntry, WritesOutWhatTheirFeaturesStandFor) {
  TableState table = table_of("a INTEGER");
  table.min_reader_version = 2;
  table.min_writer_version = 6;
  const Json protocol = actions("a BIGINT", table)["protocol"];
  EXPECT_EQ(protocol["readerFeatures"], Json::parse(R"(["columnMapping","typeWidening"])"));
  EXPECT_EQ(protocol["writerFeatures"],
            Json::parse(R"(["appendOnly","changeDataFeed","checkConstraints","columnMapping",)"
                        R"("generatedColumns","identityColumns","invariants","typeWidening"])"));
}

TEST(WideningEntry, KeepsOtherFeatures) {
  TableState table = table_of("a DATE");
  table.min_reader_version = 2;
  table.min_writer_version = 7;
  table.features = {"appendOnly", "columnMapping"};
  const Json protocol = actions("a TIMESTAMP", table)["protocol"];
  EXPECT_EQ(protocol["readerFeatures"],
            Json::parse(R"(["columnMapping","timestampNtz","typeWidening"])"));
  EXPECT_EQ(protocol["writerFeatures"],
            Json::parse(R"(["appendOnly","columnMapping","timestampNtz","typeWidening"])"));
}

TEST(WideningEntry, InsideNestedColumns) {
  const TableState table =
      table_of("s STRUCT(a INTEGER), l REAL[][], m MAP(TINYINT, STRUCT(b SMALLINT))");
  const Json fields = schema_of(
      actions("s STRUCT(a BIGINT), l DOUBLE[][], m MAP(INTEGER, STRUCT(b INTEGER))", table));
  EXPECT_EQ(fields[0]["type"]["fields"][0]["metadata"]["delta.typeChanges"][0]["toType"], "long");
  EXPECT_EQ(
      fields[1]["metadata"]["delta.typeChanges"],
      Json::parse(R"([{"fromType":"float","toType":"double","fieldPath":"element.element"}])"));
  EXPECT_EQ(fields[2]["metadata"]["delta.typeChanges"],
            Json::parse(R"([{"fromType":"byte","toType":"integer","fieldPath":"key"}])"));
  const Json inner = fields[2]["type"]["valueType"]["fields"][0];
  EXPECT_EQ(inner["metadata"]["delta.typeChanges"][0]["fromType"], "short");
}

TEST(WideningEntry, CommitTimesGoForward) {
  TableState table = table_of("a INTEGER");
  table.configuration["delta.enableInCommitTimestamps"] = "true";
  const auto entry = widening_entry(*Schema::parse("a BIGINT"), table,
                                    {.engine = "e", .now = 5000, .last_commit_ms = 900});
  EXPECT_EQ(entry->find(R"({"commitInfo":{"inCommitTimestamp":901,"timestamp":5,)"), 0U) << *entry;
}

TEST(WideningEntry, RefusesThePreview) {
  TableState table = table_of("a INTEGER");
  table.features = {"typeWidening-preview"};
  EXPECT_EQ(widening_entry(*Schema::parse("a BIGINT"), table, {}).error().kind(), Kind::kUser);
}

}  // namespace
}  // namespace sluice::lake
