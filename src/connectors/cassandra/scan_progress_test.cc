#include "connectors/cassandra/scan_progress.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace sluice::connectors::cassandra {
namespace {

TEST(ScanProgress, ComesBack) {
  const io::TemporaryFolder folder;
  const auto files = io::make_local_file_system();
  ScanProgress progress;
  progress.plan = "SELECT \"a\"; int";
  progress.read = "k.t";
  progress.growing = "";
  progress.scan = 3;
  progress.started = 1'700'000'000'000'000;
  progress.records = 42;
  progress.left = {{0, ""}, {7, std::string("\0\xff\x10", 3)}};
  progress.scan_high = -5;
  const auto loaded = ScanProgress::load(*files, folder.put("scan.json", progress.to_json()));
  ASSERT_TRUE(loaded) << loaded.error().message();
  ASSERT_TRUE(*loaded);
  EXPECT_EQ((*loaded)->to_json(), progress.to_json());
  EXPECT_EQ((*loaded)->left, progress.left);
  EXPECT_EQ((*loaded)->read, "k.t");
  EXPECT_EQ((*loaded)->growing, "");
  EXPECT_FALSE((*loaded)->high);
  EXPECT_FALSE((*loaded)->is_over());
}

TEST(ScanProgress, WithoutAFileThereIsNone) {
  const io::TemporaryFolder folder;
  const auto loaded = ScanProgress::load(*io::make_local_file_system(), folder.at("scan.json"));
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(*loaded);
  EXPECT_FALSE(ScanProgress().is_over());
}

TEST(ScanProgress, ABrokenFileIsCorruption) {
  const io::TemporaryFolder folder;
  const auto files = io::make_local_file_system();
  for (const char* text : {"", "{}", "[1]", R"({"plan":"","scan":1,"started":0,"records":0})",
                           R"({"plan":"","scan":1,"started":0,"records":0,"left":[[1,"f"]]})",
                           R"({"plan":"","scan":1,"started":0,"records":0,"left":[[-1,""]]})"}) {
    const auto loaded = ScanProgress::load(*files, folder.put("scan.json", text));
    ASSERT_FALSE(loaded) << text;
    EXPECT_EQ(loaded.error().kind(), Kind::kCorruption);
  }
}

}  // namespace
}  // namespace sluice::connectors::cassandra
