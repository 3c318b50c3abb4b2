#include "sluice/query.h"

#include <new>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sluice {
namespace {

QueryRequest one_row() {
  QueryRequest request;
  request.sql = "SELECT 1 AS n";
  return request;
}

TEST(Query, GivesItsRows) {
  std::string text;
  const auto rows = query(one_row(), [&](std::string_view part) { text += part; }, {});
  ASSERT_TRUE(rows) << rows.error().message();
  EXPECT_EQ(*rows, 1U);
  EXPECT_NE(text.find("|1  |"), std::string::npos) << text;
}

TEST(Query, NothingThrownGetsOut) {
  const auto full = query(one_row(), [](std::string_view) { throw std::bad_alloc(); }, {});
  ASSERT_FALSE(full);
  EXPECT_TRUE(full.error().message().starts_with("E_OUT_OF_MEMORY: run the query: "))
      << full.error().message();
  const auto other = query(
      one_row(), [](std::string_view) { static_cast<void>(nlohmann::json::parse("[").at(0)); }, {});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind(), Kind::kInternal);
  EXPECT_TRUE(other.error().message().starts_with("E_EXCEPTION: run the query: [json.exception"))
      << other.error().message();
}

}  // namespace
}  // namespace sluice
