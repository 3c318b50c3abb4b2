#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sql/plan/plan_fixture.h"

namespace sluice::sql {

/// v and w are the rows of `events` with i >= 0 and i < 0; x joins them.
class JoinTest : public PlanTest {
 protected:
  void SetUp() override {
    PlanTest::SetUp();
    event_time_ = "t";
    sinks_ = {{"out", "x", connector::OutputMode::kAppend}};
  }

  std::vector<std::string> with_sides(const std::string& join) const {
    return {"SELECT k, i, t FROM events WHERE i >= 0", "SELECT k, i, t FROM events WHERE i < 0",
            join};
  }

  void start_join(const std::string& join) {
    start(with_sides(join));
    must("CREATE OR REPLACE TEMP TABLE got AS SELECT * FROM x LIMIT 0");
  }

  void clock(std::int64_t late, std::int64_t watermark) {
    must("SET VARIABLE sluice_late = " + std::to_string(late) + "000000::BIGINT");
    must("SET VARIABLE sluice_watermark = " + std::to_string(watermark) + "000000::BIGINT");
  }

  /// A batch of rows (k, i, seconds), as SQL's VALUES has them; its result goes into `got`.
  void feed(const std::string& values) {
    batch(values.empty() ? "SELECT * FROM all_events LIMIT 0"
                         : "SELECT k, i, 0, 0, make_timestamp((s * 1000000)::BIGINT), NULL FROM "
                           "(VALUES " +
                               values + ") AS r(k, i, s)");
    must("INSERT INTO got " + view("x").rows(connector::OutputMode::kAppend));
    for (const ViewPlan& view : plan_.views) {
      for (const std::string& statement : view.evict) must(statement);
    }
  }

  std::string got() { return rows("SELECT * FROM got"); }

  std::string kept(const std::string& side) {
    return rows("SELECT count(*) FROM state.x__" + side);
  }

  /// What comes over many batches, out of order, must be what plain DuckDB gives over all rows.
  void expect_same_as_plain(const std::string& join) {
    start_join(join);
    for (int number = 0; number < 12; ++number) {
      clock(number * 10 - 30, number * 10 - 20);
      const std::string seed = std::to_string(number * 1000);
      batch("SELECT CASE WHEN n % 9 > 0 THEN 'k' || hash(n + " + seed +
            ") % 5 END, (hash(n * 7 + " + seed + ") % 20)::INTEGER - 10, 0, 0, " +
            "make_timestamp((hash(n * 3 + " + seed + ") % 20 + " + std::to_string(number * 10) +
            ")::BIGINT * 1000000), NULL FROM range(" + std::to_string(number == 5 ? 0 : 40) +
            ") AS r(n)");
      must("INSERT INTO got " + view("x").rows(connector::OutputMode::kAppend));
      for (const ViewPlan& view : plan_.views) {
        for (const std::string& statement : view.evict) must(statement);
      }
    }
    clock(90, 100000);
    feed("");
    for (const ViewPlan& view : plan_.views) {
      for (const std::string& table : view.state_tables) {
        EXPECT_EQ(rows("SELECT count(*) FROM state." + table), "0\n") << table;
      }
    }
    must("CREATE OR REPLACE TEMP TABLE events AS FROM all_events");
    const std::string plain = rows(join);
    EXPECT_GT(plain.size(), 300U);
    EXPECT_EQ(got(), plain) << join;
  }
};

}  // namespace sluice::sql
