#include <fstream>

#include "connector/source_conformance.h"
#include "connectors/files/file_source.h"
#include "support/temporary_folder.h"

namespace sluice::connector {
namespace {

using connectors::FileSource;
using connectors::FileSourceOptions;

/// A folder of CSV files with headers, one of them with line ends inside quotes.
class FolderRig {
 public:
  std::unique_ptr<Source> make() {
    FileSourceOptions options;
    options.path = folder_.path();
    options.rules.syntax.csv = true;
    options.rules.header = true;
    options.rules.header_names = {"id", "name"};
    options.rules.block_bytes = 16;  // records lie across blocks
    return std::make_unique<FileSource>(std::move(options),
                                        Context{"test", "in", clock_, random_, *files_});
  }
  void fill() {
    for (int file = 0; file < 3; ++file) add_file();
  }
  bool fill_more() {
    add_file();
    return true;
  }
  /// Rows that are appended to a file after it was read.
  std::size_t make_strange() {
    const auto files = *files_->list(folder_.path(), false);
    for (std::size_t i = 0; i < 2; ++i) {
      std::ofstream(files[i].path, std::ios::app) << "7,late\r\n";
    }
    return 2;
  }

 private:
  void add_file() {
    std::string content = "id,name\r\n";
    for (int i = 0; i < 9; ++i, ++records_) {
      content += std::to_string(records_) + ",\"name\n" + std::to_string(records_) + "\"\r\n";
    }
    // A file appears whole: hidden until it is renamed.
    const std::string hidden = folder_.put("_new", content);
    EXPECT_TRUE(files_->rename(hidden, folder_.at("part-" + std::to_string(records_) + ".csv")));
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  SystemClock clock_;
  SystemRandom random_;
  int records_ = 100;
};

/// One file of lines.
class OneFileRig {
 public:
  std::unique_ptr<Source> make() {
    FileSourceOptions options;
    options.path = folder_.at("in.txt");
    return std::make_unique<FileSource>(std::move(options),
                                        Context{"test", "in", clock_, random_, *files_});
  }
  void fill() {
    std::string content;
    for (int i = 0; i < 50; ++i) content += "line " + std::to_string(i) + "\n";
    folder_.put("in.txt", content);
  }
  bool fill_more() { return false; }

 private:
  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  SystemClock clock_;
  SystemRandom random_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Folder, SourceConformance, FolderRig);
INSTANTIATE_TYPED_TEST_SUITE_P(OneFile, SourceConformance, OneFileRig);

}  // namespace
}  // namespace sluice::connector
