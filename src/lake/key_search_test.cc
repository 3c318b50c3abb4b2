#include "lake/key_search.h"

#include <gtest/gtest.h>

namespace sluice::lake {
namespace {

data::Schema schema() {
  return data::Schema({{"id", data::TypeId::kBigint},
                       {"k", data::TypeId::kVarchar},
                       {"at", data::TypeId::kTimestamp}});
}

std::string stats(const std::string& minimum, const std::string& maximum, int nulls = 0) {
  return R"({"numRecords":10,"minValues":)" + minimum + R"(,"maxValues":)" + maximum +
         R"(,"nullCount":{"id":)" + std::to_string(nulls) + R"(,"k":)" + std::to_string(nulls) +
         "}}";
}

DataFile file_with(const std::string& stats) {
  DataFile out;
  out.stats = stats;
  return out;
}

AddedFile keys(const std::string& stats) { return {"x", 1, {}, stats}; }

class IdSearch : public testing::Test {
 protected:
  IdSearch() { search_.add(keys(stats(R"({"id":10})", R"({"id":20})"))); }
  KeySearch search_{schema(), {"id"}, {}};
};

TEST_F(IdSearch, ARangeThatMeetsMayHold) {
  EXPECT_TRUE(search_.may_hold(file_with(stats(R"({"id":20})", R"({"id":30})"))));
}

TEST_F(IdSearch, ARangeBesideCannotHold) {
  EXPECT_FALSE(search_.may_hold(file_with(stats(R"({"id":21})", R"({"id":30})"))));
  EXPECT_FALSE(search_.may_hold(file_with(stats(R"({"id":-5})", R"({"id":9})"))));
}

TEST_F(IdSearch, AFileWithoutStatisticsMayHold) {
  EXPECT_TRUE(search_.may_hold(file_with("")));
  EXPECT_TRUE(search_.may_hold(file_with(R"({"numRecords":10})")));
}

TEST_F(IdSearch, AFileOfNullsCannotHold) {
  EXPECT_FALSE(search_.may_hold(file_with(stats("{}", "{}", 10))));
}

TEST_F(IdSearch, ANullKeyMayBeInAFileWithNulls) {
  search_.add(keys(stats("{}", "{}", 10)));
  EXPECT_TRUE(search_.may_hold(file_with(stats(R"({"id":21})", R"({"id":30})", 1))));
  EXPECT_FALSE(search_.may_hold(file_with(stats(R"({"id":21})", R"({"id":30})", 0))));
}

TEST(KeySearch, KeysWithoutBoundsLeaveNoFileOut) {
  KeySearch search(schema(), {"id"}, {});
  search.add(keys(R"({"numRecords":10})"));
  EXPECT_TRUE(search.may_hold(file_with(stats(R"({"id":21})", R"({"id":30})"))));
}

TEST(KeySearch, OnlyNullsAreLookedFor) {
  KeySearch search(schema(), {"id"}, {});
  search.add(keys(stats("{}", "{}", 10)));
  EXPECT_FALSE(search.may_hold(file_with(stats(R"({"id":1})", R"({"id":2})", 0))));
  EXPECT_TRUE(search.may_hold(file_with(stats(R"({"id":1})", R"({"id":2})", 3))));
}

TEST(KeySearch, TimesLeaveNoFileOut) {
  KeySearch search(schema(), {"at"}, {});
  search.add(keys(stats(R"({"at":"2024-01-01"})", R"({"at":"2024-01-02"})")));
  EXPECT_TRUE(
      search.may_hold(file_with(stats(R"({"at":"2025-01-01"})", R"({"at":"2025-01-02"})"))));
}

TEST(KeySearch, APartitionWithoutKeysCannotHold) {
  KeySearch search(schema(), {"k", "id"}, {"k"});
  search.add({"x", 1, {{"k", "a"}}, ""});
  search.add({"x", 1, {}, ""});
  DataFile other;
  other.partition_values = {{"k", "b"}};
  EXPECT_FALSE(search.may_hold(other));
  other.partition_values = {{"k", "a"}};
  EXPECT_TRUE(search.may_hold(other));
  other.partition_values = {};
  EXPECT_TRUE(search.may_hold(other));
}

}  // namespace
}  // namespace sluice::lake
