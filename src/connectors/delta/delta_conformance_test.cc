#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "connector/sink_conformance.h"
#include "connectors/delta/delta_sink.h"
#include "lake/uri.h"

namespace sluice::connectors {
void register_delta(connector::Registry& registry);
}

namespace sluice::connector {
namespace {

namespace fs = std::filesystem;

class DeltaRig {
 public:
  static constexpr bool kOutlivesProcess = true;
  static SinkKind kind() { return registered_sink(connectors::register_delta, "delta"); }

  explicit DeltaRig(std::string folder) : folder_(std::move(folder)) {}

  std::unique_ptr<Sink> make() {
    connectors::DeltaSinkOptions options;
    options.path = folder_;
    options.compression = "zstd";
    return std::make_unique<connectors::DeltaSink>(
        options, Context{"pipeline", "sink", *clock_, *random_, *files_});
  }

  /// The text table's files are CSV, whatever format they are asked for.
  std::vector<std::string> rows() {
    std::vector<std::string> out;
    for (const std::string& path : live()) {
      std::vector<std::string> lines = read_lines(folder_ + "/" + path);
      for (std::string& line : lines) {
        std::ranges::replace(line, ',', '|');
        if (line != "id|name") out.push_back(std::move(line));
      }
    }
    return out;
  }

  std::size_t leftovers() {
    const std::set<std::string> named = live();
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      const std::string name = entry.path().filename();
      if (name.starts_with("pipeline-sink-") && !named.contains(name)) ++count;
    }
    return count;
  }

  void put_foreign() { std::ofstream(foreign()) << "theirs"; }
  bool foreign_is_intact() { return read_lines(foreign()) == std::vector<std::string>{"theirs"}; }

 private:
  /// Almost a name of ours: another sink's.
  std::string foreign() const {
    return folder_ + "/pipeline-sink2-0000000000000000-b1-00000000-0.parquet";
  }

  std::set<std::string> live() {
    std::set<std::string> paths;
    auto table = lake::Table::open(folder_, "test");
    if (!table || !*table->refresh()) return paths;
    const auto files = table->files();
    for (const lake::DataFile& file : *files) paths.insert(lake::decode_path(file.path));
    return paths;
  }

  std::string folder_;
  std::unique_ptr<Clock> clock_ = std::make_unique<SystemClock>();
  std::unique_ptr<Random> random_ = std::make_unique<SystemRandom>();
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
};

INSTANTIATE_TYPED_TEST_SUITE_P(Delta, SinkConformance, DeltaRig);

}  // namespace
}  // namespace sluice::connector
