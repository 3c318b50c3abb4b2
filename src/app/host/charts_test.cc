#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/json.h"
#include "sluice/host.h"
#include "support/temporary_folder.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

constexpr int kFiles = 6;
const std::vector<std::string> kCharts = {"line", "donut", "hist", "sum", "totals"};

/// A pipeline of files, one a batch, with a chart of each way to keep rows.
std::string pipeline(const std::string& folder, const std::string& charts) {
  std::ofstream file(folder + "/p.yaml", std::ios::trunc);
  file << "name: p\n"
          "sources:\n"
          "  rows:\n"
          "    files: {path: "
       << folder
       << "/in, max_files_per_trigger: 1}\n"
          "    format: {json: {schema: {n: BIGINT, s: VARCHAR, at: TIMESTAMP}}}\n"
          "views:\n"
          "  by_s: SELECT s, sum(n) AS n FROM rows GROUP BY s\n"
          "sinks:\n"
          "  out: {from: rows, parquet: {path: "
       << folder
       << "/out}}\n"
          "charts:\n"
       << charts << "trigger: available_now\ncheckpoint: " << folder << "/checkpoint\n";
  return folder + "/p.yaml";
}

const std::string kDeclared =
    "  line: {from: rows, line: {x: at, y: n, by: s}}\n"
    "  donut: {from: rows, donut: {part: s, value: n}, range: 365d}\n"
    "  hist: {from: rows, histogram: {x: n}, range: 365d}\n"
    "  sum: {sql: SELECT sum(n) AS n FROM by_s, number: {value: n}, refresh: 0s}\n"
    "  totals: {sql: SELECT * FROM by_s ORDER BY s, bar: {x: s, y: n}}\n"
    "  notes: {markdown: A text}\n";

void write_input(const std::string& folder, int first, int end) {
  fs::create_directories(folder + "/in");
  for (int f = first; f < end; ++f) {
    std::ofstream file(folder + "/in/" + std::to_string(f) + ".json");
    for (int i = 0; i < 20; ++i) {
      file << R"({"n": )" << f * 20 + i << R"(, "s": ")" << (i % 3 == 0 ? "a" : "b")
           << R"(", "at": "2024-01-01T00:)" << (f < 10 ? "0" : "") << f << ":"
           << (i < 10 ? "0" : "") << i << "\"}\n";
    }
  }
}

HostOptions quiet() {
  HostOptions options;
  options.names_in_log = false;
  options.memory_bytes = 1LL << 30;
  options.threads = 2;
  return options;
}

/// Runs what is there to its end.
class Charts {
 public:
  explicit Charts(const std::string& path) : host_(quiet()) {
    auto loaded = Pipeline::load(path, {});
    EXPECT_TRUE(loaded) << loaded.error().message();
    auto added = host_.add(*std::move(loaded));
    EXPECT_TRUE(added) << added.error().message();
    pipeline_ = *added;
  }
  void run() {
    ASSERT_TRUE(pipeline_->start());
    pipeline_->wait();
    const PipelineSnapshot end = pipeline_->snapshot();
    EXPECT_EQ(end.state, PipelineState::kFinished) << (end.error ? end.error->message : "");
  }
  Json news(const std::string& chart, std::uint64_t seen = 0) {
    auto news = pipeline_->chart_news(chart, seen);
    EXPECT_TRUE(news) << news.error().message();
    seen_ = news->seen;
    return news->json.empty() ? Json() : Json::parse(news->json);
  }
  /// The values of its columns but those of times of batches.
  Json values(const std::string& chart) {
    const Json all = news(chart);
    Json values = Json::array();
    for (std::size_t i = 0; i < all["columns"].size(); ++i) {
      const std::string name = all["columns"][i]["name"];
      if (name != "batch_time" && !(chart == "sum" && name == "at"))
        values.push_back(all["data"][i]);
    }
    if (chart == "donut") {
      // Which batches are of one time is the clock's to say.
      std::map<std::string, std::int64_t> sums;
      for (std::size_t i = 0; i < values[0].size(); ++i) {
        sums[values[0][i]] += values[1][i].get<std::int64_t>();
      }
      return sums;
    }
    return values;
  }
  HostedPipeline& pipeline() { return *pipeline_; }
  std::uint64_t seen() const { return seen_; }

 private:
  Host host_;
  HostedPipeline* pipeline_ = nullptr;
  std::uint64_t seen_ = 0;
};

std::map<std::string, Json> all_values(const std::string& path) {
  Charts charts(path);
  charts.run();
  std::map<std::string, Json> all;
  for (const std::string& chart : kCharts) all[chart] = charts.values(chart);
  return all;
}

TEST(HostedCharts, AreAnsweredBeforeTheFirstStart) {
  const io::TemporaryFolder folder;
  Charts charts(pipeline(folder.path(), kDeclared));
  const Json all = Json::parse(charts.pipeline().charts_json());
  ASSERT_EQ(all["charts"].size(), 6U);
  EXPECT_EQ(all["charts"][0]["id"], "line");
  EXPECT_EQ(all["charts"][5]["markdown"], "A text");
  EXPECT_EQ(charts.news("line")["none"], "no batch has run yet");
  EXPECT_EQ(charts.pipeline().chart_news("lime", 0).error().kind(), Kind::kUser);
  EXPECT_EQ(charts.pipeline().chart_csv("").error().kind(), Kind::kUser);
}

TEST(HostedCharts, AreFilledAndGoOnAfterARestart) {
  const io::TemporaryFolder folder;
  write_input(folder.path(), 0, 3);
  const std::string path = pipeline(folder.path(), kDeclared);
  all_values(path);
  write_input(folder.path(), 3, kFiles);
  const auto restarted = all_values(path);

  const io::TemporaryFolder other;
  write_input(other.path(), 0, kFiles);
  EXPECT_EQ(restarted, all_values(pipeline(other.path(), kDeclared)));
  EXPECT_EQ(restarted.at("line")[0].size(), 120U);
  EXPECT_EQ(restarted.at("totals"), Json({{"a", "b"}, {2478, 4662}}));
  EXPECT_EQ(restarted.at("sum")[0].size(), 6U);
}

TEST(HostedCharts, ShowTheirPastBeforeTheNextBatch) {
  const io::TemporaryFolder folder;
  write_input(folder.path(), 0, 3);
  const std::string path = pipeline(folder.path(), kDeclared);
  const auto before = all_values(path);
  EXPECT_EQ(all_values(path), before);  // nothing is left to read
}

TEST(HostedCharts, NewerRowsComeAlone) {
  const io::TemporaryFolder folder;
  write_input(folder.path(), 0, 1);
  Charts charts(pipeline(folder.path(), kDeclared));
  charts.run();
  charts.news("line");
  EXPECT_TRUE(charts.news("line", charts.seen()).is_null());
  write_input(folder.path(), 1, 2);
  charts.run();  // another run begins with what the checkpoint has
  EXPECT_EQ(charts.news("line", charts.seen())["mode"], "replace");
}

TEST(HostedCharts, AReloadKeepsWhatIsAsBefore) {
  const io::TemporaryFolder folder;
  write_input(folder.path(), 0, 2);
  Charts charts(pipeline(folder.path(), kDeclared));
  charts.run();
  pipeline(folder.path(),
           "  line: {title: Other, from: rows, line: {x: at, y: n, by: s}}\n"
           "  more: {from: rows, line: {x: at, y: n}}\n");
  ASSERT_TRUE(charts.pipeline().reload());
  EXPECT_EQ(charts.news("line")["data"][0].size(), 40U);
  EXPECT_EQ(charts.news("more")["none"], "no batch has run yet");
  EXPECT_FALSE(charts.pipeline().chart_news("donut", 0));
  write_input(folder.path(), 2, 3);
  charts.run();
  EXPECT_EQ(charts.news("line")["data"][0].size(), 60U);
  EXPECT_EQ(charts.news("more")["data"][0].size(), 20U);
}

TEST(HostedCharts, AQueryThatFailsHarmsNothing) {
  const io::TemporaryFolder folder;
  write_input(folder.path(), 0, 3);
  Charts charts(pipeline(folder.path(), kDeclared +
                                            "  broken: {sql: SELECT CAST(s AS BIGINT) AS n FROM "
                                            "rows, number: {value: n}}\n"));
  charts.run();
  EXPECT_EQ(charts.news("broken")["error"]["line"], 17);
  EXPECT_EQ(charts.news("line")["data"][0].size(), 60U);
  EXPECT_EQ(charts.pipeline().snapshot().summary.batches, 3);
}

TEST(HostedCharts, CsvOfAChart) {
  const io::TemporaryFolder folder;
  write_input(folder.path(), 0, 1);
  Charts charts(pipeline(folder.path(), kDeclared));
  charts.run();
  EXPECT_EQ(*charts.pipeline().chart_csv("totals"), "s,n\r\na,63\r\nb,127\r\n");
}

/// Where a run of its own process is to die; the program is this one.
int run_killed(const std::string& folder, const std::string& wish) {
  const std::string program = fs::read_symlink("/proc/self/exe").string();
  const std::string command =
      "env -u GTEST_TOTAL_SHARDS -u GTEST_SHARD_INDEX SLUICE_CHARTS_FOLDER='" + folder +
      "' SLUICE_CRASH='" + wish + "' '" + program +
      "' --gtest_also_run_disabled_tests "
      "--gtest_filter=HostedCharts.DISABLED_RunOfACrashTest >/dev/null 2>&1";
  return std::system(command.c_str());  // NOLINT(cert-env33-c,concurrency-mt-unsafe)
}

TEST(HostedCharts, DISABLED_RunOfACrashTest) {
  const char* folder = std::getenv("SLUICE_CHARTS_FOLDER");  // NOLINT(concurrency-mt-unsafe)
  if (folder == nullptr) GTEST_SKIP() << "for run_killed()";
  Charts(std::string(folder) + "/p.yaml").run();
}

TEST(HostedCharts, AreTheSameWhereverTheRunIsKilled) {
  const io::TemporaryFolder undisturbed;
  write_input(undisturbed.path(), 0, kFiles);
  const auto expected = all_values(pipeline(undisturbed.path(), kDeclared));

  const io::TemporaryFolder listed;
  write_input(listed.path(), 0, kFiles);
  pipeline(listed.path(), kDeclared);
  ASSERT_EQ(run_killed(listed.path(), "list:" + listed.path() + "/points"), 0);
  std::set<std::string> points;
  std::ifstream file(listed.path() + "/points");
  for (std::string line; std::getline(file, line);) points.insert(line);
  ASSERT_TRUE(points.contains("engine.committed"));
  int killed = 0;
  for (const std::string& point : points) {
    if (!point.starts_with("engine.")) continue;
    const io::TemporaryFolder folder;
    write_input(folder.path(), 0, kFiles);
    const std::string path = pipeline(folder.path(), kDeclared);
    // The third batch dies, and then the second one after it.
    killed += run_killed(folder.path(), point + ":3") != 0 ? 1 : 0;
    run_killed(folder.path(), point + ":2");
    const auto found = all_values(path);
    for (const std::string& chart : kCharts) {
      EXPECT_EQ(found.at(chart), expected.at(chart)) << point << " " << chart;
    }
  }
  EXPECT_GE(killed, 10);
}

}  // namespace
}  // namespace sluice
