// Many writers of one Delta table at once, as shards are: each of its own name.

#include <memory>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "connectors/delta/delta_sink.h"
#include "connectors/delta/staged_files.h"
#include "support/captured_log.h"
#include "support/temporary_folder.h"

namespace sluice::connectors {
namespace {

constexpr int kWriters = 16;
constexpr int kBatches = 6;

/// Commits its batches without a pause; the error that ended it, or "".
std::string write(const std::string& path, int number) {
  const auto files = io::make_local_file_system();
  const SystemClock clock;
  SystemRandom random;
  const std::string pipeline = name_in_shard("orders", {number, kWriters});
  DeltaSinkOptions options;
  options.path = path;
  options.compression = "zstd";
  DeltaSink sink(options, connector::Context{pipeline, "bronze", clock, random, *files});
  sink.introduce({.host = "h", .process = number, .checkpoint = "/c", .mark = pipeline, .run = ""},
                 std::nullopt);
  Status done =
      sink.open(data::Schema({{"a", data::TypeId::kBigint}}), connector::OutputMode::kAppend);
  if (done) {
    auto claim = sink.claim();
    if (!claim) return claim.error().message();
  }
  for (data::BatchId batch = 0; done && batch < kBatches; ++batch) {
    connector::Staged staged;
    staged.batch = batch;
    staged.action = write_staged_action({});
    staged.plan_hash = pipeline;
    done = sink.publish(staged);
  }
  return done ? "" : done.error().message();
}

TEST(DeltaWriters, LoseRacesAndCommitAllTheSame) {
  io::TemporaryFolder folder;
  CapturedLog log(LogLevel::kDebug);
  std::vector<std::string> ends(kWriters);
  {
    std::vector<std::jthread> threads;
    for (int number = 1; number <= kWriters; ++number) {
      threads.emplace_back([&, number] { ends[number - 1] = write(folder.at("t"), number); });
    }
  }
  for (const std::string& end : ends) EXPECT_EQ(end, "");
  auto table = lake::Table::open(folder.at("t"), "test");
  ASSERT_TRUE(table && *table->refresh());
  for (int number = 1; number <= kWriters; ++number) {
    const std::string pipeline = name_in_shard("orders", {number, kWriters});
    EXPECT_EQ(*table->app_version(pipeline + "/bronze"), kBatches - 1);
    EXPECT_EQ(*table->app_version(pipeline + "/bronze/epoch"), 1);
  }
  // Of each commit one entry, of each claim one, but the one that is in the table's first.
  EXPECT_EQ(table->state().version + 1, kWriters * (kBatches + 1));
  const std::string& text = log.text();
  const std::regex lost("lost_races=([0-9]+)");
  int most = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), lost), end; at != end; ++at) {
    most = std::max(most, std::stoi((*at)[1]));
  }
  RecordProperty("most_lost_races", most);
  EXPECT_GT(most, 0);
}

}  // namespace
}  // namespace sluice::connectors
