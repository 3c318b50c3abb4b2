#include "sluice/host.h"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <stop_token>
#include <thread>

#include <gtest/gtest.h>

#include "connectors/memory/memory_store.h"
#include "support/temporary_folder.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;
using connectors::MemoryStore;
using connectors::MemoryStream;
using connectors::MemoryTable;

/// Lets a test wait for what pipelines do.
class Watcher final : public HostListener {
 public:
  void on_state(const std::string& pipeline, PipelineState state, const Error* error) override {
    const std::lock_guard lock(mutex_);
    states_[pipeline].push_back(state);
    if (error != nullptr) errors_[pipeline] = error->message();
    changed_.notify_all();
  }
  void on_start(const std::string&, std::int64_t, int) override {}
  void on_batch(const std::string& pipeline, const BatchProgress& progress) override {
    const std::lock_guard lock(mutex_);
    for (const SourceProgress& source : progress.sources) rows_[pipeline] += source.rows;
    changed_.notify_all();
  }
  void on_retry(const std::string&, const std::string&, int, std::int64_t) override {}

  void wait_for_rows(const std::string& pipeline, std::int64_t rows) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return rows_[pipeline] >= rows; });
  }
  /// Until the pipeline came into the state so often.
  void wait_for(const std::string& pipeline, PipelineState state, int times = 1) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return std::ranges::count(states_[pipeline], state) >= times; });
  }
  std::vector<PipelineState> states(const std::string& pipeline) {
    const std::lock_guard lock(mutex_);
    return states_[pipeline];
  }
  std::string error(const std::string& pipeline) {
    const std::lock_guard lock(mutex_);
    return errors_[pipeline];
  }

 private:
  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::map<std::string, std::vector<PipelineState>> states_;
  std::map<std::string, std::string> errors_;
  std::map<std::string, std::int64_t> rows_;
};

/// Pipelines of numbers from memory into memory, each over streams of the test's own.
class HostTest : public testing::Test {
 protected:
  HostTest() {
    static int count = 0;
    prefix_ = "host" + std::to_string(count++) + "-";
  }

  std::string path_of(const std::string& name) const { return folder_.at(name + ".yaml"); }
  MemoryStream& stream(const std::string& name) const {
    return MemoryStore::instance().stream(prefix_ + name);
  }
  MemoryTable& table(const std::string& name) const {
    return MemoryStore::instance().table(prefix_ + name);
  }
  void feed(const std::string& name, int first, int end) const {
    for (int n = first; n < end; ++n) stream(name).append("{\"n\": " + std::to_string(n) + "}");
  }
  std::set<std::string> rows(const std::string& name) const {
    std::set<std::string> found;
    for (const auto& row : table(name).rows()) found.insert(row[0].value_or("NULL"));
    return found;
  }
  static std::set<std::string> numbers(int first, int end) {
    std::set<std::string> all;
    for (int n = first; n < end; ++n) all.insert(std::to_string(n));
    return all;
  }

  struct Job {
    std::string view = "SELECT n FROM numbers";
    std::string trigger = "continuous";
    std::string more{};  ///< lines of the file
    std::string name{};  ///< "": as the file's
    std::string checkpoint{};
    std::string sink{};  ///< more of it
  };
  std::string write(const std::string& name, const Job& job) const {
    std::ofstream file(path_of(name), std::ios::trunc);
    file << "name: " << (job.name.empty() ? name : job.name) << "\n"
         << "sources:\n  numbers:\n    memory: {name: " << prefix_ << name
         << ", max_records_per_trigger: 10}\n    format: {json: {schema: {n: BIGINT}, on_error: "
            "fail}}\n"
         << "views:\n  v: " << job.view << "\n"
         << "sinks:\n  out: {from: v, memory: {name: " << prefix_ << name << "}" << job.sink
         << "}\n"
         << "trigger: " << job.trigger << "\n"
         << "checkpoint: " << (job.checkpoint.empty() ? folder_.at(name + "-cp") : job.checkpoint)
         << "\n"
         << job.more;
    return path_of(name);
  }
  static Pipeline load(const std::string& path) {
    auto pipeline = Pipeline::load(path, {});
    EXPECT_TRUE(pipeline) << pipeline.error().message();
    return *std::move(pipeline);
  }
  HostedPipeline& add(const std::string& name, const Job& job) {
    auto added = host_.add(load(write(name, job)));
    EXPECT_TRUE(added) << added.error().message();
    return **added;
  }
  HostedPipeline& add(const std::string& name) { return add(name, Job()); }
  static HostOptions options(Watcher& watcher) {
    HostOptions options;
    options.listener = &watcher;
    options.memory_bytes = 1LL << 30;
    options.threads = 2;
    return options;
  }

  io::TemporaryFolder folder_;
  std::string prefix_;
  Watcher watcher_;
  Host host_{options(watcher_)};
};

TEST_F(HostTest, RunsStopsAndRunsAgain) {
  HostedPipeline& a = add("a");
  EXPECT_EQ(a.snapshot().state, PipelineState::kReady);
  feed("a", 0, 25);
  ASSERT_TRUE(a.start());
  watcher_.wait_for_rows("a", 25);
  ASSERT_TRUE(a.stop());
  a.wait();
  EXPECT_EQ(a.snapshot().state, PipelineState::kStopped);
  EXPECT_EQ(a.snapshot().summary.batches, 3);
  feed("a", 25, 30);
  ASSERT_TRUE(a.start());
  watcher_.wait_for_rows("a", 30);
  ASSERT_TRUE(a.stop());
  a.wait();
  EXPECT_EQ(rows("a"), numbers(0, 30));
  const PipelineSnapshot end = a.snapshot();
  EXPECT_EQ(end.summary.batches, 1);  // of this start
  EXPECT_TRUE(end.summary.stopped_by_user);
  ASSERT_TRUE(end.last);
  EXPECT_EQ(end.last->batch, 3);
}

TEST_F(HostTest, APausedPipelineHoldsWhatComes) {
  HostedPipeline& a = add("a");
  feed("a", 0, 5);
  ASSERT_TRUE(a.start());
  watcher_.wait_for_rows("a", 5);
  ASSERT_TRUE(a.pause());
  watcher_.wait_for("a", PipelineState::kPaused);
  EXPECT_EQ(a.snapshot().state, PipelineState::kPaused);
  feed("a", 5, 9);
  EXPECT_EQ(rows("a"), numbers(0, 5));
  ASSERT_TRUE(a.pause());  // it is so already
  const Status refused = a.trigger();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), Kind::kUser);
  ASSERT_TRUE(a.resume());
  watcher_.wait_for_rows("a", 9);
  EXPECT_EQ(a.snapshot().state, PipelineState::kRunning);
  EXPECT_EQ(rows("a"), numbers(0, 9));
}

TEST_F(HostTest, ATriggerDoesNotWaitForTheInterval) {
  HostedPipeline& a = add("a", {.trigger = "{every: 1h}"});
  feed("a", 0, 5);
  ASSERT_TRUE(a.start());
  watcher_.wait_for_rows("a", 5);
  feed("a", 5, 8);
  ASSERT_TRUE(a.trigger());
  watcher_.wait_for_rows("a", 8);
  EXPECT_EQ(rows("a"), numbers(0, 8));
}

TEST_F(HostTest, ATriggerCanFollowAResumeAtOnce) {
  HostedPipeline& a = add("a", {.trigger = "{every: 1h}"});
  feed("a", 0, 5);
  ASSERT_TRUE(a.start());
  watcher_.wait_for_rows("a", 5);
  ASSERT_TRUE(a.pause());
  watcher_.wait_for("a", PipelineState::kPaused);
  feed("a", 5, 8);
  ASSERT_TRUE(a.resume());
  ASSERT_TRUE(a.trigger());
  watcher_.wait_for_rows("a", 8);
}

TEST_F(HostTest, DrainProcessesAllAndFinishes) {
  HostedPipeline& a = add("a", {.trigger = "{every: 1h}"});
  feed("a", 0, 95);
  ASSERT_TRUE(a.start());
  ASSERT_TRUE(a.drain());
  EXPECT_EQ(a.snapshot().state, PipelineState::kDraining);
  EXPECT_FALSE(a.pause());
  ASSERT_TRUE(a.drain());
  a.wait();
  EXPECT_EQ(a.snapshot().state, PipelineState::kFinished);
  EXPECT_EQ(rows("a"), numbers(0, 95));
}

TEST_F(HostTest, WhatCannotBeAskedIsRefusedWithTheReason) {
  HostedPipeline& a = add("a");
  for (const Status& refused : {a.pause(), a.resume(), a.trigger(), a.drain()}) {
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message().find("it is ready"), std::string::npos)
        << refused.error().message();
  }
  EXPECT_TRUE(a.stop());
  ASSERT_TRUE(a.start());
  EXPECT_FALSE(a.start());
}

TEST_F(HostTest, AFailingPipelineEndsNoOther) {
  HostedPipeline& bad = add("bad");
  HostedPipeline& good = add("good");
  stream("bad").append("no json");  // on_error: fail
  feed("good", 0, 5);
  ASSERT_TRUE(bad.start());
  ASSERT_TRUE(good.start());
  bad.wait();
  const PipelineSnapshot end = bad.snapshot();
  EXPECT_EQ(end.state, PipelineState::kFailed);
  ASSERT_TRUE(end.error);
  EXPECT_EQ(end.error->kind, Kind::kUser);
  EXPECT_NE(watcher_.error("bad").find("E_BAD_RECORD"), std::string::npos);
  feed("good", 5, 9);
  watcher_.wait_for_rows("good", 9);
  EXPECT_EQ(good.snapshot().state, PipelineState::kRunning);
  EXPECT_EQ(rows("good"), numbers(0, 9));
}

TEST_F(HostTest, StopEndsAll) {
  for (const char* name : {"a", "b", "c"}) {
    feed(name, 0, 5);
    ASSERT_TRUE(add(name).start());
    watcher_.wait_for_rows(name, 5);
  }
  host_.stop();
  host_.wait();
  for (const HostedPipeline* pipeline : host_.pipelines()) {
    EXPECT_EQ(pipeline->snapshot().state, PipelineState::kStopped);
  }
}

TEST_F(HostTest, SameNameOrCheckpointRefusesBothAndNamesThem) {
  std::vector<Pipeline> pipelines;
  pipelines.push_back(load(write("a", {.name = "same"})));
  pipelines.push_back(load(write("b", {.name = "same"})));
  pipelines.push_back(load(write("c", {})));
  const std::string other = folder_.path() + "/./x/../c-cp/";
  fs::create_directory(folder_.at("x"));
  pipelines.push_back(load(write("d", {.checkpoint = other})));
  pipelines.push_back(load(write("e", {})));
  const auto added = host_.add(std::move(pipelines));
  for (std::size_t i = 0; i < 4; ++i) {
    ASSERT_FALSE(added[i]);
    EXPECT_EQ(added[i].error().kind(), Kind::kUser);
    const std::string& message = added[i].error().message();
    EXPECT_NE(message.find(path_of(i < 2 ? "a" : "c")), std::string::npos) << message;
    EXPECT_NE(message.find(path_of(i < 2 ? "b" : "d")), std::string::npos) << message;
    EXPECT_NE(message.find(i < 2 ? "the same name" : "the same checkpoint"), std::string::npos);
  }
  EXPECT_TRUE(added[4]);
  // One that comes later is refused alone.
  EXPECT_FALSE(host_.add(load(write("f", {.name = "e"}))));
  EXPECT_NE(host_.find("e"), nullptr);
  EXPECT_EQ(host_.find("same"), nullptr);
}

TEST_F(HostTest, ASecondHostDoesNotGetTheCheckpoint) {
  HostedPipeline& a = add("a");
  feed("a", 0, 1);
  ASSERT_TRUE(a.start());
  watcher_.wait_for_rows("a", 1);
  Host other({});
  const auto second = other.add(load(path_of("a")));
  ASSERT_TRUE(second);
  ASSERT_TRUE((*second)->start());
  (*second)->wait();
  const PipelineSnapshot end = (*second)->snapshot();
  ASSERT_TRUE(end.error);
  EXPECT_EQ(end.error->kind, Kind::kConflict);
  EXPECT_NE(end.error->message.find("E_CHECKPOINT_LOCKED"), std::string::npos);
  EXPECT_EQ(a.snapshot().state, PipelineState::kRunning);
}

TEST_F(HostTest, MemoryAndThreadsAreDivided) {
  HostedPipeline& a = add("a");
  HostedPipeline& b = add("b", {.more = "engine: {memory_limit: 256MiB, threads: 1}\n"});
  HostedPipeline& c = add("c");
  for (HostedPipeline* pipeline : {&a, &b, &c}) {
    feed(pipeline->name(), 0, 1);
    ASSERT_TRUE(pipeline->start());
    watcher_.wait_for_rows(pipeline->name(), 1);
  }
  EXPECT_EQ(a.snapshot().memory_bytes, 384LL << 20);
  EXPECT_EQ(b.snapshot().memory_bytes, 256LL << 20);
  EXPECT_EQ(c.snapshot().memory_bytes, 384LL << 20);
  EXPECT_EQ(a.snapshot().threads, 1);
}

TEST_F(HostTest, OnePipelineKeepsTheDefaults) {
  HostedPipeline& a = add("a");
  feed("a", 0, 1);
  ASSERT_TRUE(a.start());
  watcher_.wait_for_rows("a", 1);
  EXPECT_EQ(a.snapshot().memory_bytes, 0);
  EXPECT_EQ(a.snapshot().threads, 0);
}

TEST_F(HostTest, TimeZonesAreEachPipelinesOwn) {
  const std::string view =
      "\"SELECT strftime('2024-07-01 12:00:00+00'::TIMESTAMPTZ, '%H') AS hour FROM numbers\"";
  const std::map<std::string, std::string> zones = {
      {"berlin", "Europe/Berlin"}, {"tokyo", "Asia/Tokyo"}, {"utc", "UTC"}};
  for (const auto& [name, zone] : zones) {
    feed(name, 0, 1);
    ASSERT_TRUE(add(name, {.view = view, .more = "timezone: " + zone + "\n"}).start());
  }
  for (const auto& [name, zone] : zones) watcher_.wait_for_rows(name, 1);
  EXPECT_EQ(rows("berlin"), (std::set<std::string>{"14"}));
  EXPECT_EQ(rows("tokyo"), (std::set<std::string>{"21"}));
  EXPECT_EQ(rows("utc"), (std::set<std::string>{"12"}));
}

TEST_F(HostTest, SnapshotsAreReadWhileBatchesGo) {
  HostedPipeline& a = add("a");
  ASSERT_TRUE(a.start());
  std::int64_t batches = 0;
  std::jthread reader([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const PipelineSnapshot snapshot = a.snapshot();
      EXPECT_GE(snapshot.summary.batches, batches);
      batches = snapshot.summary.batches;
      EXPECT_FALSE(snapshot_json(snapshot).empty());
    }
  });
  for (int i = 0; i < 20; ++i) {
    feed("a", i * 10, i * 10 + 10);
    watcher_.wait_for_rows("a", i * 10 + 10);
  }
  reader.request_stop();
  reader.join();
  EXPECT_EQ(rows("a"), numbers(0, 200));
}

TEST_F(HostTest, SnapshotAsJson) {
  HostedPipeline& a = add("a");
  feed("a", 0, 3);
  ASSERT_TRUE(a.start());
  watcher_.wait_for_rows("a", 3);
  const std::string json = snapshot_json(a.snapshot());
  for (const char* part :
       {R"("name":"a")", R"("state":"running")", R"("batches":1)", R"("error":null)",
        R"("lastProgress":{"name":"a")", R"("sources":[{"name":"numbers","numInputRows":3)"}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << "\n" << json;
  }
}

constexpr const char* kSums = "SELECT n % 2 AS k, sum(n) AS total FROM numbers GROUP BY 1";

TEST_F(HostTest, ReloadTakesTheNewVersionBetweenTwoBatches) {
  HostedPipeline& a = add("a");
  feed("a", 0, 15);
  ASSERT_TRUE(a.start());
  watcher_.wait_for_rows("a", 15);
  write("a", {.view = "SELECT n + 100 AS n FROM numbers"});
  const Status done = a.reload();
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(a.snapshot().reloads, 1);
  feed("a", 15, 20);
  watcher_.wait_for_rows("a", 20);
  std::set<std::string> expected = numbers(0, 15);
  expected.merge(numbers(115, 120));
  EXPECT_EQ(rows("a"), expected);
  ASSERT_TRUE(a.stop());
  a.wait();
  EXPECT_EQ(a.snapshot().summary.batches, 3);  // of both versions
}

TEST_F(HostTest, AReloadThatDoesNotFitTheStateIsRefusedAndTheOldVersionGoesOn) {
  HostedPipeline& a = add("a", {.view = kSums, .sink = ", mode: complete"});
  feed("a", 0, 4);
  ASSERT_TRUE(a.start());
  watcher_.wait_for_rows("a", 4);
  write("a", {.view = "SELECT n % 3 AS k, sum(n) AS total FROM numbers GROUP BY 1",
              .sink = ", mode: complete"});
  const Status done = a.reload();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), Kind::kUser);
  EXPECT_NE(done.error().message().find("E_STATE_CHANGED"), std::string::npos);
  ASSERT_TRUE(a.snapshot().error);
  EXPECT_EQ(a.snapshot().state, PipelineState::kRunning);
  EXPECT_EQ(a.snapshot().reloads, 0);
  feed("a", 4, 6);
  watcher_.wait_for_rows("a", 6);
  std::set<std::string> sums;
  for (const auto& row : table("a").rows()) sums.insert(*row[0] + "=" + *row[1]);
  EXPECT_EQ(sums, (std::set<std::string>{"0=6", "1=9"}));
}

TEST_F(HostTest, AReloadOfABrokenFileChangesNothing) {
  HostedPipeline& a = add("a");
  feed("a", 0, 4);
  ASSERT_TRUE(a.start());
  watcher_.wait_for_rows("a", 4);
  write("a", {.view = "SELECT nothing FROM numbers"});
  EXPECT_FALSE(a.reload());
  write("a", {.name = "another"});
  const Status renamed = a.reload();
  ASSERT_FALSE(renamed);
  EXPECT_NE(renamed.error().message().find("another name is another pipeline"), std::string::npos);
  write("a", {.checkpoint = folder_.at("elsewhere")});
  EXPECT_FALSE(a.reload());
  feed("a", 4, 6);
  watcher_.wait_for_rows("a", 6);
  EXPECT_EQ(rows("a"), numbers(0, 6));
}

TEST_F(HostTest, ANewVersionThatCannotConnectGivesWayToTheOldOne) {
  HostedPipeline& a = add("a");
  feed("a", 0, 4);
  ASSERT_TRUE(a.start());
  watcher_.wait_for_rows("a", 4);
  // The folder of the new sink cannot be made below a file.
  std::ofstream(folder_.at("file")) << "x";
  const std::string text = [&] {
    write("a", {.more = "engine: {retries: 0}\n"});
    std::ifstream in(path_of("a"));
    std::string all((std::istreambuf_iterator<char>(in)), {});
    const std::string sink = "sinks:\n";
    return all.replace(all.find(sink), sink.size(),
                       sink + "  more: {from: v, csv: {path: " + folder_.at("file") + "/below}}\n");
  }();
  std::ofstream(path_of("a"), std::ios::trunc) << text;
  const Status done = a.reload();
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message().find("the old one goes on"), std::string::npos)
      << done.error().message();
  feed("a", 4, 6);
  watcher_.wait_for_rows("a", 6);
  EXPECT_EQ(rows("a"), numbers(0, 6));
  EXPECT_EQ(a.snapshot().reloads, 0);
}

TEST_F(HostTest, AReloadedPipelineStaysPaused) {
  HostedPipeline& a = add("a");
  ASSERT_TRUE(a.start());
  ASSERT_TRUE(a.pause());
  watcher_.wait_for("a", PipelineState::kPaused);
  write("a", {.view = "SELECT n + 100 AS n FROM numbers"});
  ASSERT_TRUE(a.reload());
  watcher_.wait_for("a", PipelineState::kPaused, 2);
  feed("a", 0, 3);
  ASSERT_TRUE(a.resume());
  watcher_.wait_for_rows("a", 3);
  EXPECT_EQ(rows("a"), numbers(100, 103));
}

TEST_F(HostTest, ReloadBeforeTheStartIsForTheStart) {
  HostedPipeline& a = add("a");
  write("a", {.view = "SELECT n + 100 AS n FROM numbers"});
  ASSERT_TRUE(a.reload());
  feed("a", 0, 3);
  ASSERT_TRUE(a.start());
  watcher_.wait_for_rows("a", 3);
  EXPECT_EQ(rows("a"), numbers(100, 103));
}

TEST_F(HostTest, OrdersFromManyThreadsLoseNoRow) {
  HostedPipeline& a = add("a");
  ASSERT_TRUE(a.start());
  {
    const auto often = [](auto ask) {
      return [ask](const std::stop_token& stop) {
        while (!stop.stop_requested()) static_cast<void>(ask());
      };
    };
    const std::jthread pauses(often([&] { return a.pause(); }));
    const std::jthread resumes(often([&] { return a.resume(); }));
    const std::jthread triggers(often([&] { return a.trigger(); }));
    const std::jthread reloads(often([&] { return a.reload(); }));
    for (int i = 0; i < 10; ++i) {
      feed("a", i * 10, i * 10 + 10);
      watcher_.wait_for_rows("a", i * 10 + 10);
    }
  }
  ASSERT_TRUE(a.resume());
  ASSERT_TRUE(a.drain());
  a.wait();
  EXPECT_EQ(table("a").rows().size(), 100U);
  EXPECT_EQ(rows("a"), numbers(0, 100));
}

}  // namespace
}  // namespace sluice
