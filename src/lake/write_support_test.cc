#include "lake/write_support.h"

#include <gtest/gtest.h>

namespace sluice::lake {
namespace {

TableState plain_table() {
  TableState state;
  state.min_reader_version = 3;
  state.min_writer_version = 7;
  state.schema_json = R"({"type":"struct","fields":[]})";
  return state;
}

std::string message(const TableState& state) {
  const auto status = check_writable(state);
  return status ? "" : status.error().message();
}

TEST(CheckWritable, AnUnknownFeatureIsRefusedByName) {
  TableState state = plain_table();
  state.features = {"appendOnly", "timeTravelPlus"};
  EXPECT_EQ(message(state),
            "the Delta table has the feature timeTravelPlus, which sluice cannot write; write to "
            "another path, or let the table's own engine write");
}

TEST(CheckWritable, AConstraintIsRefusedWithItsCondition) {
  TableState state = plain_table();
  state.configuration["delta.constraints.positive"] = "v > 0";
  EXPECT_EQ(message(state),
            "the Delta table has the CHECK constraint positive (v > 0), which sluice cannot write; "
            "write to another path, or let the table's own engine write");
}

TEST(CheckWritable, GeneratedIdentityAndDefaultColumnsAreRefused) {
  for (const auto& [metadata, words] :
       {std::pair<const char*, const char*>{"delta.generationExpression", "generated columns"},
        {"delta.identity.start", "identity columns"},
        {"CURRENT_DEFAULT", "column defaults"},
        {"delta.invariants", "column invariants"}}) {
    TableState state = plain_table();
    state.schema_json = std::string(R"({"metadata":{")") + metadata + R"(":"x"}})";
    EXPECT_NE(message(state).find(words), std::string::npos) << metadata;
  }
}

TEST(CheckWritable, AVoidColumnIsRefusedByName) {
  TableState state = plain_table();
  state.schema_json = R"({"type":"struct","fields":[{"name":"v","type":"void","nullable":true}]})";
  EXPECT_NE(message(state).find("a column of type void"), std::string::npos);
  state.schema_json = R"({"type":"struct","fields":[{"name":"void","type":"string"}]})";
  EXPECT_EQ(message(state), "");
}

TEST(CheckWritable, ColumnMappingOfAnUnknownModeIsRefused) {
  TableState state = plain_table();
  state.features = {"columnMapping"};
  for (const char* mode : {"none", "name", "id"}) {
    state.configuration["delta.columnMapping.mode"] = mode;
    EXPECT_EQ(message(state), "") << mode;
  }
  state.configuration["delta.columnMapping.mode"] = "path";
  EXPECT_NE(message(state).find("the column mapping mode path"), std::string::npos);
}

// What a feature asks of a writer it asks where it is used (Delta protocol, "Writer Requirements").
TEST(CheckWritable, FeaturesThatAreNotUsedAskForNothing) {
  TableState state = plain_table();
  state.features = {"allowColumnDefaults", "checkConstraints", "generatedColumns",
                    "identityColumns", "invariants"};
  EXPECT_EQ(message(state), "");
}

TEST(CheckWritable, OldWriterVersionsAreKnown) {
  TableState state = plain_table();
  for (const int version : {1, 2, 3, 4, 5, 6, 7}) {
    state.min_writer_version = version;
    EXPECT_EQ(message(state), "") << version;
  }
  state.min_writer_version = 8;
  EXPECT_NE(message(state).find("minWriterVersion=8"), std::string::npos);
}

TEST(CheckWritable, WhatATableOfAnOldVersionUsesIsRefusedByName) {
  TableState state = plain_table();
  state.min_writer_version = 3;
  state.configuration["delta.constraints.positive"] = "v > 0";
  EXPECT_NE(message(state).find("the CHECK constraint positive (v > 0)"), std::string::npos);
  state.configuration.clear();
  state.min_writer_version = 6;
  state.schema_json = R"({"metadata":{"delta.identity.start":1}})";
  EXPECT_NE(message(state).find("identity columns"), std::string::npos);
}

}  // namespace
}  // namespace sluice::lake
