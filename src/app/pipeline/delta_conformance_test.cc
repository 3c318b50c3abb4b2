// The Delta sink in upsert mode over real SQL: its batches have no key in common, so that what the
// conformance suite proves of appended rows must hold; every publish looks for keys in the table's
// files.

#include <filesystem>
#include <set>

#include "app/composition/composition.h"
#include "connector/registry.h"
#include "connector/sink_conformance.h"
#include "connectors/delta/delta_sink.h"
#include "lake/uri.h"
#include "sql/files/parquet_rewriter.h"
#include "sql/functions/open_database.h"
#include "sql/scan/scan.h"

namespace sluice::connector {
namespace {

namespace fs = std::filesystem;
using data::quote_literal;

class UpsertRig {
 public:
  static constexpr bool kOutlivesProcess = true;
  static SinkKind kind() { return *sluice::app::all_connectors().sink("delta"); }
  static constexpr OutputMode kMode = OutputMode::kUpsert;

  explicit UpsertRig(std::string folder)
      : folder_(std::move(folder)),
        rewriter_(sql::make_parquet_rewriter({.threads = 1, .temp_folder = folder_ + "-spill"})) {
    database_ = *sql::open_database("", {.threads = 1});
    session_ = *database_->connect();
  }

  std::unique_ptr<Sink> make() {
    static const SystemClock kClock;
    static SystemRandom random;
    static const auto kFiles = io::make_local_file_system();
    connectors::DeltaSinkOptions options;
    options.path = folder_;
    options.compression = "zstd";
    // One key of all rows that are there twice would be found by its statistics alone.
    const Context context{"pipeline", "sink",  kClock,         random,
                          *kFiles,    nullptr, {{"name"}, {}}, rewriter_.get()};
    return std::make_unique<connectors::DeltaSink>(options, context);
  }

  std::unique_ptr<BatchTable> table(const data::Schema& /*schema*/,
                                    const std::vector<TextTable::Row>& rows) {
    std::string values;
    for (const TextTable::Row& row : rows) {
      values += values.empty() ? "VALUES " : ", ";
      values += "(" + quote_literal(*row[0]) + ", " + quote_literal(*row[1]) + ")";
    }
    if (values.empty()) values = "SELECT '0', '' WHERE false";
    auto made = sql::make_batch_table(
        *session_, "SELECT id::BIGINT AS id, name FROM (" + values + ") AS t(id, name)");
    EXPECT_TRUE(made) << made.error().message();
    return *std::move(made);
  }

  std::vector<std::string> rows() {
    std::vector<std::string> texts;
    for (const std::string& path : live()) {
      const auto rows = session_->query("SELECT id || '|' || name FROM read_parquet(" +
                                        quote_literal(folder_ + "/" + path) + ")");
      EXPECT_TRUE(rows) << rows.error().message();
      for (const auto& row : rows->values) texts.push_back(*row[0]);
    }
    return texts;
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
  std::unique_ptr<ParquetRewriter> rewriter_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::Session> session_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(DeltaUpsert, SinkConformance, UpsertRig);

}  // namespace
}  // namespace sluice::connector
