#include "connector/claim.h"

#include <gtest/gtest.h>

namespace sluice::connector {
namespace {

TEST(Claim, ReadsBackWhatItWrote) {
  const ClaimRecord record{
      5, {.host = "a\"b", .process = 12, .checkpoint = "/c", .mark = "1f2e3d4c", .run = "r"}, 7};
  const auto read = parse_claim(claim_json(record));
  ASSERT_TRUE(read);
  EXPECT_EQ(claim_text(*read), "host=a\"b process=12 checkpoint=/c epoch=5");
  EXPECT_EQ(read->writer.mark, "1f2e3d4c");
  EXPECT_EQ(read->writer.run, "r");
  EXPECT_EQ(read->time, 7);
}

TEST(Claim, WhatIsNoneIsNone) {
  for (const char* text : {"", "[]", "{}", "{\"epoch\":\"5\"}", "not json"}) {
    EXPECT_FALSE(parse_claim(text)) << text;
  }
}

TEST(Claim, MessageNamesTheOtherRun) {
  const ClaimRecord theirs{6, {.host = "b", .process = 77, .checkpoint = "/copy"}, 0};
  const Error error = fenced_by("path=/t", 5, 6, theirs);
  EXPECT_EQ(error.kind(), Kind::kConflict);
  for (const char* word : {"E_FENCED", "host=b", "process=77", "checkpoint=/copy", "epoch=5"}) {
    EXPECT_NE(error.message().find(word), std::string::npos) << word;
  }
}

TEST(Claim, StampTellsTheMark) {
  EXPECT_EQ(stage_stamp(5, "1f2e3d4c"), "e5-1f2e3d4c");
  EXPECT_EQ(mark_of_stamp("e5-1f2e3d4c"), "1f2e3d4c");
  for (const char* other : {"e5-1f2e3d4", "e-1f2e3d4c", "k=1", "e5-1F2E3D4C", "ex-1f2e3d4c", ""}) {
    EXPECT_FALSE(mark_of_stamp(other)) << other;
  }
}

}  // namespace
}  // namespace sluice::connector
