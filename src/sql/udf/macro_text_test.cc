#include "sql/udf/macro_text.h"

#include <string>

#include <gtest/gtest.h>

namespace sluice::sql {
namespace {

std::string expanded(std::string_view sql) {
  static const MacroTexts kMacros = {
      {"net", {{{"amount", ""}, {"rate", ""}}, "amount * (1 - rate)", ""}},
      {"cents", {{{"amount", "DECIMAL(12,2)"}}, "round(amount * 100)", "BIGINT"}},
      {"net_cents", {{{"a", ""}, {"b", ""}}, "cents(net(a, b))", ""}},
      {"answer", {{}, "40 + 2", ""}},
      {"end_of", {{{"span", ""}}, "span.end", ""}},
      {"labelled", {{{"amount", ""}}, "struct_pack(amount := amount, text := 'amount')", ""}}};
  return with_macro_texts(sql, kMacros);
}

TEST(MacroText, BodiesTakeThePlaceOfCallsAndAllElseStays) {
  EXPECT_EQ(expanded("SELECT count(*), net(price, 0.5) AS n -- net(a, b)\nFROM t"),
            "SELECT count(*), (price * (1 - 0.5)) AS n -- net(a, b)\nFROM t");
  EXPECT_EQ(expanded("SELECT 'net(a, b)', \"NET\" (a + b, (c, d)[1])"),
            "SELECT 'net(a, b)', ((a + b) * (1 - ((c, d)[1])))");
}

TEST(MacroText, ArgumentsAreThoseOfTheirOwnCall) {
  EXPECT_EQ(expanded("net(rate, amount)"), "(rate * (1 - amount))");
  EXPECT_EQ(expanded("net(net(a, b), c)"), "((a * (1 - b)) * (1 - c))");
  EXPECT_EQ(expanded("net_cents(b, a)"),
            "CAST(round(CAST((b * (1 - a)) AS DECIMAL(12,2)) * 100) AS BIGINT)");
  EXPECT_EQ(expanded("net(amount := x, rate := y)"), "(x * (1 - y))");
}

TEST(MacroText, NamesThatAreNoneOfThem) {
  EXPECT_EQ(expanded("t.net(a, b), net, answer, net(a), net(a, b"),
            "t.net(a, b), net, answer, net(a), net(a, b");
  EXPECT_EQ(expanded("answer()"), "(40 + 2)");
  EXPECT_EQ(expanded("end_of(window)"), "window.end");
  EXPECT_EQ(expanded("labelled(x)"), "struct_pack(amount := x, text := 'amount')");
}

}  // namespace
}  // namespace sluice::sql
