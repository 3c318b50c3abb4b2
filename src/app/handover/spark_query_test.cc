#include "app/handover/spark_query.h"

#include <gtest/gtest.h>

#include "app/handover/source_place.h"
#include "connectors/files/file_offset.h"
#include "support/temporary_folder.h"

namespace sluice::app {
namespace {

class SparkQueryTest : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& text) {
    const std::string path = folder_.at(name);
    ASSERT_TRUE(files_->make_folders(io::parent_folder(path)));
    ASSERT_TRUE(files_->write_atomic(path, text));
  }

  void put_batch(int number, const std::string& place) {
    put("offsets/" + std::to_string(number), batch_text({0, "", {place}}, 1));
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
};

std::string seen(const std::string& name, int batch) {
  return files_text({{"file:///in/" + name, 1, batch}});
}

TEST_F(SparkQueryTest, ABatchIsInFlightUntilItIsCommitted) {
  put("metadata", query_id_text("q"));
  put_batch(11, "{}");
  put_batch(12, "{\"a\":{\"0\":7}}");
  put("commits/11", commit_text(5));
  const auto query = read_spark_query(folder_.path(), *files_);
  ASSERT_TRUE(query);
  EXPECT_TRUE(query->is_in_flight());
  EXPECT_EQ(query->planned, 12);
  EXPECT_EQ(query->next_watermark_ms, 5);
  EXPECT_EQ(query->batch.places, std::vector<std::string>{"{\"a\":{\"0\":7}}"});
  EXPECT_EQ(query->before.places, std::vector<std::string>{"{}"});
}

TEST_F(SparkQueryTest, AFenceIsNotABatch) {
  put("metadata", query_id_text("q"));
  put_batch(9, "{}");
  put("commits/9", commit_text(0));
  auto query = read_spark_query(folder_.path(), *files_);
  ASSERT_TRUE(query && fence_query(*query, fence_text("p.yaml", "/c"), *files_));
  query = read_spark_query(folder_.path(), *files_);
  ASSERT_TRUE(query);
  EXPECT_TRUE(query->is_fenced());
  EXPECT_EQ(query->planned, 9);
  ASSERT_TRUE(remove_fence(*query, *files_));
  EXPECT_FALSE(read_spark_query(folder_.path(), *files_)->is_fenced());
}

TEST_F(SparkQueryTest, SparkThatWasFasterIsNotFenced) {
  put("metadata", query_id_text("q"));
  put_batch(9, "{}");
  const auto query = read_spark_query(folder_.path(), *files_);
  ASSERT_TRUE(query);
  put_batch(10, "{}");
  const auto fenced = fence_query(*query, fence_text("p.yaml", "/c"), *files_);
  ASSERT_FALSE(fenced);
  EXPECT_EQ(fenced.error().kind(), Kind::kConflict);
}

TEST_F(SparkQueryTest, WhatWasPutTogetherCountsOnce) {
  put("sources/0/8", seen("a", 8));
  put("sources/0/9.compact",
      files_text({{"file:///in/0", 1, 0}, {"file:///in/a", 1, 8}, {"b", 1, 9}}));
  put("sources/0/10", seen("c", 10));
  const auto files = read_seen_files(folder_.path(), 0, *files_);
  ASSERT_TRUE(files);
  std::vector<std::int64_t> batches;
  for (const SparkFile& file : *files) batches.push_back(file.batch);
  EXPECT_EQ(batches, (std::vector<std::int64_t>{0, 8, 9, 10}));
}

config::SourceEntry folder_source(const std::string& path) {
  config::SourceEntry source;
  source.name = "s";
  source.connector.kind = "json_lines";
  source.connector.options =
      ConfigValue::map({{"path", {}, ConfigValue::scalar(path, true, {})}}, {});
  return source;
}

TEST_F(SparkQueryTest, FilesOfABatchThatIsNotDoneAreStillToBeRead) {
  put("in/a b.json", "{}");
  put("in/c.json", "{}");
  const std::string root = "file://" + folder_.at("in");
  const SparkPlace spark{
      file_place_text(0), {{root + "/a%20b.json", 1, 0}, {root + "/c.json", 1, 1}}, true};
  const auto source = folder_source(folder_.at("in"));
  const auto native = to_native_place(source, spark, {}, *files_);
  ASSERT_TRUE(native);
  const auto back = to_spark_place(source, *native, *files_);
  ASSERT_TRUE(back);
  ASSERT_EQ(back->files.size(), 1U);
  EXPECT_EQ(back->files[0].uri, root + "/a%20b.json");
}

TEST_F(SparkQueryTest, TopicsThatAreReadNoMoreAreNotSparks) {
  config::SourceEntry source;
  source.connector.kind = "kafka";
  source.connector.options =
      ConfigValue::map({{"topic", {}, ConfigValue::scalar("a", true, {})}}, {});
  const NativePlace native{{R"({"a":{"0":7},"old":{"0":3},"@ids":{"a":"x"}})"}, ""};
  const auto spark = to_spark_place(source, native, *files_);
  ASSERT_TRUE(spark);
  EXPECT_EQ(spark->place, R"({"a":{"0":7}})");
  const auto back = to_native_place(source, {R"({"a":{"0":9}})", {}, false}, native, *files_);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->offset.json, R"({"a":{"0":9},"old":{"0":3},"@ids":{"a":"x"}})");
}

}  // namespace
}  // namespace sluice::app
