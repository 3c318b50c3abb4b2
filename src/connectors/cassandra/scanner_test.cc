#include "connectors/cassandra/scanner.h"

#include <deque>
#include <thread>

#include <gtest/gtest.h>

#include "connectors/cassandra/cql_number.h"
#include "support/temporary_folder.h"

namespace sluice::connectors::cassandra {
namespace {

constexpr int kPages = 300;

std::string row_of(std::int32_t id, std::int64_t at_ms) {
  std::string cells;
  append_big_endian(cells, std::uint32_t{4});
  append_big_endian(cells, static_cast<std::uint32_t>(id));
  append_big_endian(cells, std::uint32_t{8});
  append_big_endian(cells, static_cast<std::uint64_t>(at_ms));
  return cells;
}

/// Pages of one row each, all the same one, and how many of them somebody holds.
class SamePages final : public Scan {
 public:
  explicit SamePages(std::size_t& held_max) : held_max_(held_max) {}

  Result<Page> next(std::chrono::milliseconds /*wait*/) override {
    std::size_t held = 0;
    for (const auto& page : pages_) held += page.expired() ? 0 : 1;
    held_max_ = std::max(held_max_, held);
    Page page;
    page.found = true;
    page.ended = given_ == kPages;
    if (page.ended) return page;
    auto bytes = std::make_shared<const std::string>(row_of(1, 1000));
    page.is_last = ++given_ == kPages;
    page.position = "there";
    page.rows = {*bytes};
    page.bytes = bytes;
    pages_.emplace_back(bytes);
    return page;
  }

 private:
  std::size_t& held_max_;
  int given_ = 0;
  std::deque<std::weak_ptr<const void>> pages_;
};

/// A table t (id int primary key, at timestamp), by the statements that a plan asks.
class OneTable final : public Cluster {
 public:
  Result<std::vector<std::vector<std::string>>> ask(const std::string& /*cql*/,
                                                    std::stop_token /*stop*/) override {
    return std::vector<std::vector<std::string>>{{"id", "partition_key", "0", "int"},
                                                 {"at", "regular", "-1", "timestamp"}};
  }
  Status execute(const std::string& /*cql*/, std::stop_token /*stop*/) override { return {}; }
  Result<Described> describe(const std::string& /*cql*/, std::stop_token /*stop*/) override {
    Described described;
    for (const auto& [name, type] : {std::pair{"id", "int"}, std::pair{"at", "timestamp"}}) {
      const CqlType cql = *CqlType::parse(type);
      described.columns.push_back({name, cql, natural_type(cql)});
    }
    return described;
  }
  Result<std::unique_ptr<Scan>> scan(const ScanRequest& /*request*/,
                                     std::stop_token /*stop*/) override {
    return {std::make_unique<SamePages>(held_max)};
  }
  Result<std::unique_ptr<Writer>> writer(const std::vector<std::string>& /*statements*/,
                                         std::uint32_t /*parallel*/) override {
    return internal_error("nobody writes");
  }

  std::size_t held_max = 0;
};

ScanSettings repeated() {
  ScanSettings settings;
  settings.table = TableName{"k", "t"};
  settings.ranges = 1;
  settings.every = 1'000'000;
  settings.growing = "at";
  settings.overlap_rows_max = 10;
  return settings;
}

TEST(Scanner, PagesWithoutANewRowAreNotHeld) {
  const ScanSettings settings = repeated();
  OneTable cluster;
  const auto plan = ScanPlan::make(settings, cluster, {});
  ASSERT_TRUE(plan) << plan.error().message();
  const io::TemporaryFolder folder;
  const auto files = io::make_local_file_system();
  const SystemClock clock;
  connector::Inbox inbox({folder.path(), "t"}, *files);
  ASSERT_TRUE(inbox.open());
  Scanner scanner({settings, *plan, cluster, inbox, *files, clock, folder.path()}, ScanProgress());
  scanner.end_after(0);
  for (int i = 0; i < 2000 && !scanner.has_ended() && scanner.problem(); ++i) {
    clock.sleep_for(std::chrono::milliseconds(5), {});
  }
  EXPECT_TRUE(scanner.has_ended());
  EXPECT_EQ(scanner.visible_end(), 1);
  EXPECT_LE(cluster.held_max, 2U);
}

TEST(ScanPlan, AGrowingColumnIsNotInThePartitionKey) {
  ScanSettings settings = repeated();
  settings.growing = "id";
  OneTable cluster;
  const auto plan = ScanPlan::make(settings, cluster, {});
  ASSERT_FALSE(plan);
  EXPECT_NE(plan.error().message().find("must not be in the partition key"), std::string::npos)
      << plan.error().message();
}

}  // namespace
}  // namespace sluice::connectors::cassandra
