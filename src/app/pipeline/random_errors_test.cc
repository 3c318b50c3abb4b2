// Pipelines whose every call to a file system or a store may go wrong, before or after it has done
// its work, or do it when nobody waits any more; that are stopped in the middle of a call; and
// whose checkpoint may have a copy that is run, too. Runs that end, end with an error that may
// pass, or because the other one of two checkpoints has fenced them; and a run without faults then
// finds nothing lost, nothing doubled, and tables that others can open. With
// SLUICE_SEEDS=FIRST:COUNT other seeds.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "app/composition/composition.h"
#include "app/pipeline/seeds_fixture.h"
#include "base/json.h"
#include "base/percent_text.h"
#include "engine/engine.h"
#include "engine/engine_doubles.h"
#include "io/object_file_system.h"
#include "lake/table.h"
#include "sql/files/parquet_rewriter.h"
#include "sql/functions/open_database.h"
#include "support/sleeping_clock.h"
#include "support/store_faults.h"
#include "support/temporary_folder.h"
#include "support/unreliable_file_system.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

#ifdef __SANITIZE_ADDRESS__
constexpr std::int64_t kSeeds = 20;
#else
constexpr std::int64_t kSeeds = 120;
#endif
/// Tests that share them, since a test program's tests run side by side.
constexpr std::int64_t kParts = 8;
/// One seed in so many writes enough files for small ones to become one.
constexpr std::uint64_t kSeedsACompaction = 4;
constexpr int kKeys = 5;
/// One run in so many is stopped, in one of its first calls to the file system.
constexpr std::uint64_t kRunsAStop = 4;
constexpr std::uint64_t kCallsToStop = 120;
/// Two seeds in so many have a copy of the checkpoint beside it.
constexpr std::uint64_t kSeedsForCopies = 7;

/// What a sink writes and how it is read back.
struct Target {
  std::string name;
  std::string from;
  std::string options;  ///< of the sink but `from` and the path; %: the path
  bool is_delta = false;
  bool is_whole = false;  ///< the newest batch's files replace all others
  int rows = 10;          ///< of input, a run
  int rows_per_batch = 5;
};

const Target& target_of(std::uint64_t seed) {
  static const Target kCompacted = {
      "delta", "rows", "delta: {path: %, properties: {delta.checkpointInterval: 4}}", true, false,
      18,      1};
  static const std::vector<Target> kTargets = {
      {"parquet", "rows", "parquet: {path: %, rows_per_file: 3}", false, false},
      {"delta_upsert", "totals", "mode: upsert, key: [k], delta: {path: %}", true, false},
      {"csv_complete", "totals", "mode: complete, csv: {path: %}", false, true},
      {"delta_complete", "totals", "mode: complete, delta: {path: %}", true, true},
      {"json_partitioned", "rows", "json_lines: {path: %, partition_by: [k]}", false, false},
      {"delta_partitioned", "rows", "delta: {path: %, partition_by: [k]}", true, false},
  };
  return seed % kSeedsACompaction == 0 ? kCompacted : kTargets[seed % kTargets.size()];
}

/// What all lives share, since it takes long to make.
struct Workshop {
  std::unique_ptr<io::FileSystem> local = io::make_local_file_system();
  connector::Registry registry = all_connectors();
  io::TemporaryFolder scratch;
  std::unique_ptr<connector::ParquetRewriter> rewriter =
      sql::make_parquet_rewriter({.threads = 1, .temp_folder = scratch.path()});
  std::unique_ptr<sql::Database> database = *sql::open_database("", {.threads = 1});
  std::unique_ptr<sql::Session> session = *database->connect();
};

/// One life of a pipeline, in a folder of its own.
class Life {
 public:
  Life(std::uint64_t seed, Workshop& shop) : shop_(shop), random_(seed), target_(target_of(seed)) {
    in_store_ = seed / 12 % 2 == 1;
    with_backup_ = seed % 5 == 0;
    with_copy_ = !with_backup_ && seed % kSeedsForCopies < 2;
    io::ObjectRoot root;
    root.root = "lake://";
    root.prefix = folder_.path().substr(1) + "/store";
    root.address.url = "file://localhost";
    auto opened = io::ObjectFileSystem::open(root);
    EXPECT_TRUE(opened) << opened.error().message();
    store_ = *std::move(opened);
    fs::create_directories(folder_.path() + "/in");
    // The kernel needs to see the folder of a table on this machine.
    fs::create_directories(local_path());
  }

  void run() {
    constexpr std::uint32_t kRates[] = {10, 25, 50, 100};
    const std::uint32_t rate = kRates[random_.next() % 4];
    const int faulty_runs = random_.next() % 4 == 0 ? 3 : with_copy_ ? 2 : 1;
    for (int i = 0; i < faulty_runs; ++i) {
      put_input();
      io::inject_store_faults(random_.next(), rate);
      run_with_faults(kOwn, rate);
      if (has_copy_) run_with_faults(kCopy, rate);
      if (with_copy_ && !has_copy_) copy_checkpoint();
    }
    put_input();
    faults += io::inject_store_faults(0, 0);
    const Status done = run_once(kOwn, 0);
    ASSERT_TRUE(done || (has_copy_ && is_fenced(done.error()))) << done.error().message();
    if (has_copy_) {
      const Status other = run_once(kCopy, 0);
      ASSERT_TRUE(other || is_fenced(other.error())) << other.error().message();
      ASSERT_NE(done.has_value(), other.has_value()) << "one of the two goes on";
    }
    check();
  }

  std::uint64_t faults = 0;
  int stops = 0;
  int retries = 0;
  int fenced = 0;

 private:
  /// Checkpoints, by their folders' names.
  static constexpr const char* kOwn = "checkpoint";
  static constexpr const char* kCopy = "copy";

  std::string path() const { return (in_store_ ? "lake://" : folder_.path() + "/store/") + "out"; }
  std::string local_path() const { return folder_.path() + "/store/out"; }

  void put_input() {
    const std::string name = folder_.path() + "/in/" + std::to_string(files_++) + ".jsonl";
    {
      std::ofstream file(name + ".new");
      for (int i = 0; i < target_.rows; ++i, ++rows_) {
        file << R"({"id": )" << rows_ << R"(, "k": )" << rows_ % kKeys << "}\n";
      }
    }
    fs::rename(name + ".new", name);
  }

  static bool is_fenced(const Error& error) {
    return error.message().find("E_FENCED") != std::string::npos ||
           error.message().find("E_SINK_AHEAD_OF_CHECKPOINT") != std::string::npos;
  }

  void run_with_faults(const char* checkpoint, std::uint32_t rate) {
    const Status done = run_once(checkpoint, rate);
    if (done) return;
    const Kind kind = done.error().kind();
    if (has_copy_ && is_fenced(done.error())) {
      ++fenced;
    } else {
      ++stops;
      EXPECT_TRUE(kind == Kind::kTransient || kind == Kind::kUnknownOutcome)
          << checkpoint << " stopped by " << done.error().message();
    }
  }

  void copy_checkpoint() {
    const std::string from = folder_.path() + "/" + kOwn;
    if (!fs::exists(from + "/state.db")) return;
    fs::copy(from, folder_.path() + "/" + kCopy, fs::copy_options::recursive);
    has_copy_ = true;
  }

  std::string yaml(const char* checkpoint) const {
    std::string sink = target_.options;
    sink.replace(sink.find('%'), 1, path());
    std::string text =
        "name: random\n"
        "sources: {rows: {json_lines: {path: " +
        folder_.path() + "/in, schema: {id: BIGINT, k: BIGINT}, max_records_per_trigger: " +
        std::to_string(target_.rows_per_batch) +
        "}}}\n"
        "views: {totals: \"SELECT k, count(*) AS n, sum(id)::BIGINT AS s FROM rows "
        "GROUP BY k\"}\n"
        "sinks: {out: {from: " +
        target_.from + ", " + sink +
        "}}\n"
        "trigger: available_now\n"
        "engine: {retries: 4, threads: 1}\n"
        "checkpoint: " +
        folder_.path() + "/" + checkpoint + "\n";
    if (with_backup_) text += "backup: {to: \"lake://backup\", every: 0s, keep: 2}\n";
    return text;
  }

  Status run_once(const char* checkpoint, std::uint32_t rate) {
    io::UnreliableFileSystem files(*shop_.local, *store_, random_.next(), rate);
    std::stop_source stop;
    if (rate > 0 && random_.next() % kRunsAStop == 0) {
      files.stop_at(1 + random_.next() % kCallsToStop, stop);
    }
    SLUICE_ASSIGN(const auto file, config::read_pipeline_text(yaml(checkpoint), "random.yaml",
                                                              known_kinds(shop_.registry), {}));
    io::Spool spool(files, io::join_path(file.checkpoint, "spool"));
    SLUICE_ASSIGN(auto made, compose(file, {shop_.registry, clock_, random_, files, &spool,
                                            shop_.rewriter.get()}));
    RunSummary summary;
    engine::RecordingListener listener;
    Status done = engine::run_pipeline(made.pipeline, {clock_, random_, files, listener}, summary,
                                       stop.get_token());
    retries += static_cast<int>(listener.retries.size());
    faults += files.faults();
    return done;
  }

  void check();
  std::vector<std::string> files_of_delta();
  std::vector<std::string> files_of_manifests();

  Workshop& shop_;
  SeededRandom random_;
  const Target& target_;
  bool in_store_ = false;
  bool with_backup_ = false;
  bool with_copy_ = false;
  bool has_copy_ = false;  ///< it is made by now
  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> store_;
  SleepingClock clock_;
  int files_ = 0;
  std::int64_t rows_ = 0;
};

Json parsed(const std::string& text, const std::string& path) {
  Json json = Json::parse(text, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << path << " is not JSON: " << text;
  return json;
}

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

/// By a reader of our own, which knows nothing but the format. Files of old versions must be there,
/// too: nothing was vacuumed.
std::vector<std::string> Life::files_of_delta() {
  std::set<std::string> live;
  std::set<std::string> batches;
  for (int version = 0;; ++version) {
    std::string name = std::to_string(version);
    name.insert(0, 20 - name.size(), '0');
    const fs::path entry = local_path() + "/_delta_log/" + name + ".json";
    if (!fs::exists(entry)) break;
    std::istringstream lines(content(entry));
    for (std::string line; std::getline(lines, line);) {
      const Json action = parsed(line, entry);
      if (action.contains("remove")) {
        const std::string path = percent_decoded(action["remove"]["path"].get<std::string>());
        EXPECT_EQ(live.erase(path), 1U) << entry << " removes what is not there: " << path;
      }
      if (action.contains("txn")) {
        // A batch of the sink, or an epoch of its writers.
        const std::string batch =
            action["txn"]["appId"].get<std::string>() + " " + action["txn"]["version"].dump();
        EXPECT_TRUE(batches.insert(batch).second) << entry << ": " << batch << " again";
      }
      if (!action.contains("add")) continue;
      const std::string path = percent_decoded(action["add"]["path"].get<std::string>());
      EXPECT_TRUE(live.insert(path).second) << entry << " adds " << path << " twice";
      const fs::path file = local_path() + "/" + path;
      EXPECT_TRUE(fs::exists(file) &&
                  fs::file_size(file) == action["add"]["size"].get<std::uintmax_t>())
          << file;
    }
  }
  auto table = lake::Table::open(local_path(), "test");
  EXPECT_TRUE(table && *table->refresh());
  EXPECT_EQ(table->files()->size(), live.size());
  return {live.begin(), live.end()};
}

std::vector<std::string> Life::files_of_manifests() {
  std::vector<std::string> paths;
  std::set<fs::path> manifests;
  for (const auto& entry : fs::recursive_directory_iterator(local_path() + "/_batches")) {
    if (entry.path().extension() == ".manifest") manifests.insert(entry.path());
  }
  for (const fs::path& manifest : manifests) {
    const bool is_newest = manifest == *manifests.rbegin();
    if (target_.is_whole && !is_newest) continue;
    const Json json = parsed(content(manifest), manifest);
    for (const Json& file : json["files"]) {
      paths.push_back(file["path"]);
      const fs::path path = local_path() + "/" + paths.back();
      EXPECT_TRUE(fs::exists(path) && fs::file_size(path) == file["bytes"].get<std::uintmax_t>())
          << path;
    }
  }
  // Readers of such folders take what lies there.
  std::vector<std::string> there;
  for (const auto& entry : fs::recursive_directory_iterator(local_path())) {
    const std::string relative = entry.path().string().substr(local_path().size() + 1);
    // With a # are those that object_store's folder has left, which no store would.
    const bool counts = !relative.starts_with("_") && relative.find('#') == std::string::npos;
    if (entry.is_regular_file() && counts) {
      there.push_back(relative);
    }
  }
  std::ranges::sort(there);
  std::ranges::sort(paths);
  EXPECT_EQ(there, paths);
  return paths;
}

void Life::check() {
  const std::vector<std::string> paths = target_.is_delta ? files_of_delta() : files_of_manifests();
  ASSERT_FALSE(paths.empty());
  std::string list;
  for (const std::string& path : paths) {
    list += (list.empty() ? "[" : ", ") + data::quote_literal(local_path() + "/" + path);
  }
  const std::string extension = fs::path(paths.front()).extension();
  const std::string call = (extension == ".parquet" ? "read_parquet("
                            : extension == ".csv"   ? "read_csv("
                                                    : "read_json(") +
                           list + "], hive_partitioning = true)";
  const std::string columns = target_.from == "rows" ? "id::BIGINT, k::BIGINT" : "k, n, s";
  const auto found = shop_.session->query("SELECT " + columns + " FROM " + call + " ORDER BY ALL");
  ASSERT_TRUE(found) << found.error().message();
  const std::string input = "(SELECT i AS id, i % " + std::to_string(kKeys) + " AS k FROM range(" +
                            std::to_string(rows_) + ") t(i))";
  const auto expected = shop_.session->query(
      target_.from == "rows"
          ? "SELECT id::BIGINT, k::BIGINT FROM " + input + " ORDER BY ALL"
          : "SELECT k, count(*) AS n, sum(id) AS s FROM " + input + " GROUP BY k ORDER BY ALL");
  ASSERT_TRUE(expected) << expected.error().message();
  EXPECT_EQ(found->values, expected->values);
}

/// Those of one of the parts.
Seeds seeds_of(std::int64_t part) {
  const auto [first, count] = wished_seeds(kSeeds);
  const std::int64_t begin = count * part / kParts;
  return {first + begin, count * (part + 1) / kParts - begin};
}

class RandomErrors : public testing::TestWithParam<std::int64_t> {};

TEST_P(RandomErrors, LoseNothingAndDoubleNothing) {
  const auto [first, count] = seeds_of(GetParam());
  Workshop shop;
  std::uint64_t faults = 0;
  int stops = 0;
  int retries = 0;
  int fenced = 0;
  for (std::int64_t at = first; at < first + count; ++at) {
    const auto seed = static_cast<std::uint64_t>(at);
    SCOPED_TRACE("SLUICE_SEEDS=" + std::to_string(seed) + " " + target_of(seed).name);
    Life life(seed, shop);
    life.run();
    faults += life.faults;
    stops += life.stops;
    retries += life.retries;
    fenced += life.fenced;
    if (HasFailure()) break;
  }
  std::cout << count << " pipelines: " << faults << " faults, " << retries << " retries, " << stops
            << " stops, " << fenced << " fenced\n";
}

INSTANTIATE_TEST_SUITE_P(Parts, RandomErrors, testing::Range<std::int64_t>(0, kParts));

}  // namespace
}  // namespace sluice::app
