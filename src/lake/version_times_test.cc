// The version of an instant, where the times of the log's files are equal or go back: as
// Spark 4.2's timestampAsOf and startingTimestamp answer for such files.

#include <chrono>
#include <filesystem>

#include <gtest/gtest.h>

#include "lake/log_actions.h"
#include "lake/table.h"
#include "support/temporary_folder.h"

namespace sluice::lake {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFirst = 1'700'000'000'000;

/// A table whose versions were written so many milliseconds after kFirst.
Table table_of(const std::string& folder, const std::vector<int>& written_ms) {
  fs::create_directories(folder + "/_delta_log");
  TableDefinition definition;
  definition.schema.add({"a", data::TypeId::kBigint});
  definition.id = "6e3b5ad0-0d3c-4d5c-9c3b-000000000000";
  auto table = Table::open(folder, "sluice/test");
  EXPECT_TRUE(*table->create(*initial_entry(definition)) && *table->refresh());
  for (std::size_t version = 0; version < written_ms.size(); ++version) {
    if (version > 0) {
      EXPECT_TRUE(table->commit({})->committed);
    }
    const std::chrono::sys_time<std::chrono::nanoseconds> time(
        std::chrono::milliseconds(kFirst + written_ms[version]));
    fs::last_write_time(
        folder + "/_delta_log/0000000000000000000" + std::to_string(version) + ".json",
        std::chrono::file_clock::from_sys(time));
  }
  auto again = Table::open(folder, "sluice/test");
  EXPECT_TRUE(*again->refresh());
  return *std::move(again);
}

struct Recorded {
  int at_ms;
  int as_of;  ///< version
  int from;   ///< version
};

void expect_answers(const std::vector<int>& written_ms, const std::vector<Recorded>& answers) {
  const io::TemporaryFolder folder;
  Table table = table_of(folder.path(), written_ms);
  for (const auto& [at_ms, as_of, from] : answers) {
    EXPECT_EQ(*table.version_as_of(kFirst + at_ms), as_of) << at_ms;
    EXPECT_EQ(*table.version_from(kFirst + at_ms), from) << at_ms;
  }
  EXPECT_FALSE(table.version_from(kFirst + answers.back().at_ms + 1));
}

TEST(VersionTimes, OfFilesOfOneTime) {
  expect_answers({0, 0, 0, 0, 0}, {{0, 0, 0}, {1, 1, 1}, {2, 2, 2}, {3, 3, 3}, {4, 4, 4}});
}

TEST(VersionTimes, OfFilesThatGoBack) {
  expect_answers({0, 5000, 4000, 4000, 10000, 9999}, {{0, 0, 0},
                                                      {1, 0, 1},
                                                      {4000, 0, 1},
                                                      {4002, 0, 1},
                                                      {5000, 1, 1},
                                                      {5001, 2, 2},
                                                      {5002, 3, 3},
                                                      {9999, 3, 4},
                                                      {10000, 4, 4},
                                                      {10001, 5, 5}});
}

TEST(VersionTimes, OfFilesThatLieNear) {
  expect_answers({0, 2, 1, 3, 3},
                 {{0, 0, 0}, {1, 0, 1}, {2, 1, 1}, {3, 2, 2}, {4, 3, 3}, {5, 4, 4}});
}

}  // namespace
}  // namespace sluice::lake
