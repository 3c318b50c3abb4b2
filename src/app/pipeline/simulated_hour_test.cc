// An hour of one-second triggers on a clock that the test owns: what a sink leaves behind, and what
// the program needs for it, must not grow with the number of batches. Five minutes of it usually,
// the hour with SOAK=1.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "app/composition/composition.h"
#include "base/random.h"
#include "engine/engine.h"
#include "lake/table.h"
#include "sql/files/parquet_rewriter.h"
#include "support/sleeping_clock.h"
#include "support/temporary_folder.h"

namespace sluice::app {
namespace {

using std::chrono::seconds;

std::int64_t resident_pages() {
  std::ifstream file("/proc/self/statm");
  std::int64_t all = 0;
  std::int64_t resident = 0;
  file >> all >> resident;
  return resident;
}

/// Stops the run after so many batches; notes the memory halfway.
class Watch final : public RunListener {
 public:
  explicit Watch(std::int64_t batches) : batches_(batches) {}

  void on_start(data::BatchId, int) override {}
  void on_batch(const BatchProgress& progress) override {
    rows += progress.sinks.at(0).rows;
    if (progress.batch == batches_ / 2) pages_halfway = resident_pages();
    if (progress.batch + 1 < batches_) return;
    pages_at_end = resident_pages();
    stop.request_stop();
  }
  void on_retry(const std::string& what, int, std::int64_t) override { FAIL() << what; }

  std::int64_t rows = 0;
  std::int64_t pages_halfway = 0;
  std::int64_t pages_at_end = 0;
  std::stop_source stop;

 private:
  std::int64_t batches_;
};

constexpr std::int64_t kRowsPerSecond = 100;
constexpr std::int64_t kLogBytesPerBatch = 8'000;
#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;  // what is freed stays for a while
#else
constexpr bool kSanitized = false;
#endif

struct Files {
  std::int64_t count = 0;
  std::int64_t bytes = 0;
};

Files files_below(const std::filesystem::path& folder) {
  Files found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    ++found.count;
    found.bytes += static_cast<std::int64_t>(entry.file_size());
  }
  return found;
}

class SimulatedHour : public testing::Test {
 protected:
  void run() {
    const std::string text =
        "name: hour\n"
        "sources: {events: {generator: {rows_per_second: " +
        std::to_string(kRowsPerSecond) +
        ", columns: {id: {sequence: {}}, "
        "name: {pattern: {text: \"customer-####\"}}, at: {timestamp: {start: \"2026-01-01 "
        "00:00:00\", "
        "step: 10ms}}}}}}\n"
        "sinks: {out: {from: events, delta: {path: " +
        table_path() +
        "}}}\n"
        "trigger: {every: 1s}\n"
        "checkpoint: " +
        folder_.path() + "/checkpoint\n";
    const connector::Registry registry = all_connectors();
    auto file = config::read_pipeline_text(text, "hour.yaml", known_kinds(registry), {});
    ASSERT_TRUE(file) << file.error().message();
    const auto files = io::make_local_file_system();
    io::Spool spool(*files, io::join_path(file->checkpoint, "spool"));
    const auto rewriter = sql::make_parquet_rewriter(rewriter_options(*file, limits_of(*file)));
    SeededRandom random(1);
    auto made = compose(*file, {registry, clock_, random, *files, &spool, rewriter.get()});
    ASSERT_TRUE(made) << made.error().message();
    RunSummary summary;
    const auto done = engine::run_pipeline(made->pipeline, {clock_, random, *files, watch_},
                                           summary, watch_.stop.get_token());
    ASSERT_TRUE(done) << done.error().message();
    ASSERT_EQ(summary.batches, batches_);
  }

  std::string table_path() const { return folder_.path() + "/table"; }

  const bool soak_ = std::getenv("SOAK") != nullptr;
  const std::int64_t batches_ = soak_ ? 3600 : 300;
  io::TemporaryFolder folder_;
  SleepingClock clock_;
  Watch watch_{batches_};
};

TEST_F(SimulatedHour, DeltaTableStaysOfFewFilesAndMemoryIsFlat) {
  run();
  if (HasFatalFailure()) return;
  auto table = *lake::Table::open(table_path(), "test");
  ASSERT_TRUE(*table.refresh());
  const auto live = *table.files();
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  for (const lake::DataFile& file : live) {
    rows += file.rows.value_or(0);
    bytes += file.bytes;
  }
  const Files log = files_below(table_path() + "/_delta_log");
  const Files all = files_below(table_path());
  const std::int64_t page_kib = sysconf(_SC_PAGESIZE) / 1024;
  std::cout << batches_ << " triggers: " << rows << " rows in " << live.size() << " files, "
            << bytes << " bytes; until VACUUM " << all.count - log.count << " files, "
            << all.bytes - log.bytes << " bytes; log " << log.count << " files, " << log.bytes
            << " bytes; memory " << watch_.pages_halfway * page_kib << " KiB halfway, "
            << watch_.pages_at_end * page_kib << " KiB at the end\n";
  EXPECT_EQ(rows, watch_.rows);
  EXPECT_GT(rows, (batches_ - 1) * kRowsPerSecond);
  EXPECT_LT(live.size(), 50U);
  EXPECT_LT(log.bytes, batches_ * kLogBytesPerBatch);
  if (!kSanitized) {
    EXPECT_LT(watch_.pages_at_end, watch_.pages_halfway * (soak_ ? 11 : 13) / 10);
  }
}

}  // namespace
}  // namespace sluice::app
