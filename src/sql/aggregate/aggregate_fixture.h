#pragma once

#include <set>
#include <string>

#include "sql/plan/plan_fixture.h"

namespace sluice::sql {

/// Runs aggregates batch by batch and compares with plain DuckDB over all rows at once.
class AggregatePlanTest : public PlanTest {
 protected:
  static constexpr int kBatches = 6;

  /// Rows of batch `number`, some 500 (batch 3: none), with NULLs in all columns but the time; five
  /// windows of 100 seconds long.
  static std::string batch_rows(int number) {
    const std::string n = std::to_string(number);
    return "SELECT CASE WHEN range % 7 > 0 THEN 'k' || range % 7 END, "
           "CASE WHEN range % 5 > 0 THEN (hash(range + 1000 * " +
           n +
           ") % 1000)::INTEGER - 500 END, "
           "CASE WHEN range % 11 > 0 THEN ((hash(range * 3 + " +
           n +
           ") % 1000000)::DECIMAL(22,12) / 7)::DECIMAL(22,12) - 70000 END, "
           "CASE WHEN range % 13 > 0 THEN (hash(range * 7 + " +
           n + ") % 1000)::DOUBLE / 8 END, TIMESTAMP '2024-01-01' + INTERVAL (500 * " + n +
           " + range % 500) SECOND, [1, 2] FROM range(" +
           std::to_string(number == 3 ? 0 : 500 + number) + ")";
  }

  /// `sql` over batches must give what `plain` (or `sql` itself) gives in plain DuckDB.
  void expect_same_as_plain(const std::string& sql, const std::string& plain = "") {
    start({sql});
    for (int number = 0; number < kBatches; ++number) batch(batch_rows(number));
    const std::string incremental = complete("v");
    must("CREATE OR REPLACE TEMP TABLE events AS FROM all_events");
    EXPECT_EQ(incremental, rows(plain.empty() ? sql : plain)) << view("v").fold[0].sql << "\n"
                                                              << view("v").fold.back().sql;
  }

  /// The same for a list of aggregates by key, in each of the three output modes.
  void expect_same_in_every_mode(const std::string& list, const std::string& plain_list = "") {
    const std::string& plain = plain_list.empty() ? list : plain_list;
    const std::string by_key = " FROM events GROUP BY k";
    expect_same_as_plain("SELECT k, " + list + by_key, "SELECT k, " + plain + by_key);
    must("TRUNCATE all_events");
    must("DROP SCHEMA state CASCADE; CREATE SCHEMA state");
    expect_same_updates("SELECT k, " + list + by_key,
                        "SELECT k, " + plain + " FROM all_events GROUP BY k");
    must("TRUNCATE all_events");
    must("DROP SCHEMA state CASCADE; CREATE SCHEMA state");
    expect_same_appended("SELECT epoch(window.start)::BIGINT AS s, k, " + list +
                             " FROM events GROUP BY window(t, '100 seconds'), k",
                         "SELECT epoch(time_bucket(INTERVAL 100 SECOND, t))::BIGINT, k, " + plain +
                             " FROM all_events GROUP BY time_bucket(INTERVAL 100 SECOND, t), k");
  }

 private:
  /// Update mode gives, batch by batch, the rows of the plain result whose keys came.
  void expect_same_updates(const std::string& sql, const std::string& plain) {
    sinks_ = {{"out", "v", connector::OutputMode::kUpdate}};
    start({sql});
    for (int number = 0; number < kBatches; ++number) {
      batch(batch_rows(number));
      EXPECT_EQ(update("v"), number == 3 ? "" : rows(plain)) << "batch " << number << ": " << sql;
    }
  }

  /// Append mode gives each window once: all that it gave is the plain result.
  void expect_same_appended(const std::string& sql, const std::string& plain) {
    event_time_ = "t";
    sinks_ = {{"out", "v", connector::OutputMode::kAppend}};
    start({sql});
    std::string before = "-9000000000000000000";
    must("CREATE OR REPLACE TEMP TABLE given AS FROM (" + plain + ") LIMIT 0");
    for (int number = 0; number <= kBatches; ++number) {
      must("SET VARIABLE sluice_late = " + before + "::BIGINT");
      // 50 seconds behind, so that windows stay open from batch to batch.
      before = number == kBatches ? "9000000000000000000"
                                  : "(epoch_us(TIMESTAMP '2024-01-01') + " +
                                        std::to_string(500 * number - 50) + "000000)";
      must("SET VARIABLE sluice_watermark = " + before + "::BIGINT");
      batch(number == kBatches ? "SELECT * FROM all_events LIMIT 0" : batch_rows(number));
      must("INSERT INTO given " + view("v").append);
      for (const std::string& statement : view("v").evict) must(statement);
    }
    EXPECT_EQ(rows("FROM given"), rows(plain)) << sql;
    for (const std::string& table : view("v").state_tables) {
      EXPECT_EQ(rows("SELECT count(*) FROM state." + data::quote_identifier(table)), "0\n");
    }
    event_time_.clear();
    sinks_.clear();
  }
};

}  // namespace sluice::sql
