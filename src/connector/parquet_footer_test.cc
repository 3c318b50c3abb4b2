#include "connector/parquet_footer.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace sluice::connector {
namespace {

/// FileMetaData in Thrift's compact protocol: version 1; schema root(2) { a; s(1) { x } }; 7 rows.
constexpr char kThriftBytes[] =
    "\x15\x02"                  // 1: version, i32
    "\x19\x4c"                  // 2: schema, list of 4 structs
    "\x48\x04root\x15\x04\x00"  // 4: name, 5: num_children = 2
    "\x15\x04\x38\x01"
    "a\x00"                  // 1: type = INT64, 4: name
    "\x48\x01s\x15\x02\x00"  // a struct of one field
    "\x15\x04\x38\x01x\x00"
    "\x16\x0e"       // 3: num_rows, i64
    "\x19\x0c\x00";  // 4: row groups, none
const std::string kThrift(kThriftBytes, sizeof kThriftBytes - 1);

class ParquetFooterTest : public testing::Test {
 protected:
  Result<std::optional<ParquetFooter>> read(const std::string& content) {
    const std::string path = folder_.put("file.parquet", content);
    return read_parquet_footer(*files_, path, content.size());
  }
  static std::string file(const std::string& thrift, std::string_view magic = "PAR1",
                          const std::string& data = "") {
    std::string size(4, '\0');
    for (int i = 0; i < 4; ++i) size[i] = static_cast<char>(thrift.size() >> (8 * i));
    return "PAR1" + data + thrift + size + std::string(magic);
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
};

TEST_F(ParquetFooterTest, RowsAndTopLevelColumns) {
  const auto footer = parse_parquet_footer(kThrift);
  ASSERT_TRUE(footer);
  EXPECT_EQ(footer->rows, 7U);
  EXPECT_EQ(footer->columns, (std::vector<std::string>{"a", "s"}));
}

TEST_F(ParquetFooterTest, EveryShorterFooterIsRefused) {
  for (std::size_t size = 0; size < kThrift.find("\x16\x0e") + 2; ++size) {
    EXPECT_FALSE(parse_parquet_footer(std::string_view(kThrift).substr(0, size))) << size;
  }
}

TEST_F(ParquetFooterTest, WholeFile) {
  const auto footer = read(file(kThrift));
  ASSERT_TRUE(footer && *footer);
  EXPECT_EQ((**footer).rows, 7U);
}

TEST_F(ParquetFooterTest, FooterLargerThanTheFirstRead) {
  // A key-value list in front would be field 5; here the file's data merely looks like it.
  std::string columns(200'000, 'n');
  const std::string name = "\x48\xc0\x9a\x0c" + columns + std::string(1, '\0');
  const std::string thrift = std::string("\x15\x02\x19\x2c\x48\x04root\x15\x02\x00", 13) + name +
                             std::string("\x16\x0e\x00", 3);
  const auto footer = read(file(thrift));
  ASSERT_TRUE(footer && *footer);
  EXPECT_EQ((**footer).columns, std::vector<std::string>{columns});
}

TEST_F(ParquetFooterTest, EveryCutFileIsIncomplete) {
  const std::string whole = file(kThrift, "PAR1", "some pages");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto footer = read(whole.substr(0, size));
    ASSERT_TRUE(footer) << size;
    EXPECT_FALSE(*footer) << size;
  }
}

TEST_F(ParquetFooterTest, NonsenseIsNamed) {
  const auto footer = read(file("\xff\xff\xff\xff\xff"));
  ASSERT_FALSE(footer);
  EXPECT_EQ(footer.error().kind(), Kind::kCorruption);
  EXPECT_NE(footer.error().message().find("file.parquet"), std::string::npos);
}

TEST_F(ParquetFooterTest, EncryptedIsRefused) {
  EXPECT_EQ(read(file(kThrift, "PARE")).error().kind(), Kind::kUser);
}

}  // namespace
}  // namespace sluice::connector
