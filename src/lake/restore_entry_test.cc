#include "lake/restore_entry.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/json.h"

namespace sluice::lake {
namespace {

TableState state(std::int64_t version) {
  TableState out;
  out.version = version;
  out.schema.columns = data::Schema({{"a", data::TypeId::kBigint}, {"k", data::TypeId::kVarchar}});
  out.partition_by = {"k"};
  out.metadata_json =
      R"({"id":"x","name":null,"schemaString":"s","partitionColumns":["k"],"configuration":{}})";
  return out;
}

DataFile file_at(const std::string& path, const std::string& vector = "") {
  DataFile out;
  out.path = path;
  out.bytes = 7;
  out.modified_ms = 5;
  out.stats = R"({"numRecords":3})";
  out.deletion_vector = vector;
  return out;
}

/// The actions of that kind in the entry.
std::vector<Json> actions(const std::string& entry, const std::string& kind) {
  std::vector<Json> found;
  std::istringstream lines(entry);
  for (std::string line; std::getline(lines, line);) {
    const Json action = Json::parse(line);
    if (action.contains(kind)) found.push_back(action[kind]);
  }
  return found;
}

TEST(RestoreEntry, PutsBackTheFilesOfThen) {
  const auto what = *restoration(state(4), {file_at("new"), file_at("both")}, state(2),
                                 {file_at("both"), file_at("old")});
  EXPECT_TRUE(what.metadata.empty());
  const std::string entry = restore_entry(what, state(4), state(2), "sluice/test", 99);
  const auto adds = actions(entry, "add");
  ASSERT_EQ(adds.size(), 1U);
  EXPECT_EQ(adds[0], Json::parse(R"({"path":"old","partitionValues":{"k":null},"size":7,)"
                                 R"("modificationTime":5,"dataChange":true,)"
                                 R"("stats":"{\"numRecords\":3}"})"));
  const auto removes = actions(entry, "remove");
  ASSERT_EQ(removes.size(), 1U);
  EXPECT_EQ(removes[0]["path"], "new");
  EXPECT_EQ(removes[0]["deletionTimestamp"], 99);
}

TEST(RestoreEntry, TellsFilesByTheirDeletedRows) {
  const std::string vector = R"({"storageType":"u","pathOrInlineDv":"x"})";
  const auto what = *restoration(state(4), {file_at("a", vector)}, state(2), {file_at("a")});
  const std::string entry = restore_entry(what, state(4), state(2), "sluice/test", 99);
  EXPECT_EQ(actions(entry, "remove")[0]["deletionVector"]["pathOrInlineDv"], "x");
  EXPECT_FALSE(actions(entry, "add")[0].contains("deletionVector"));
}

TEST(RestoreEntry, BringsBackOtherMetadataUnderTheSameId) {
  TableState then = state(2);
  then.metadata_json = R"({"id":"y","name":null,"schemaString":"t","partitionColumns":[],)"
                       R"("configuration":{"delta.appendOnly":"true"}})";
  const auto what = *restoration(state(4), {}, then, {});
  EXPECT_EQ(Json::parse(what.metadata),
            Json::parse(R"({"id":"x","schemaString":"t","partitionColumns":[],)"
                        R"("configuration":{"delta.appendOnly":"true"}})"));
}

TEST(RestoreEntry, KeepsSinceWhenCommitsCarryTheirTime) {
  TableState now = state(4);
  now.configuration = {{"delta.enableInCommitTimestamps", "true"}};
  now.metadata_json.replace(now.metadata_json.find("{}"), 2,
                            R"({"delta.enableInCommitTimestamps":"true"})");
  const auto what = *restoration(now, {file_at("a")}, state(2), {});
  EXPECT_TRUE(what.metadata.empty());
  const std::string entry = restore_entry(what, now, state(2), "sluice/test", 99);
  EXPECT_TRUE(entry.starts_with(R"({"commitInfo":)"));
  EXPECT_EQ(actions(entry, "commitInfo")[0]["inCommitTimestamp"], 99);
}

TEST(RestoreEntry, IsNothingWhenAllIsAsThen) {
  EXPECT_TRUE(restoration(state(4), {file_at("a")}, state(2), {file_at("a")})->is_nothing());
}

TEST(RestoreEntry, RefusesAProtocolThatHasLostSomething) {
  TableState then = state(2);
  then.features = {"deletionVectors"};
  const auto what = restoration(state(4), {}, then, {});
  ASSERT_FALSE(what);
  EXPECT_EQ(what.error().kind(), Kind::kUser);
}

}  // namespace
}  // namespace sluice::lake
