#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connector/keyed_sink_conformance.h"
#include "connector/source_conformance.h"
#include "connectors/cassandra/cassandra_rig.h"
#include "connectors/cassandra/cassandra_sink.h"
#include "connectors/cassandra/cassandra_source.h"
#include "support/filed_bytes.h"
#include "support/temporary_folder.h"

namespace sluice::connectors {
void register_cassandra(connector::Registry& registry);
}  // namespace sluice::connectors

namespace sluice::connector {
namespace {

using connectors::cassandra::CassandraSink;
using connectors::cassandra::CassandraSource;
using connectors::cassandra::ScanSettings;
using connectors::cassandra::SinkSettings;
using connectors::cassandra::test_settings;
using connectors::cassandra::TestKeyspace;
using connectors::cassandra::why_no_server;

std::string random_name(const std::string& prefix) {
  SystemRandom random;
  std::string name = prefix;
  for (const char c : random.uuid()) {
    if (c != '-') name += c;
  }
  return name.substr(0, 40);
}

class CassandraSourceRig {
 public:
  static std::string missing() { return why_no_server(); }

  std::unique_ptr<Source> make() {
    auto settings = test_settings();
    if (silent_) settings.contact_points = {silent_->address()};
    return make_with(std::move(settings));
  }
  /// For who connects from now on.
  void go_away() { silent_.emplace(); }
  std::unique_ptr<Source> make_impatient() {
    auto settings = test_settings();
    if (silent_) settings.contact_points = {silent_->address()};
    settings.connect_timeout = std::chrono::milliseconds(3000);
    return make_with(std::move(settings));
  }
  std::unique_ptr<Source> make_secret(const std::string& marker) {
    auto settings = test_settings();
    settings.password = Secret(marker);
    return make_with(std::move(settings));
  }
  void fill() {
    if (!missing().empty()) return;
    keyspace_.execute("CREATE TABLE " + table() +
                      " (k int, id int, name text, PRIMARY KEY (k, id))");
    for (int i = 0; i < 25; ++i) {
      const std::string id = std::to_string(i);
      keyspace_.execute("INSERT INTO " + table() + " (k, id, name) VALUES (" +
                        std::to_string(i % 3) + ", " + id + ", 'name " + id + "')");
    }
  }
  bool fill_more() { return false; }
  /// It is scanned once, to its end.
  static constexpr bool kEndsByItself = true;
  static constexpr bool kForgetsReleased = true;

 private:
  std::string table() const { return keyspace_.name() + "." + table_; }
  std::unique_ptr<Source> make_with(connectors::cassandra::ClusterSettings cluster) {
    ScanSettings settings;
    settings.cluster = std::move(cluster);
    settings.table = connectors::cassandra::TableName{keyspace_.name(), table_};
    settings.ranges = 4;
    settings.page_rows = 3;
    Context context{"test", "in", clock_, random_, *files_};
    context.folder = folder_.path() + "/inbox";
    return std::make_unique<CassandraSource>(std::move(settings), std::uint64_t{1} << 20, context);
  }

  TestKeyspace keyspace_{"sluice_conformance"};
  const std::string table_ = random_name("s");
  std::optional<connectors::cassandra::SilentServer> silent_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  io::TemporaryFolder folder_;
};

/// A table whose name is kept in the folder, so that a child process writes to the same one.
class CassandraSinkRig {
 public:
  explicit CassandraSinkRig(const std::string& folder)
      : bytes_(std::make_unique<FiledBytes>(folder + "/staged")) {
    if (!missing().empty()) return;
    const std::string path = folder + "/table";
    if (!std::filesystem::exists(path)) {
      std::filesystem::create_directories(folder);
      std::ofstream(path) << random_name("t");
    }
    std::ifstream(path) >> table_;
    keyspace_->execute("CREATE TABLE IF NOT EXISTS " + full(table_) +
                       " (id bigint PRIMARY KEY, name text)");
  }

  static SinkKind kind() { return registered_sink(connectors::register_cassandra, "cassandra"); }
  static std::string missing() { return why_no_server(); }

  std::unique_ptr<Sink> make() {
    SinkSettings settings;
    settings.cluster = test_settings();
    settings.table = {keyspace_->name(), table_};
    settings.commits_table = "sluice_commits";
    settings.batch_bytes = 4096;
    settings.parallel = 4;
    // Sinks of several tables share the table of commits.
    const Context context{"test", table_, parts_->clock, parts_->random, *parts_->files};
    auto sink = std::make_unique<CassandraSink>(std::move(settings), context);
    sink->keep_in(*bytes_);
    return sink;
  }
  std::vector<std::string> rows() {
    std::vector<std::string> rows;
    for (const auto& row : keyspace_->ask("SELECT CAST(id AS text), name FROM " + full(table_))) {
      rows.push_back(row[0] + "|" + row[1]);
    }
    return rows;
  }
  [[maybe_unused]] static constexpr bool kStagesInCheckpoint = true;
  std::size_t leftovers() const { return 0; }
  void put_foreign() {
    foreign_ = random_name("f");
    keyspace_->execute("CREATE TABLE " + full(foreign_) + " (id bigint PRIMARY KEY)");
    keyspace_->execute("INSERT INTO " + full(foreign_) + " (id) VALUES (7)");
  }
  bool foreign_is_intact() {
    return keyspace_->ask("SELECT CAST(id AS text) FROM " + full(foreign_)).size() == 1;
  }
  static constexpr bool kOutlivesProcess = true;

 private:
  struct Parts {
    SystemClock clock;
    SystemRandom random;
    std::unique_ptr<io::FileSystem> files = io::make_local_file_system();
  };
  std::string full(const std::string& table) const { return keyspace_->name() + "." + table; }

  std::unique_ptr<TestKeyspace> keyspace_ = std::make_unique<TestKeyspace>("sluice_conformance");
  std::unique_ptr<FiledBytes> bytes_;
  std::unique_ptr<Parts> parts_ = std::make_unique<Parts>();
  std::string table_;
  std::string foreign_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Cassandra, SourceConformance, CassandraSourceRig);
INSTANTIATE_TYPED_TEST_SUITE_P(Cassandra, KeyedSinkConformance, CassandraSinkRig);

}  // namespace
}  // namespace sluice::connector
