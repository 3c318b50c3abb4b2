#include "io/packed_file.h"

#include <array>

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace sluice::io {
namespace {

class PackedFileTest : public testing::TestWithParam<std::optional<Packing>> {
 protected:
  std::string path() const { return folder_.path() + "/file"; }
  std::string unpacked(std::size_t bytes) {
    std::string content(bytes + 10, '\0');
    auto read = GetParam() ? UnpackedFile(*files_, path(), *GetParam(), 1000).read_at(0, content)
                           : files_->read_at(path(), 0, content);
    EXPECT_TRUE(read) << read.error().message();
    content.resize(*read);
    return content;
  }

  TemporaryFolder folder_;
  std::unique_ptr<FileSystem> files_ = make_local_file_system();
};

TEST_P(PackedFileTest, HoldsWhatWasWritten) {
  std::string content;
  for (int i = 0; i < 200'000; ++i) content += std::to_string(i * 7919 % 100'003);
  auto file = *PackedFile::create(path(), GetParam());
  for (std::size_t at = 0; at < content.size(); at += 100'000) {
    ASSERT_TRUE(file->write(std::string_view(content).substr(at, 100'000)));
  }
  const auto bytes = file->finish();
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes, files_->stat(path())->bytes);
  EXPECT_EQ(unpacked(content.size()), content);
}

TEST_P(PackedFileTest, MayBeEmpty) {
  ASSERT_TRUE((*PackedFile::create(path(), GetParam()))->finish());
  EXPECT_EQ(unpacked(0), "");
}

TEST_P(PackedFileTest, AFolderThatIsMissingIsAnError) {
  const auto file = PackedFile::create(folder_.path() + "/missing/file", GetParam());
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind(), Kind::kUser);
}

TEST_P(PackedFileTest, AFullDiskMayPass) {
  auto file = *PackedFile::create("/dev/full", GetParam());
  auto written = file->write(std::string(1 << 20, 'x'));
  if (written) written = file->finish() ? Status() : transient_error("at the end");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind(), Kind::kTransient);
}

INSTANTIATE_TEST_SUITE_P(All, PackedFileTest,
                         testing::Values(std::nullopt, Packing::kGzip, Packing::kZstd));

}  // namespace
}  // namespace sluice::io
