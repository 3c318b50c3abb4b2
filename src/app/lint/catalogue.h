#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::app {

/// A lint, declared once: what `check` prints, `explain-error` says and docs/reference/lints.md has
/// is made of this. Texts are Markdown, of one paragraph.
struct LintRule {
  std::string_view code;  ///< "LINT_FLOAT_MONEY"
  std::string_view what;  ///< when it is said
  std::string_view why;   ///< what may happen
  std::string_view fix;
};

/// All, in the order of their codes.
std::span<const LintRule> lint_rules();
/// Null: there is none of this code.
const LintRule* find_lint(std::string_view code);
std::vector<std::string> lint_codes();

}  // namespace sluice::app
