#include "formats/text_decoder.h"

#include <gtest/gtest.h>

#include "formats/vector_memory_test_support.h"

namespace sluice::formats {
namespace {

const std::vector<std::string> kTexts = {"plain", "", "\xc3\xa9", "\xff", "{\"a\":1}"};

Decoded decode(bool null_bad) {
  const TextDecoder decoder("line", null_bad);
  return decode_all(decoder, columns_from("line VARCHAR").plans, kTexts);
}

TEST(Text, IsARecordAsItIs) {
  const Decoded decoded = decode(false);
  EXPECT_EQ(decoded.rows, (std::vector<std::string>{"'plain'", "''", "'\xc3\xa9'", "'{\"a\":1}'"}));
  EXPECT_EQ(decoded.rejects, (std::vector<std::string>{"3: record is not valid UTF-8"}));
}

TEST(Text, IsNullWhereItIsNotUtf8AndMayBe) {
  EXPECT_EQ(decode(true).rows,
            (std::vector<std::string>{"'plain'", "''", "'\xc3\xa9'", "NULL", "'{\"a\":1}'"}));
}

TEST(Text, OfARecordWithoutValueIsNull) {
  const TextDecoder decoder("line", false);
  data::Arena arena;
  VectorMemory memory(columns_from("line VARCHAR").plans[0], 1);
  std::vector<data::VectorWriter> chunk = {memory.vector()};
  std::vector<std::uint32_t> kept;
  std::vector<data::Reject> rejects;
  const data::Payload tombstone;
  decoder.reader({0}, {}, arena)->read({&tombstone, 1}, 0, 1, chunk, kept, rejects);
  EXPECT_EQ(kept.size(), 1U);
  EXPECT_EQ(shown(columns_from("line VARCHAR").plans[0], chunk[0], 0), "NULL");
}

}  // namespace
}  // namespace sluice::formats
