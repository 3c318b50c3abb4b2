// Parquet files that are played back, row group by row group. Time is where the test puts it.

#include <gtest/gtest.h>

#include "base/random.h"
#include "connectors/files/parquet_source.h"
#include "support/hand_clock.h"
#include "support/parquet_metadata.h"
#include "support/temporary_folder.h"

namespace sluice::connectors {
namespace {

using namespace parquet_metadata;  // NOLINT(google-build-using-namespace)

class ParquetReplay : public testing::Test {
 protected:
  ParquetReplay() {
    // As the parquet source kind sets them.
    options_.path = folder_.path();
    options_.ending = ".parquet";
    options_.schema.add({"t", data::TypeId::kTimestamp});
  }

  /// Row groups of two rows each, with their first and last second.
  void put(const std::string& name, const std::vector<std::pair<std::int64_t, std::int64_t>>& times,
           bool with_statistics = true) {
    std::vector<std::string> groups;
    for (const auto& [first, last] : times) {
      const std::string statistics = between(bytes(first * kSecond), bytes(last * kSecond));
      groups.push_back(group(2, {chunk({"t"}, with_statistics ? statistics : "")}));
    }
    folder_.put(name, file_of(file({element(2, "t", logical(2))}, groups,
                                   static_cast<int>(2 * times.size()))));
  }
  ParquetSource& source() {
    if (!source_) {
      source_ = std::make_unique<ParquetSource>(
          options_, connector::Context{"p", "s", clock_, random_, *files_},
          std::make_unique<ReplayPace>("t", 10, clock_));
      EXPECT_TRUE(source_->open({}));
      at_ = *source_->initial();
    }
    return *source_;
  }
  /// The rows that are there by now: "a 0-2", and goes past them.
  std::string now(const data::ReadLimit& limit = {}) {
    const auto to = source().latest(at_, limit);
    if (!to) return to.error().message();
    if (*to == at_) return "nothing";
    const auto batch = source().read(at_, *to, {});
    if (!batch) return batch.error().message();
    at_ = *to;
    std::string text;
    for (const data::ParquetFile& each : (*batch)->parquet()->files) {
      const std::uint64_t rows = (*batch)->size();
      text += (text.empty() ? "" : ", ") + each.path.substr(folder_.path().size() + 1, 1) + " " +
              std::to_string(each.rows.first) + "-" +
              (each.rows.end > 1000 ? "" : std::to_string(each.rows.end));
      EXPECT_GT(rows, 0U);
    }
    return text;
  }

  io::TemporaryFolder folder_;
  HandClock clock_;
  SeededRandom random_{1};
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  ParquetSourceOptions options_;
  std::unique_ptr<ParquetSource> source_;
  data::Offset at_;
};

TEST_F(ParquetReplay, ARowGroupComesWhenItsLastRowIsDue) {
  put("a.parquet", {{100, 110}, {110, 150}, {150, 200}});
  EXPECT_EQ(now(), "nothing");
  clock_.micros += kSecond - 1;
  EXPECT_EQ(now(), "nothing");
  clock_.micros += 1;
  EXPECT_EQ(now(), "a 0-2");
  EXPECT_EQ(now(), "nothing");
  clock_.micros += 9 * kSecond;
  EXPECT_EQ(now(), "a 2-");
}

TEST_F(ParquetReplay, GoesOnInTheNextFileAndWithoutStatisticsAtOnce) {
  put("a.parquet", {{100, 100}});
  put("b.parquet", {{0, 0}, {0, 0}}, /*with_statistics=*/false);
  put("c.parquet", {{110, 110}});
  EXPECT_EQ(now(), "a 0-, b 0-");
  EXPECT_EQ(now(), "nothing");
  clock_.micros += kSecond;
  EXPECT_EQ(now(), "c 0-");
}

TEST_F(ParquetReplay, LimitsCountAsEver) {
  put("a.parquet", {{100, 100}, {100, 100}, {200, 200}});
  EXPECT_EQ(now({.records = 3}), "a 0-3");
  EXPECT_EQ(now({.records = 3}), "a 3-4");
  EXPECT_EQ(now({.records = 3}), "nothing");
}

TEST_F(ParquetReplay, FrozenItHasAllAtOnceAndDrainedWhatIsDue) {
  put("a.parquet", {{100, 100}, {110, 110}, {200, 200}});
  EXPECT_EQ(now(), "a 0-2");
  clock_.micros += kSecond;
  ASSERT_TRUE(source().freeze_now());
  clock_.micros += 100 * kSecond;
  EXPECT_EQ(now(), "a 2-4");
  EXPECT_EQ(now(), "nothing");
  ASSERT_TRUE(source().freeze());
  EXPECT_EQ(now(), "a 4-");
}

TEST_F(ParquetReplay, AFileWithoutTheColumnIsNamed) {
  folder_.put("a.parquet", file_of(file({element(2, "u", "")}, {group(2, {chunk({"u"}, "")})}, 2)));
  const std::string message = now();
  EXPECT_NE(message.find("a.parquet"), std::string::npos) << message;
  EXPECT_NE(message.find("has no column 't'"), std::string::npos) << message;
}

}  // namespace
}  // namespace sluice::connectors
