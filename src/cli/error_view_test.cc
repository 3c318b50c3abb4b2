#include "cli/error_view.h"

#include <cstdio>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

class ErrorView : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(file_) << "name: a\nsinks: {é: 1, password: \"hunter2\", kakfa: 1}\n";
  }
  void TearDown() override { std::remove(file_.c_str()); }

  const std::string file_ = testing::TempDir() + "error_view_test.yaml";
};

TEST_F(ErrorView, ShowsTheLineWithACaret) {
  EXPECT_EQ(error_text(file_ + ":1:7: no", file_, false),
            "error: " + file_ + ":1:7: no\n    1 | name: a\n      |       ^\n");
}

TEST_F(ErrorView, SecretsAreBlankedOut) {
  const std::string text = error_text(file_ + ":2:9: no", file_, false);
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_NE(text.find("password: ***"), std::string::npos);
}

TEST_F(ErrorView, CaretMovesWithTheBlankedSecret) {
  // Byte column 38 is the k of kakfa.
  const std::string text = error_text(file_ + ":2:38: no", file_, false);
  EXPECT_EQ(text, "error: " + file_ +
                      ":2:38: no\n    2 | sinks: {é: 1, password: ***, kakfa: 1}\n      | " +
                      std::string(30, ' ') + "^\n");
}

TEST_F(ErrorView, CaretCountsCharactersNotBytes) {
  // The é takes two bytes, so that byte column 17 is character column 16.
  const std::string text = error_text(file_ + ":2:17: no", file_, false);
  EXPECT_NE(text.find("      | " + std::string(15, ' ') + "^\n"), std::string::npos) << text;
}

TEST_F(ErrorView, ListsMapsAndBlocksOfASecretAreBlankedOut) {
  std::ofstream(file_) << "a: {tokens: [hunter2, hunter3], x: 1}\n"
                          "b:\n"
                          "  passwords:\n"
                          "  - hunter2\n"
                          "  - {x: hunter2}\n"
                          "  other: shown\n"
                          "  sasl.password: |\n"
                          "    hunter2\n"
                          "c: shown\n";
  for (int line = 1; line <= 8; ++line) {
    const std::string place = file_ + ":" + std::to_string(line) + ":1";
    EXPECT_EQ(error_text(place + ": no", file_, false).find("hunter"), std::string::npos) << line;
  }
  for (const int line : {6, 9}) {
    const std::string place = file_ + ":" + std::to_string(line) + ":1";
    EXPECT_NE(error_text(place + ": no", file_, false).find("shown"), std::string::npos) << line;
  }
}

TEST_F(ErrorView, MessageWithoutPlaceStandsAlone) {
  EXPECT_EQ(error_text("no broker", file_, false), "error: no broker\n");
  EXPECT_EQ(error_text(file_ + ": is empty", file_, false), "error: " + file_ + ": is empty\n");
}

TEST_F(ErrorView, PlaceBehindTheEndShowsNoLine) {
  EXPECT_EQ(error_text(file_ + ":9:1: no", file_, false), "error: " + file_ + ":9:1: no\n");
}

}  // namespace
}  // namespace sluice::cli
