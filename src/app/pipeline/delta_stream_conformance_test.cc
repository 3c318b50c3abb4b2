// The Delta source over a real table: the sink writes it, DuckDB reads the batches.

#include "connector/source_conformance.h"
#include "connectors/delta/delta_sink.h"
#include "connectors/delta/delta_source.h"
#include "sql/functions/open_database.h"
#include "sql/scan/parquet_select.h"
#include "sql/scan/scan.h"
#include "support/temporary_folder.h"

namespace sluice::connector {
namespace {

using connectors::DeltaSink;
using connectors::DeltaSinkOptions;
using connectors::DeltaSource;
using connectors::DeltaSourceOptions;

/// A table with one row a commit, since a batch takes whole files.
class DeltaStreamRig {
 public:
  std::unique_ptr<Source> make() {
    DeltaSourceOptions options;
    options.path = folder_.path();
    return std::make_unique<DeltaSource>(std::move(options), context());
  }
  void fill() { add_rows(22); }
  bool fill_more() {
    add_rows(3);
    return true;
  }

  static std::vector<std::string> texts(const Source& /*source*/, const data::RecordBatch& batch) {
    const auto database = *sql::open_database("", {.threads = 1});
    const auto session = *database->connect();
    const auto select = sql::parquet_select(*session, *batch.parquet());
    EXPECT_TRUE(select) << select.error().message();
    const auto found = session->query("SELECT id || '|' || name FROM (" + *select + ")");
    EXPECT_TRUE(found) << found.error().message();
    std::vector<std::string> texts;
    for (const auto& row : found->values) texts.push_back(*row[0]);
    EXPECT_EQ(texts.size(), batch.size());
    return texts;
  }

 private:
  Context context() { return {"test", "out", clock_, random_, *files_}; }

  void add_rows(int count) {
    const auto database = *sql::open_database("", {.threads = 1});
    const auto session = *database->connect();
    DeltaSinkOptions options;
    options.path = folder_.path();
    DeltaSink sink(options, context());
    const data::Schema schema({{"id", data::TypeId::kBigint}, {"name", data::TypeId::kVarchar}});
    EXPECT_TRUE(sink.open(schema, OutputMode::kAppend));
    for (int i = 0; i < count; ++i, ++rows_) {
      const std::string id = std::to_string(rows_);
      const auto rows = *sql::make_batch_table(
          *session, "SELECT " + id + "::BIGINT AS id, 'n" + id + "' AS name");
      auto staged = sink.stage(rows_, *rows);
      EXPECT_TRUE(staged) << staged.error().message();
      staged->plan_hash = "hash " + id;
      staged->notes = "{}";
      EXPECT_TRUE(sink.publish(*staged));
    }
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  SystemClock clock_;
  SystemRandom random_;
  int rows_ = 0;
};

INSTANTIATE_TYPED_TEST_SUITE_P(DeltaStream, SourceConformance, DeltaStreamRig);

}  // namespace
}  // namespace sluice::connector
