#include "sluice/lint.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "app/lint/catalogue.h"
#include "app/lint/reviewed.h"

namespace sluice {
namespace {

using Words = std::vector<std::string>;

/// The codes of what is said of a pipeline whose source has these lines.
Words codes_of(const std::string& source, const std::string& more = "") {
  const auto pipeline = Pipeline::parse("name: p\nsources:\n  a:\n" + source +
                                            "sinks:\n  a: {from: a, console: {}}\n"
                                            "trigger: available_now\ncheckpoint: out\n" +
                                            more,
                                        "p.yaml");
  if (!pipeline) return {pipeline.error().message()};
  const auto checked = check_with_lints(*pipeline);
  if (!checked) return {checked.error().message()};
  Words codes;
  for (const PipelineWarning& warning : checked->warnings) codes.push_back(warning.code);
  return codes;
}

constexpr const char* kPrice = "    json_lines: {path: in, schema: {price: DOUBLE}}\n";

TEST(LintRules, EachHasAllItsTextsAndOneCode) {
  const auto rules = app::lint_rules();
  EXPECT_TRUE(std::ranges::is_sorted(rules, {}, &app::LintRule::code));
  for (const app::LintRule& rule : rules) {
    EXPECT_TRUE(rule.code.starts_with("LINT_"));
    EXPECT_EQ(std::ranges::count(rules, rule.code, &app::LintRule::code), 1) << rule.code;
    EXPECT_FALSE(rule.what.empty() || rule.why.empty() || rule.fix.empty()) << rule.code;
    EXPECT_FALSE(rule.what.ends_with('.')) << rule.code;
    EXPECT_EQ(app::find_lint(rule.code), &rule);
  }
  EXPECT_EQ(app::find_lint("LINT_NOTHING"), nullptr);
}

TEST(LintNames, AreTakenApart) {
  EXPECT_EQ(app::words_of("TotalSales"), (Words{"total", "sales"}));
  EXPECT_EQ(app::words_of("invoice_ID"), (Words{"invoice", "id"}));
  EXPECT_EQ(app::words_of("unit price-2"), (Words{"unit", "price", "2"}));
  EXPECT_EQ(app::words_of(""), Words{});
}

TEST(Lint, IsSaidWhereItIsAndWithItsLine) {
  const auto pipeline = Pipeline::parse("name: p\nsources:\n  a:\n" + std::string(kPrice) +
                                            "sinks: {s: {from: a, console: {}}}\n"
                                            "trigger: available_now\ncheckpoint: out\n",
                                        "p.yaml");
  ASSERT_TRUE(pipeline) << pipeline.error().message();
  const auto checked = check_with_lints(*pipeline);
  ASSERT_TRUE(checked) << checked.error().message();
  ASSERT_EQ(checked->warnings.size(), 1);
  const PipelineWarning& warning = checked->warnings[0];
  EXPECT_EQ(warning.code, "LINT_FLOAT_MONEY");
  EXPECT_EQ(std::pair(warning.line, warning.column), std::pair(4, 37));
  EXPECT_EQ(warning.shown_line + "\n", kPrice);
  EXPECT_EQ(warning.fix, app::find_lint(warning.code)->fix);
  EXPECT_EQ(
      check_json("p.yaml", checked).find("{\"file\":\"p.yaml\",\"fine\":true,\"error\":null,"), 0);
}

TEST(Lint, IsKeptQuietByACommentOnTheLineOrAboveOrForTheWhole) {
  const std::string comment = "    # sluice: allow LINT_FLOAT_MONEY it is a test\n";
  EXPECT_EQ(codes_of(kPrice), Words{"LINT_FLOAT_MONEY"});
  EXPECT_EQ(codes_of(comment + kPrice), Words{});
  std::string same_line = kPrice;
  same_line.insert(same_line.size() - 1, comment.substr(3, comment.size() - 4));
  EXPECT_EQ(codes_of(same_line), Words{});
  EXPECT_EQ(codes_of(kPrice, "lint: {allow: LINT_FLOAT_MONEY}\n"), Words{});
  EXPECT_EQ(codes_of(kPrice + comment), (Words{"LINT_FLOAT_MONEY", "LINT_UNUSED_ALLOW"}));
  EXPECT_EQ(codes_of(kPrice, "lint: {allow: [LINT_FLOAT_MONEY, LINT_UNUSED_PART]}\n"),
            Words{"LINT_UNUSED_ALLOW"});
}

TEST(Lint, AnUnknownCodeIsAnErrorWithTheNearestOne) {
  EXPECT_EQ(codes_of(kPrice, "lint: {allow: LINT_FLOT_MONEY}\n"),
            Words{"p.yaml:9:15: there is no lint 'LINT_FLOT_MONEY'; did you mean "
                  "'LINT_FLOAT_MONEY'?"});
  EXPECT_EQ(codes_of("    # sluice: allow LINT_FLOT_MONEY\n" + std::string(kPrice)),
            Words{"p.yaml:4:21: there is no lint 'LINT_FLOT_MONEY'; did you mean "
                  "'LINT_FLOAT_MONEY'?"});
}

TEST(Lint, ASecretIsNamedAndNotShown) {
  const auto pipeline = Pipeline::parse(
      "name: p\nsources:\n  a: {json_lines: {path: in, schema: {price: DOUBLE}}}\n"
      "sinks: {s: {from: a, http: {url: \"https://example.org\", bearer: hunter2}}}\n"
      "trigger: available_now\ncheckpoint: out\n",
      "p.yaml");
  ASSERT_TRUE(pipeline) << pipeline.error().message();
  const std::string said = check_json("p.yaml", check_with_lints(*pipeline));
  EXPECT_NE(said.find("sinks.s.http.bearer is a secret"), std::string::npos) << said;
  EXPECT_EQ(said.find("hunter2"), std::string::npos) << said;
}

}  // namespace
}  // namespace sluice
