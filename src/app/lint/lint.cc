#include "app/lint/lint.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "app/lint/allowances.h"
#include "app/lint/catalogue.h"

namespace sluice::app {
namespace {

constexpr std::array kLints = {lint_money,   lint_times, lint_state,  lint_keys,   lint_files,
                               lint_secrets, lint_names, lint_unused, lint_running};

/// Line `number` of the text, without its end.
std::string line_of(const std::string& text, int number) {
  std::size_t start = 0;
  for (int line = 1; line < number; ++line) {
    start = text.find('\n', start);
    if (start == std::string::npos) return "";
    ++start;
  }
  std::string line = text.substr(start, text.find('\n', start) - start);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

/// The line as it may be shown: secrets in it are ***, and none is in front of the column, so that
/// the column is still where it was. "": it may not be.
std::string shown_line(const Reviewed& reviewed, const Location& place) {
  if (place.line == 0) return "";
  const std::string written = line_of(reviewed.file().text, place.line);
  std::string shown = line_of(reviewed.description().text, place.line);
  const auto column = static_cast<std::size_t>(std::max(place.column, 1)) - 1;
  if (column > shown.size() || written.compare(0, column, shown, 0, column) != 0) return "";
  return shown;
}

}  // namespace

Result<std::vector<PipelineWarning>> lint(const Reviewed& reviewed) {
  SLUICE_ASSIGN(Allowances allowances, Allowances::read(reviewed.file()));
  Findings findings;
  for (const auto& look : kLints) look(reviewed, findings);
  std::erase_if(findings, [&](const Finding& finding) { return allowances.allows(finding); });
  Findings unused = allowances.unused();
  std::erase_if(unused, [&](const Finding& finding) { return allowances.allows(finding); });
  std::ranges::move(unused, std::back_inserter(findings));
  std::ranges::stable_sort(findings, {}, [](const Finding& finding) {
    return std::tuple(finding.place.line, finding.place.column);
  });
  std::vector<PipelineWarning> warnings;
  for (Finding& finding : findings) {
    const LintRule* rule = find_lint(finding.code);
    if (rule == nullptr) return internal_error("no lint " + std::string(finding.code));
    // A secret is not shown, whatever blanked it out.
    const bool is_secret = finding.code == "LINT_SECRET_IN_FILE";
    warnings.push_back({std::string(finding.code), std::move(finding.text), std::string(rule->fix),
                        finding.place.file, finding.place.line, finding.place.column,
                        is_secret ? "" : shown_line(reviewed, finding.place)});
  }
  return warnings;
}

}  // namespace sluice::app
