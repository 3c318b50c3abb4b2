#include "connector/piece_buffer.h"

#include <gtest/gtest.h>

#include "support/filed_bytes.h"
#include "support/temporary_folder.h"

namespace sluice::connector {
namespace {

TEST(PieceBuffer, GivesBackAllInItsOrder) {
  const io::TemporaryFolder folder;
  FiledBytes bytes(folder.at("staged"));
  ASSERT_TRUE(bytes.add(7, "of an earlier call"));
  PieceBuffer buffer;
  std::string all;
  // More than is held in memory.
  for (int i = 0; all.size() < 3 * PieceBuffer::kHeldBytes; ++i) {
    const std::string item = std::to_string(i) + std::string(100'000, 'x');
    ASSERT_TRUE(buffer.add(item));
    all += item;
  }
  EXPECT_EQ(buffer.bytes(), all.size());
  ASSERT_TRUE(buffer.store(7, bytes));
  std::string read;
  ASSERT_TRUE(bytes.read(7, [&](std::string_view piece) -> Status {
    EXPECT_LT(piece.size(), StagedBytes::kPieceBytes + 200'000);
    read += piece;
    return {};
  }));
  EXPECT_EQ(read, all);
}

TEST(PieceBuffer, NothingIsNoPiece) {
  const io::TemporaryFolder folder;
  FiledBytes bytes(folder.at("staged"));
  ASSERT_TRUE(PieceBuffer().store(1, bytes));
  ASSERT_TRUE(bytes.read(1, [](std::string_view) -> Status { return user_error("a piece"); }));
}

}  // namespace
}  // namespace sluice::connector
