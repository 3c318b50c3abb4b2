// The file sinks over real SQL: what the conformance suite proves with texts holds for Parquet, CSV
// and JSON lines as they are written, read back by DuckDB.

#include "app/composition/composition.h"
#include "connector/registry.h"
#include "connector/sink_conformance.h"
#include "connectors/files/file_sink.h"
#include "sql/functions/open_database.h"
#include "sql/scan/scan.h"

namespace sluice::connector {
namespace {

using connectors::FileSink;
using connectors::FileSinkOptions;
using connectors::FolderFormat;
using data::quote_literal;

template <FolderFormat kFormat>
class SqlFilesRig {
 public:
  static constexpr const char* kind_name() {
    if (kFormat == FolderFormat::kParquet) return "parquet";
    return kFormat == FolderFormat::kCsv ? "csv" : "json_lines";
  }
  static constexpr bool kOutlivesProcess = true;
  static SinkKind kind() { return *sluice::app::all_connectors().sink(kind_name()); }

  explicit SqlFilesRig(std::string folder) : folder_(std::move(folder)) {
    database_ = *sql::open_database("", {.threads = 1});
    session_ = *database_->connect();
  }

  std::unique_ptr<Sink> make() {
    static const SystemClock kClock;
    static SystemRandom random;
    static const auto kFiles = io::make_local_file_system();
    FileSinkOptions options;
    options.path = folder_;
    options.format = kFormat;
    const Context context{"test", "files", kClock, random, *kFiles};
    return std::make_unique<FileSink>(std::move(options), context);
  }

  std::unique_ptr<BatchTable> table(const data::Schema& schema,
                                    const std::vector<TextTable::Row>& rows) {
    std::string values;
    for (const TextTable::Row& row : rows) {
      values += values.empty() ? "VALUES " : ", ";
      values += "(" + quote_literal(*row[0]) + ", " + quote_literal(*row[1]) + ")";
    }
    if (values.empty()) values = "SELECT '0', '' WHERE false";
    const std::string select = "SELECT id::BIGINT AS id, name FROM (" + values + ") AS t(id, name)";
    auto made = sql::make_batch_table(*session_, select);
    EXPECT_TRUE(made) << made.error().message();
    EXPECT_EQ((*made)->schema(), schema);
    return *std::move(made);
  }

  std::vector<std::string> rows() {
    std::vector<std::string> texts;
    for (const std::string& path : published()) {
      const auto rows = session_->query("SELECT id || '|' || name FROM " + reader(path));
      EXPECT_TRUE(rows) << rows.error().message();
      for (const auto& row : rows->values) texts.push_back(*row[0]);
    }
    return texts;
  }

  std::size_t leftovers() {
    const auto visible = published();
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
      const std::string path = entry.path();
      const bool part = entry.path().filename().string().starts_with("part-");
      if (part && std::ranges::find(visible, path) == visible.end()) ++count;
    }
    return count;
  }

  void put_foreign() { std::ofstream(folder_ + "/other.parquet") << "foreign"; }
  bool foreign_is_intact() {
    return read_lines(folder_ + "/other.parquet") == std::vector<std::string>{"foreign"};
  }

 private:
  static std::string reader(const std::string& path) {
    switch (kFormat) {
      case FolderFormat::kParquet:
        return "read_parquet(" + quote_literal(path) + ")";
      case FolderFormat::kCsv:
        return "read_csv(" + quote_literal(path) + ", header = true, all_varchar = true)";
      case FolderFormat::kJsonLines:
        return "read_json(" + quote_literal(path) + ", format = 'newline_delimited')";
    }
    return "";
  }

  /// The files that the manifests name.
  std::vector<std::string> published() {
    std::vector<std::string> paths;
    std::set<std::string> manifests;
    const std::string folder = folder_ + "/_batches/test.files.d";
    if (!std::filesystem::exists(folder)) return paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".manifest") manifests.insert(entry.path());
    }
    for (const std::string& path : manifests) {
      std::ifstream file(path);
      const auto manifest = nlohmann::json::parse(file);
      if (manifest["mode"] == "complete") paths.clear();
      for (const auto& part : manifest["files"]) {
        paths.push_back(folder_ + "/" + part["path"].get<std::string>());
      }
    }
    return paths;
  }

  std::string folder_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::Session> session_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Parquet, SinkConformance, SqlFilesRig<FolderFormat::kParquet>);
INSTANTIATE_TYPED_TEST_SUITE_P(Csv, SinkConformance, SqlFilesRig<FolderFormat::kCsv>);
INSTANTIATE_TYPED_TEST_SUITE_P(JsonLines, SinkConformance, SqlFilesRig<FolderFormat::kJsonLines>);

}  // namespace
}  // namespace sluice::connector
