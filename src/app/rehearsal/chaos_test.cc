#include "app/rehearsal/chaos.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>

#include <gtest/gtest.h>

#include "app/composition/composition.h"
#include "support/temporary_folder.h"

namespace sluice::app {
namespace {

constexpr char kPipeline[] = R"(
name: orders
sources:
  orders:
    kafka: {brokers: "nowhere.invalid:9092", topic: orders}
    format: {json: {schema: {id: BIGINT, shop: VARCHAR, amount: DOUBLE, ts: TIMESTAMP}}}
    watermark: {column: ts, delay: 1m}
tables:
  towns: {csv: {path: nowhere.csv, schema: {shop: VARCHAR, town: VARCHAR}}}
views:
  named: SELECT id, amount, ts, town FROM orders JOIN towns USING (shop)
  once: SELECT DISTINCT id, ts FROM orders
  minutes: SELECT window.start AS minute, town, count(*) AS n, sum(amount) AS total FROM named GROUP BY window(ts, '1 minute'), town
  sessions: SELECT session_window.start AS begin, count(*) AS n FROM orders GROUP BY session_window(ts, '30 seconds')
  towns_now: SELECT town, count(*) AS n, max(id) AS newest FROM named GROUP BY town HAVING count(*) < 4
  counts: SELECT town, count(*) AS n FROM named GROUP BY town
  best: SELECT town, n FROM counts ORDER BY n DESC, town LIMIT 1
  ranks: SELECT town, rank() OVER (ORDER BY n DESC) AS place FROM counts
sinks:
  named: {from: named, console: {}}
  once: {from: once, console: {}}
  minutes: {from: minutes, mode: append, console: {}}
  minutes_now: {from: minutes, mode: update, console: {}}
  sessions: {from: sessions, mode: append, console: {}}
  towns_now: {from: towns_now, mode: upsert, key: town, delta: {path: out/towns}}
  best: {from: best, mode: complete, console: {}}
  ranks: {from: ranks, mode: update, console: {}}
checkpoint: out/checkpoint
)";

constexpr char kTests[] = R"(
tests:
  all:
    tables: {towns: [{shop: n, town: Oslo}, {shop: m, town: Oslo}, {shop: s, town: Rome}]}
    batches:
      - rows:
          orders:
            - {id: 1, shop: n, amount: 0.1, ts: "2024-05-01 12:00:00"}
            - {id: 2, shop: s, amount: 0.2, ts: "2024-05-01 12:09:00"}
            - {id: 1, shop: n, amount: 0.1, ts: "2024-05-01 12:00:00"}
            - {row: {id: 3, shop: m, amount: 0.3, ts: "2024-05-01 12:00:20"}, partition: 1}
            - raw: no json
            - {id: 4, shop: n, amount: 0.7, ts: "2024-05-01 12:00:45"}
        dead_letters: {orders: [{value: no json}]}
      - rows:
          orders:
            - {id: 5, shop: n, amount: 1, ts: "2024-05-01 12:30:00"}
            - {id: 6, shop: s, amount: 1, ts: "2024-05-01 12:00:01"}
            - {id: 7, shop: s, amount: 1, ts: "2024-05-01 12:09:10"}
      - expect: {}
      - rows:
          orders:
            - {id: 8, shop: s, amount: 1, ts: "2024-05-01 12:00:01"}
            - {id: 9, shop: s, amount: 1, ts: "2024-05-01 12:31:00"}
)";

class ChaosTests : public testing::Test {
 protected:
  ChaosTests(const std::string& pipeline, const std::string& tests) {
    folder_.put("p.yaml", pipeline);
    auto file = read_test_file(folder_.put("p.test.yaml", tests));
    EXPECT_TRUE(file) << file.error().message();
    file_ = *std::move(file);
    auto read = config::read_pipeline_text(pipeline, "p.yaml", known_kinds(all_connectors()), {});
    EXPECT_TRUE(read) << read.error().message();
    pipeline_ = *std::move(read);
  }
  ChaosTests() : ChaosTests(kPipeline, kTests) {}

  ChaosTest test() const { return {file_, file_.tests[0], *pipeline_}; }

  TestOutcome chaos(int rounds, MakeKeptSink make_sink = nullptr) const {
    ChaosTest test = this->test();
    test.make_sink = std::move(make_sink);
    TestOutcome outcome{.file = "p.test.yaml", .name = "all", .place = "p.test.yaml:3:3"};
    const ChaosRequest request{rounds, 1};
    const Status done = run_chaos(test, request, outcome, {});
    EXPECT_TRUE(done) << done.error().message();
    return outcome;
  }

  io::TemporaryFolder folder_;
  TestFile file_;
  std::optional<config::PipelineFile> pipeline_;
};

std::string said(const TestOutcome& outcome) {
  std::string text = outcome.chaos + "\n" + outcome.error + "\n";
  for (const TestDifference& difference : outcome.differences) {
    text += difference.what + "\n";
    for (const std::string& row : difference.missing) text += "- " + row + "\n";
    for (const std::string& row : difference.unexpected) text += "+ " + row + "\n";
  }
  return text;
}

#ifdef __SANITIZE_ADDRESS__
constexpr int kRounds = 4;
constexpr std::size_t kPointsAStep = 40;
#else
constexpr int kRounds = 20;
constexpr std::size_t kPointsAStep = 5;
#endif

TEST_F(ChaosTests, WindowsJoinsAndStateAreTheSame) {
  const TestOutcome outcome = chaos(kRounds);
  EXPECT_TRUE(outcome.has_passed()) << said(outcome);
  EXPECT_EQ(outcome.chaos_rounds, kRounds);
  EXPECT_EQ(outcome.notes, std::vector<std::string>());
}

TEST_F(ChaosTests, AKillAtAnyPointChangesNothing) {
  const auto calm = run_with_havoc(test(), {}, {});
  ASSERT_TRUE(calm) << calm.error().message();
  ASSERT_EQ(calm->error, "");
  std::set<std::string> points;
  const std::size_t step = std::getenv("SOAK") != nullptr ? 1 : kPointsAStep;
  for (std::size_t at = 1; at <= calm->points; at += step) {
    const auto killed = run_with_havoc(test(), {{}, {at, 1 + at % 40}}, {});
    ASSERT_TRUE(killed) << killed.error().message();
    ASSERT_EQ(killed->error, "");
    ASSERT_FALSE(killed->killed_at.empty());
    for (const std::string& place : killed->killed_at)
      points.insert(place.substr(0, place.find(',')));
    for (const auto& [name, table] : calm->sinks) {
      EXPECT_EQ(killed->sinks.at(name).published.size(), table.published.size())
          << name << " killed at " << killed->killed_at[0];
    }
  }
  if (step > 5) return;  // with a sanitizer
  for (const char* point :
       {"recovery.opened", "engine.planned", "engine.run", "engine.staged_one", "engine.recorded",
        "engine.committed", "engine.before_publish", "engine.published_one", "engine.released"}) {
    EXPECT_TRUE(points.contains(point)) << point;
  }
}

/// Forgets the newest batch it has when it is opened again, as a target whose head lies.
class ForgetfulSink final : public KeptSink {
 public:
  using KeptSink::KeptSink;
  Status open(const data::Schema& schema, connector::OutputMode mode) override {
    std::optional<connector::Head>& before = heads()[&table()];
    if (table().published.empty()) {
      before.reset();
    } else {
      table().head = before;
    }
    return KeptSink::open(schema, mode);
  }
  Status publish(const connector::Staged& staged) override {
    const std::vector<ConfigValue> rows = table().staged[staged.batch];
    heads()[&table()] = table().head;
    SLUICE_TRY(KeptSink::publish(staged));
    table().staged[staged.batch] = rows;
    return {};
  }

 private:
  static std::map<const KeptTable*, std::optional<connector::Head>>& heads() {
    static std::map<const KeptTable*, std::optional<connector::Head>> heads;
    return heads;
  }
};

/// Gives up what is staged when it is opened, before recovery has published it.
class CarelessSink final : public KeptSink {
 public:
  using KeptSink::KeptSink;
  Status open(const data::Schema& schema, connector::OutputMode mode) override {
    table().staged.clear();
    return KeptSink::open(schema, mode);
  }
};

/// Has a row once more than it should, if its batch was staged twice.
class DoublingSink final : public KeptSink {
 public:
  using KeptSink::KeptSink;
  Result<connector::Staged> stage(data::BatchId batch, connector::BatchTable& rows) override {
    const std::vector<ConfigValue> before = table().staged[batch];
    auto staged = KeptSink::stage(batch, rows);
    std::vector<ConfigValue>& now = table().staged[batch];
    now.insert(now.end(), before.begin(), before.end());
    return staged;
  }
  Status discard_staged() override { return {}; }
};

template <class Sink>
MakeKeptSink maker() {
  return [](KeptTable& table, connector::ChunkRequest request, const Script& script) {
    return std::make_unique<Sink>(table, std::move(request), script);
  };
}

constexpr char kFewRows[] = R"(
name: few
sources:
  made: {generator: {columns: {id: {sequence: {start: 1}}}}}
sinks:
  made: {from: made, console: {}}
checkpoint: out/checkpoint
)";

constexpr char kFewRowsTests[] = R"(
tests:
  all:
    batches:
      - rows: {made: [{id: 1}, {id: 2}, {id: 3}]}
      - rows: {made: [{id: 4}, {id: 5}]}
)";

class FewRowsTests : public ChaosTests {
 protected:
  FewRowsTests() : ChaosTests(kFewRows, kFewRowsTests) {}
};

TEST_F(FewRowsTests, ASinkThatForgetsItsNewestBatchIsFound) {
  const TestOutcome outcome = chaos(40, maker<ForgetfulSink>());
  EXPECT_FALSE(outcome.has_passed());
  EXPECT_NE(outcome.chaos.find("killed: "), std::string::npos) << said(outcome);
}

TEST_F(FewRowsTests, ASinkThatLosesWhatIsStagedIsFound) {
  const TestOutcome outcome = chaos(40, maker<CarelessSink>());
  EXPECT_NE(outcome.error.find("nothing is staged"), std::string::npos) << said(outcome);
}

TEST_F(FewRowsTests, ASinkThatDoublesWhatIsStagedAgainIsFound) {
  const TestOutcome outcome = chaos(40, maker<DoublingSink>());
  ASSERT_FALSE(outcome.differences.empty()) << said(outcome);
  EXPECT_FALSE(outcome.differences[0].unexpected.empty()) << said(outcome);
  EXPECT_NE(outcome.chaos.find("a fault of sluice"), std::string::npos) << said(outcome);
}

constexpr char kDependent[] = R"(
name: dependent
sources:
  made: {generator: {columns: {id: {sequence: {start: 1}}, k: {choice: {values: [a, b]}}}}}
views:
  few: SELECT k, count(*) AS n FROM made GROUP BY k HAVING count(*) < 2
sinks:
  few: {from: few, mode: update, console: {}}
checkpoint: out/checkpoint
)";

constexpr char kDependentTests[] = R"(
tests:
  all:
    batches:
      - rows: {made: [{id: 1, k: a}, {id: 2, k: b}, {id: 3, k: b}]}
        expect: {few: [{k: a, n: 1}]}
)";

class DependentTests : public ChaosTests {
 protected:
  DependentTests() : ChaosTests(kDependent, kDependentTests) {}
};

TEST_F(DependentTests, AResultThatDependsOnCutsIsFoundAndExplained) {
  const TestOutcome outcome = chaos(20);
  ASSERT_EQ(outcome.differences.size(), 1U) << said(outcome);
  EXPECT_EQ(outcome.differences[0].what, "sink few, at the end");
  EXPECT_EQ(outcome.differences[0].unexpected, std::vector<std::string>{"{k: b, n: 1}"});
  EXPECT_NE(outcome.chaos.find("depends on how the input is cut into batches"), std::string::npos);
  EXPECT_NE(outcome.chaos.find("cuts: batch 1 as "), std::string::npos) << said(outcome);
  EXPECT_NE(outcome.chaos.find("killed: never"), std::string::npos) << said(outcome);
  EXPECT_TRUE(outcome.again.starts_with("sluice test p.test.yaml --name all --chaos=1 --seed "));
}

TEST_F(DependentTests, TheSameSeedFailsInTheSameWay) {
  EXPECT_EQ(said(chaos(20)), said(chaos(20)));
}

constexpr char kChanging[] = R"(
name: changing
sources:
  made: {generator: {columns: {id: {sequence: {start: 1}}, k: {choice: {values: [a, b]}}}}}
views:
  stamped: SELECT id, now() AS at, uuid() AS u FROM made
  sampled: SELECT id FROM (SELECT id, unnest(range(CAST(random() * 300 AS BIGINT))) AS n FROM made)
  sums: SELECT sum(id) AS s FROM made GROUP BY k
  kept: SELECT s * 2 AS s FROM sums
sinks:
  stamped: {from: stamped, console: {}}
  sampled: {from: sampled, console: {}}
  sums: {from: sums, mode: update, console: {}}
checkpoint: out/checkpoint
)";

class ChangingTests : public ChaosTests {
 protected:
  static std::string tests() {
    std::string rows;
    for (int i = 0; i < 40; ++i) {
      rows += (i == 0 ? "" : ", ") + ("{id: " + std::to_string(i)) + ", k: a}";
    }
    return "tests: {all: {batches: [{rows: {made: [" + rows + "]}}]}}\n";
  }
  ChangingTests() : ChaosTests(kChanging, tests()) {}
};

TEST_F(ChangingTests, WhatNoRunRepeatsIsNotComparedAndThatIsSaid) {
  const TestOutcome outcome = chaos(8);
  EXPECT_TRUE(outcome.has_passed()) << said(outcome);
  ASSERT_EQ(outcome.notes.size(), 2U);
  EXPECT_TRUE(outcome.notes[0].starts_with("sink sampled is not compared"));
  EXPECT_TRUE(outcome.notes[1].starts_with("sink sums is compared in rounds without cuts only"));
}

}  // namespace
}  // namespace sluice::app
