// The suite of a promise that no connector here makes, over the smallest sink that keeps it.

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/crash_point.h"
#include "connector/keyed_sink_conformance.h"
#include "support/shown_rows.h"

namespace sluice::connector {
namespace {

namespace fs = std::filesystem;

/// A folder with a file for each key, written one after the other.
class KeyedFolderSink final : public Sink {
 public:
  explicit KeyedFolderSink(std::string folder) : folder_(std::move(folder)) {}

  Status check(const data::Schema& /*schema*/, OutputMode /*mode*/) const override { return {}; }
  Status open(const data::Schema& /*schema*/, OutputMode /*mode*/) override {
    fs::create_directories(folder_);
    return {};
  }
  Result<Staged> stage(data::BatchId batch, BatchTable& rows) override {
    nlohmann::json values = nlohmann::json::object();
    Staged staged;
    staged.batch = batch;
    SLUICE_ASSIGN(const auto shown, shown_rows(rows));
    for (const auto& row : shown) values[row[0].value_or("")] = row[1].value_or("");
    staged.rows = shown.size();
    staged.action = values.dump();
    staged.bytes = staged.action.size();
    return staged;
  }
  Status publish(const Staged& staged) override {
    const auto values = nlohmann::json::parse(staged.action);
    for (const auto& [key, value] : values.items()) {
      crash_point("keyed.put");
      std::ofstream(folder_ + "/" + key + ".new") << value.get<std::string>();
      fs::rename(folder_ + "/" + key + ".new", folder_ + "/" + key);
    }
    crash_point("keyed.published");
    return {};
  }
  Result<std::optional<Head>> head() override { return std::optional<Head>(); }
  Status discard_staged() override { return {}; }

 private:
  std::string folder_;
};

class KeyedFolderRig {
 public:
  static SinkKind kind() {
    SinkKind kind;
    kind.promise = Promise::kIdempotentByKey;
    return kind;
  }
  static constexpr bool kOutlivesProcess = true;
  static constexpr OutputMode kMode = OutputMode::kUpsert;

  explicit KeyedFolderRig(std::string folder) : folder_(std::move(folder)) {}

  std::unique_ptr<Sink> make() { return std::make_unique<KeyedFolderSink>(folder_); }
  std::vector<std::string> rows() const {
    std::vector<std::string> rows;
    if (!fs::exists(folder_)) return rows;
    for (const auto& file : fs::directory_iterator(folder_)) {
      const std::string key = file.path().filename();
      if (key != "foreign") rows.push_back(key + "|" + read_lines(file.path()).at(0));
    }
    return rows;
  }
  std::size_t leftovers() const { return 0; }
  void put_foreign() { std::ofstream(folder_ + "/foreign") << "theirs"; }
  bool foreign_is_intact() const { return fs::exists(folder_ + "/foreign"); }

 private:
  std::string folder_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(KeyedFolder, KeyedSinkConformance, KeyedFolderRig);

}  // namespace
}  // namespace sluice::connector
