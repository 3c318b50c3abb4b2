// The Parquet source over real SQL: DuckDB writes the files and reads the batches.

#include "connector/source_conformance.h"
#include "connectors/files/parquet_source.h"
#include "sql/functions/open_database.h"
#include "sql/scan/parquet_select.h"
#include "support/temporary_folder.h"

namespace sluice::connector {
namespace {

using connectors::ParquetSource;
using connectors::ParquetSourceOptions;

/// Files in the folders of two partitions, of nine rows each.
class ParquetFolderRig {
 public:
  std::unique_ptr<Source> make() {
    ParquetSourceOptions options;
    options.path = folder_.path();
    options.ending = ".parquet";
    options.recursive = true;
    return std::make_unique<ParquetSource>(std::move(options),
                                           Context{"test", "in", clock_, random_, *files_});
  }
  void fill() {
    for (int file = 0; file < 3; ++file) add_file();
  }
  bool fill_more() {
    add_file();
    return true;
  }

  static std::vector<std::string> texts(const Source& /*source*/, const data::RecordBatch& batch) {
    const auto database = *sql::open_database("", {.threads = 1});
    const auto session = *database->connect();
    data::ParquetRows rows = *batch.parquet();
    rows.schema = data::Schema({{"id", data::TypeId::kBigint}, {"k", data::TypeId::kVarchar}});
    const auto select = sql::parquet_select(*session, rows, {{"row", data::kFileRow}});
    EXPECT_TRUE(select) << select.error().message();
    const auto found = session->query("SELECT concat_ws('|', id, k, row) FROM (" + *select + ")");
    EXPECT_TRUE(found) << found.error().message();
    std::vector<std::string> texts;
    for (const auto& row : found->values) texts.push_back(*row[0]);
    EXPECT_EQ(texts.size(), batch.size());
    return texts;
  }

 private:
  void add_file() {
    const auto database = *sql::open_database("", {.threads = 1});
    const auto session = *database->connect();
    const std::string folder = folder_.at("k=" + std::to_string(rows_ % 2));
    EXPECT_TRUE(files_->make_folders(folder));
    const std::string hidden = folder + "/_new";
    const auto written = session->execute(
        "COPY (SELECT range AS id FROM range(" + std::to_string(rows_) + ", " +
        std::to_string(rows_ + 9) + ")) TO " + data::quote_literal(hidden) + " (FORMAT parquet)");
    EXPECT_TRUE(written) << written.error().message();
    EXPECT_TRUE(files_->rename(hidden, folder + "/part-" + std::to_string(rows_) + ".parquet"));
    rows_ += 9;
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  SystemClock clock_;
  SystemRandom random_;
  int rows_ = 100;
};

INSTANTIATE_TYPED_TEST_SUITE_P(ParquetFolder, SourceConformance, ParquetFolderRig);

}  // namespace
}  // namespace sluice::connector
