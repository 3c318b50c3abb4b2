#include "lake/log_cleanup.h"

#include <cstdio>

#include <gtest/gtest.h>

namespace sluice::lake {
namespace {

std::string version_text(int version) {
  char text[32];
  std::snprintf(text, sizeof text, "%020d", version);
  return text;
}

/// A log with a commit every six hours, from the beginning of day 0.
class Log {
 public:
  explicit Log(int commits) {
    for (int version = 0; version < commits; ++version) add(version, ".json");
  }

  Log& add(int version, const std::string& ending) {
    files_.push_back({.path = "t/_delta_log/" + version_text(version) + ending,
                      .bytes = 1,
                      .modified = version * 6 * kHour});
    return *this;
  }

  /// Names of what goes when versions from then on must stay.
  std::vector<std::string> expired(Micros keep_from) const {
    std::vector<std::string> names;
    for (const std::string& path : expired_log_files(files_, keep_from)) {
      names.emplace_back(io::file_name(path));
    }
    return names;
  }

  std::vector<io::FileInfo>& files() { return files_; }

 private:
  std::vector<io::FileInfo> files_;
};

TEST(LogCleanup, KeepsAllWithoutACheckpoint) { EXPECT_TRUE(Log(20).expired(4 * kDay).empty()); }

TEST(LogCleanup, TakesWhatIsOlderThanTheCheckpointBeforeTheMoment) {
  Log log(20);
  log.add(2, ".checkpoint.parquet").add(5, ".checkpoint.parquet").add(10, ".checkpoint.parquet");
  // Version 8 is that of the midnight; 5 is needed to read it.
  const auto names = log.expired(2 * kDay + 5 * kHour);
  ASSERT_EQ(names.size(), 6U);
  EXPECT_EQ(names.front(), version_text(0) + ".json");
  EXPECT_EQ(names.back(), version_text(4) + ".json");
}

TEST(LogCleanup, CountsDaysByMidnight) {
  Log log(20);
  log.add(7, ".checkpoint.parquet").add(8, ".checkpoint.parquet");
  EXPECT_EQ(log.expired(2 * kDay).size(), 9U);
  EXPECT_EQ(log.expired(2 * kDay - 1).size(), 0U);
}

TEST(LogCleanup, CheckpointWithAPartMissingIsNone) {
  Log log(12);
  log.add(4, ".checkpoint.0000000001.0000000002.parquet");
  EXPECT_TRUE(log.expired(2 * kDay).empty());
  log.add(4, ".checkpoint.0000000002.0000000002.parquet");
  EXPECT_EQ(log.expired(2 * kDay).size(), 4U);
}

TEST(LogCleanup, TakesChecksumsAndCompactedEntriesAlong) {
  Log log(12);
  log.add(4, ".checkpoint.6e3b5ad0-0d3c-4d5c-9c3b-000000000000.json").add(3, ".crc");
  log.add(1, "." + version_text(3) + ".compacted.json");
  log.add(2, "." + version_text(4) + ".compacted.json").add(1, ".json.tmp");
  EXPECT_EQ(log.expired(2 * kDay).size(), 4U + 2U);
}

TEST(LogCleanup, YoungerCommitBetweenOlderOnesStopsIt) {
  Log log(12);
  log.add(4, ".checkpoint.parquet");
  log.files()[3].modified = 100 * kDay;
  EXPECT_TRUE(log.expired(2 * kDay).empty());
}

}  // namespace
}  // namespace sluice::lake
