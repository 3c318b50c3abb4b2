#include <algorithm>

#include "connector/sink_conformance.h"
#include "connectors/files/file_sink.h"
#include "support/temporary_folder.h"

namespace sluice::connectors {
void register_files(connector::Registry& registry);
}

namespace sluice::connector {
namespace {

using connectors::FileSink;
using connectors::FileSinkOptions;
using connectors::Manifest;

const SystemClock kClock;

/// A table of CSV files of at most `kRowsPerFile` rows (0: any), read back as docs/format/files.md
/// says a careful reader should.
template <std::uint64_t kRowsPerFile>
class CsvRig {
 public:
  static constexpr bool kOutlivesProcess = true;
  static SinkKind kind() { return registered_sink(connectors::register_files, "csv"); }

  explicit CsvRig(std::string folder) : folder_(std::move(folder)) {}

  std::unique_ptr<Sink> make() {
    const Context context{"test", "csv", kClock, random(), files()};
    return std::make_unique<FileSink>(options(), context);
  }

  std::vector<std::string> rows() {
    std::vector<std::string> texts;
    for (const std::string& path : visible_files()) {
      for (const std::string& line : read_lines(path)) {
        const auto comma = line.find(',');
        if (line != "id,name")
          texts.push_back(line.substr(0, comma) + "|" + line.substr(comma + 1));
      }
    }
    return texts;
  }

  /// Files in the staging folder, and data files that are there too early or too long.
  std::size_t leftovers() {
    const auto visible = visible_files();
    const auto present = *files().list(folder_, true);
    const auto left = std::ranges::count_if(present, [&](const io::FileInfo& file) {
      const bool staged = file.path.find("/_staging/") != std::string::npos;
      const bool part = io::file_name(file.path).starts_with("part-");
      return staged || (part && std::ranges::find(visible, file.path) == visible.end());
    });
    return static_cast<std::size_t>(left);
  }

  void put_foreign() {
    for (const std::string& path : foreign()) {
      EXPECT_TRUE(files().make_folders(io::parent_folder(path)));
      EXPECT_TRUE(files().write_atomic(path, "foreign"));
    }
  }
  bool foreign_is_intact() {
    return std::ranges::all_of(foreign(), [&](const std::string& path) {
      const auto content = files().read(path);
      return content && *content == "foreign";
    });
  }

 private:
  FileSinkOptions options() const {
    FileSinkOptions options;
    options.path = folder_;
    options.format = connectors::FolderFormat::kCsv;
    options.rows_per_file = kRowsPerFile;
    return options;
  }
  static SystemRandom& random() {
    static SystemRandom random;
    return random;
  }
  static io::FileSystem& files() {
    static const auto kFiles = io::make_local_file_system();
    return *kFiles;
  }
  std::vector<std::string> foreign() const {
    return {folder_ + "/notes.txt", folder_ + "/part-0.csv.bak", folder_ + "/_staging/other.sink/x",
            folder_ + "/_batches/other.sink/00000000007.json",
            folder_ + "/_batches/other.sink.d/00000000007.manifest"};
  }
  std::vector<std::string> visible_files() {
    std::vector<std::string> paths;
    const auto manifests = files().list(folder_ + "/_batches/test.csv.d", false);
    for (const io::FileInfo& file : *manifests) {
      if (connectors::manifest_batch(io::file_name(file.path)) < 0) continue;
      const Manifest manifest = *connectors::parse_manifest(*files().read(file.path), file.path);
      if (manifest.mode == "complete") paths.clear();
      for (const auto& part : manifest.files) paths.push_back(folder_ + "/" + part.path);
    }
    return paths;
  }

  std::string folder_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Csv, SinkConformance, CsvRig<0>);
INSTANTIATE_TYPED_TEST_SUITE_P(SmallFiles, SinkConformance, CsvRig<2>);

}  // namespace
}  // namespace sluice::connector
