#include "io/unpacked_file.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "support/temporary_folder.h"

namespace sluice::io {
namespace {

std::string gzipped(const std::string& text) {
  std::string packed(compressBound(text.size()) + 64, '\0');
  z_stream stream{};
  deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string zstandard(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 1));
  return packed;
}

class UnpackedFileTest : public testing::Test {
 protected:
  UnpackedFile open(const std::string& content, Packing packing = Packing::kGzip,
                    std::size_t block_bytes = 7) {
    return {*files_, folder_.put("file", content), packing, block_bytes};
  }
  /// All from `offset` on, some bytes at a time.
  static std::string rest(UnpackedFile& file, std::uint64_t offset = 0) {
    std::string all;
    std::string some(5, '\0');
    while (true) {
      const auto bytes = file.read_at(offset + all.size(), some);
      if (!bytes) return "error: " + bytes.error().message();
      all += some.substr(0, *bytes);
      if (*bytes < some.size()) return all;
    }
  }
  std::string unpacked(const std::string& content, Packing packing = Packing::kGzip) {
    UnpackedFile file = open(content, packing);
    return rest(file);
  }

  TemporaryFolder folder_;
  std::unique_ptr<FileSystem> files_ = make_local_file_system();
};

TEST(Packing, IsToldByTheName) {
  EXPECT_EQ(packing_of("in/a.csv.gz"), Packing::kGzip);
  EXPECT_EQ(packing_of("in/a.JSONL.ZST"), Packing::kZstd);
  EXPECT_EQ(packing_of("in.gz/a.csv"), std::nullopt);
}

TEST_F(UnpackedFileTest, GzipMembersFollowOneAnother) {
  EXPECT_EQ(unpacked(gzipped("one two ") + gzipped("") + gzipped("three")), "one two three");
}

TEST_F(UnpackedFileTest, ZstdFramesFollowOneAnother) {
  EXPECT_EQ(unpacked(zstandard("one two ") + zstandard("three"), Packing::kZstd), "one two three");
}

TEST_F(UnpackedFileTest, ZerosBehindGzipAreNothing) {
  EXPECT_EQ(unpacked(gzipped("one") + std::string(20, '\0')), "one");
}

TEST_F(UnpackedFileTest, EmptyFileIsEmpty) {
  EXPECT_EQ(unpacked(""), "");
  EXPECT_EQ(unpacked("", Packing::kZstd), "");
}

TEST_F(UnpackedFileTest, LargerThanItsBlocks) {
  std::string text;
  for (int i = 0; i < 30'000; ++i) text += std::to_string(i * 7919);
  UnpackedFile gzip = open(gzipped(text), Packing::kGzip, 1000);
  EXPECT_EQ(rest(gzip), text);
  UnpackedFile zstd = open(zstandard(text), Packing::kZstd, 1000);
  EXPECT_EQ(rest(zstd), text);
}

TEST_F(UnpackedFileTest, AheadAndBackAgain) {
  UnpackedFile file = open(gzipped("0123456789"));
  EXPECT_EQ(rest(file, 6), "6789");
  EXPECT_EQ(rest(file, 2), "23456789");
  EXPECT_EQ(rest(file, 12), "");
}

TEST_F(UnpackedFileTest, WhatIsPutBackComesAgain) {
  UnpackedFile file = open(gzipped("0123456789"));
  std::string some(4, '\0');
  ASSERT_TRUE(file.read_at(0, some));
  file.put_back("23");
  EXPECT_EQ(rest(file, 2), "23456789");
}

TEST_F(UnpackedFileTest, FileThatEndsInTheMiddleIsIncomplete) {
  for (const auto& [packing, content] : {std::pair(Packing::kGzip, gzipped("one two three")),
                                         std::pair(Packing::kZstd, zstandard("one two three"))}) {
    const std::string message = unpacked(content.substr(0, content.size() - 4), packing);
    EXPECT_NE(message.find("E_INCOMPLETE_FILE"), std::string::npos) << message;
  }
}

TEST_F(UnpackedFileTest, OtherBytesAreNamed) {
  for (const Packing packing : {Packing::kGzip, Packing::kZstd}) {
    const std::string message = unpacked("id,name\n1,x\n", packing);
    EXPECT_NE(message.find("cannot be unpacked"), std::string::npos) << message;
  }
}

TEST_F(UnpackedFileTest, ReadsOnAfterAnErrorThatHasPassed) {
  const std::string content = gzipped("one two three");
  UnpackedFile file = open(content.substr(0, content.size() - 4));
  EXPECT_NE(rest(file).find("E_INCOMPLETE_FILE"), std::string::npos);
  folder_.put("file", content);
  EXPECT_EQ(rest(file, 4), "two three");
}

}  // namespace
}  // namespace sluice::io
