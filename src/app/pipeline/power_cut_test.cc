// The whole engine on a file system that forgets what was not synced: power cuts at random
// instants, and what the next start makes of what is left. 200 of them usually, more with SOAK=1,
// CUTS of them when that is set.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/composition/composition.h"
#include "base/random.h"
#include "engine/engine.h"
#include "engine/engine_doubles.h"
#include "lake/table.h"
#include "lake/uri.h"
#include "sql/files/parquet_rewriter.h"
#include "support/faulty_file_system.h"
#include "support/temporary_folder.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

constexpr int kBatches = 3;
constexpr int kRows = 6;  // a batch

class Silent final : public RunListener {
 public:
  void on_start(data::BatchId, int) override {}
  void on_batch(const BatchProgress&) override {}
  void on_retry(const std::string&, int, std::int64_t) override {}
};

class PowerCut : public testing::Test {
 protected:
  PowerCut() {
    for (int batch = 0; batch < kBatches; ++batch) {
      std::string lines;
      for (int row = 0; row < kRows; ++row) {
        const std::string id = std::to_string(batch * kRows + row);
        lines += "{\"id\":" + id + ",\"k\":\"k" + std::to_string(row % 2) + "\"}\n";
      }
      input_.put(std::to_string(batch) + ".jsonl", lines + "no json\n");
    }
  }

  std::string pipeline_text() const {
    const std::string root = job();
    return "name: cut\n"
           "sources: {numbers: {json_lines: {path: " +
           input_.path() +
           ", max_files_per_trigger: 1, schema: {id: BIGINT, k: VARCHAR}}}}\n"
           "views: {totals: \"SELECT k, count(*) AS n, max(id) AS id FROM numbers GROUP BY k\"}\n"
           "sinks:\n"
           "  csv: {from: numbers, csv: {path: " +
           root +
           "/csv, partition_by: [k]}}\n"
           "  totals: {from: totals, mode: complete, csv: {path: " +
           root +
           "/totals}}\n"
           "  delta: {from: numbers, delta: {path: " +
           root +
           "/delta, partition_by: [k]}}\n"
           "engine: {retries: 1, threads: 1}\n"
           "checkpoint: " +
           root + "/checkpoint\n";
  }

  std::string job() const { return folder_.at("job"); }

  Status run(io::FileSystem& files) {
    const connector::Registry registry = all_connectors();
    SLUICE_ASSIGN(const auto file, config::read_pipeline_text(pipeline_text(), "cut.yaml",
                                                              known_kinds(registry), {}));
    io::Spool spool(files, io::join_path(file.checkpoint, "spool"));
    const auto rewriter = sql::make_parquet_rewriter(rewriter_options(file, limits_of(file)));
    SLUICE_ASSIGN(auto made,
                  compose(file, {registry, clock_, random_, files, &spool, rewriter.get()}));
    made.pipeline.trigger.kind = engine::Trigger::Kind::kAvailableNow;
    RunSummary summary;
    Silent silent;
    return engine::run_pipeline(made.pipeline, {clock_, random_, files, silent}, summary, {});
  }

  /// Lines of all data files below a folder, as any reader of the folder sees them.
  static std::multiset<std::string> lines_below(const std::string& folder) {
    std::multiset<std::string> lines;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string path = entry.path();
      if (!entry.is_regular_file() || path.find("/_") != std::string::npos) continue;
      std::ifstream file(path);
      std::string line;
      for (bool header = true; std::getline(file, line); header = false) {
        if (!header) lines.insert(line);
      }
    }
    return lines;
  }

  void check_results() {
    std::multiset<std::string> ids;
    for (int id = 0; id < kBatches * kRows; ++id) ids.insert(std::to_string(id));
    EXPECT_EQ(lines_below(job() + "/csv"), ids);
    const int each = kBatches * kRows / 2;
    const int last = kBatches * kRows - 1;
    EXPECT_EQ(
        lines_below(job() + "/totals"),
        (std::multiset<std::string>{"k0," + std::to_string(each) + "," + std::to_string(last - 1),
                                    "k1," + std::to_string(each) + "," + std::to_string(last)}));
    auto table = *lake::Table::open(job() + "/delta", "test");
    ASSERT_TRUE(*table.refresh());
    std::int64_t rows = 0;
    const auto live = table.files();
    for (const lake::DataFile& file : *live) {
      rows += file.rows.value_or(0);
      EXPECT_EQ(fs::file_size(job() + "/delta/" + lake::decode_path(file.path)),
                static_cast<std::uintmax_t>(file.bytes));
    }
    EXPECT_EQ(rows, kBatches * kRows);
  }

  const bool soak_ = std::getenv("SOAK") != nullptr;
  io::TemporaryFolder input_;
  io::TemporaryFolder folder_;
  engine::StillClock clock_;
  SystemRandom random_;
  std::unique_ptr<io::FileSystem> real_ = io::make_local_file_system();
};

#ifdef __SANITIZE_ADDRESS__
constexpr int kCuts = 10;
#else
constexpr int kCuts = 60;
#endif

TEST_F(PowerCut, NoRowIsLostAndNoneDoubled) {
  const std::uint64_t seed = random_.next();
  SeededRandom chance(seed);
  std::size_t operations = 0;  // of a run that nothing cuts
  const char* asked = std::getenv("CUTS");
  const int cuts = asked != nullptr ? std::atoi(asked) : soak_ ? 5000 : kCuts;
  for (int cut = 0; cut <= cuts; ++cut) {
    fs::remove_all(job());
    fs::remove_all(folder_.at("left"));
    fs::create_directory(job());
    io::FaultyFileSystem files(*real_, job());
    files.trust_content(job() + "/checkpoint/state.db");
    files.trust(job() + "/delta/_delta_log/");  // synced with its name by object_store
    std::size_t at = 0;
    if (operations > 0) {
      at = 1 + chance.next() % operations;
      files.cut_at(at, folder_.at("left"));
    }
    const Status done = run(files);
    if (operations == 0) {
      ASSERT_TRUE(done) << done.error().message();
      operations = files.operations();
    } else {
      ASSERT_TRUE(files.was_cut());
      fs::remove_all(job());
      fs::rename(folder_.at("left"), job());
      const Status again = run(*real_);
      ASSERT_TRUE(again) << "seed " << seed << ", cut " << cut << " at operation " << at << ": "
                         << again.error().message();
    }
    check_results();
    if (HasFailure()) FAIL() << "seed " << seed << ", cut " << cut << " at operation " << at;
  }
}

}  // namespace
}  // namespace sluice::app
