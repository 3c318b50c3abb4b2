#include "connectors/http/staged_bodies.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sluice::connectors::http {
namespace {

class HeldBytes final : public connector::StagedBytes {
 public:
  Status clear() override {
    pieces.clear();
    return {};
  }
  Status add(data::BatchId /*batch*/, std::string_view piece) override {
    pieces.emplace_back(piece);
    return {};
  }
  Status read(data::BatchId /*batch*/,
              const std::function<Status(std::string_view piece)>& receive) override {
    for (const std::string& piece : pieces) SLUICE_TRY(receive(piece));
    return {};
  }
  std::vector<std::string> pieces;
};

/// The bodies that these rows become.
std::vector<std::string> bodies(const BodyLimits& limits, const std::vector<std::string>& rows) {
  StagedBodies staged(limits);
  for (const std::string& row : rows) EXPECT_TRUE(staged.add(row));
  HeldBytes bytes;
  EXPECT_TRUE(staged.store(0, bytes));
  EXPECT_EQ(staged.rows(), rows.size());
  std::vector<std::string> out;
  const auto done = bytes.read(0, [&](std::string_view piece) {
    return each_body(piece, [&](std::string_view body) {
      out.emplace_back(body);
      return Status();
    });
  });
  EXPECT_TRUE(done);
  return out;
}

using Texts = std::vector<std::string>;

TEST(StagedBodies, FormsOfBodies) {
  const Texts rows = {"1", "2", "3"};
  EXPECT_EQ(bodies({.form = BodyForm::kArray, .rows_max = 2}, rows), (Texts{"[1,2]", "[3]"}));
  EXPECT_EQ(bodies({.form = BodyForm::kLines, .rows_max = 2}, rows), (Texts{"1\n2\n", "3\n"}));
  EXPECT_EQ(bodies({.form = BodyForm::kRow}, rows), rows);
  EXPECT_EQ(bodies({}, {}), Texts{});
}

TEST(StagedBodies, BytesAreALimitAndOneRowGetsThrough) {
  const Texts rows = {"aaaa", "b", "c", "dddddddddddd"};
  EXPECT_EQ(bodies({.form = BodyForm::kArray, .rows_max = 100, .bytes_max = 8}, rows),
            (Texts{"[aaaa,b]", "[c]", "[dddddddddddd]"}));
}

TEST(StagedBodies, ManyGoThroughAFile) {
  Texts rows;
  for (int i = 0; i < 40; ++i)
    rows.push_back(std::string(1 << 20, static_cast<char>('a' + i % 26)));
  EXPECT_EQ(bodies({.form = BodyForm::kRow}, rows), rows);
}

TEST(StagedBodies, WhatIsCutIsSaid) {
  const auto take = [](std::string_view) { return Status(); };
  EXPECT_EQ(each_body("abc", take).error().kind(), Kind::kCorruption);
  EXPECT_EQ(each_body(std::string("\x09\0\0\0\0\0\0\0abc", 11), take).error().kind(),
            Kind::kCorruption);
}

}  // namespace
}  // namespace sluice::connectors::http
