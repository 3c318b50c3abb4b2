#include "lake/commit_entry.h"

#include <gtest/gtest.h>

namespace sluice::lake {
namespace {

TEST(CommitEntry, FilesWithTheirParts) {
  const auto entry = parse_commit_entry(
      R"({"commitInfo":{"operation":"DELETE","inCommitTimestamp":17}}
{"add":{"path":"k=a%20b/1.parquet","partitionValues":{"k":"a b","n":null},"size":9,)"
      R"("modificationTime":5,"dataChange":true,"stats":"{\"numRecords\":3}",)"
      R"("deletionVector":{"storageType":"u","pathOrInlineDv":"x","sizeInBytes":1,"cardinality":2}}}

{"remove":{"path":"0.parquet","dataChange":false}}
{"cdc":{"path":"_change_data/2.parquet","partitionValues":{},"size":4,"dataChange":false}}
{"txn":{"appId":"a","version":1}}
)");
  ASSERT_TRUE(entry) << entry.error().message();
  EXPECT_EQ(entry->operation, "DELETE");
  EXPECT_EQ(entry->timestamp_ms, 17);
  ASSERT_EQ(entry->adds.size(), 1U);
  EXPECT_EQ(entry->adds[0].partition_values, (std::map<std::string, std::string>{{"k", "a b"}}));
  EXPECT_EQ(entry->adds[0].rows, 3);
  EXPECT_NE(entry->adds[0].deletion_vector.find("\"cardinality\":2"), std::string::npos);
  ASSERT_EQ(entry->removes.size(), 1U);
  EXPECT_FALSE(entry->removes[0].data_change);
  EXPECT_EQ(entry->removes[0].rows, std::nullopt);
  ASSERT_EQ(entry->changes.size(), 1U);
  EXPECT_FALSE(entry->has_metadata);
}

TEST(CommitEntry, MetadataAndProtocolAreSeen) {
  const auto entry = parse_commit_entry("{\"protocol\":{}}\n{\"metaData\":{}}");
  ASSERT_TRUE(entry);
  EXPECT_TRUE(entry->has_metadata);
  EXPECT_TRUE(entry->has_protocol);
}

TEST(CommitEntry, NonsenseIsCorruption) {
  for (const char* text : {"{", "[]", "{\"add\":{}}", "{\"remove\":7}"}) {
    const auto entry = parse_commit_entry(text);
    ASSERT_FALSE(entry) << text;
    EXPECT_EQ(entry.error().kind(), Kind::kCorruption);
  }
}

}  // namespace
}  // namespace sluice::lake
