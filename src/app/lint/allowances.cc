#include "app/lint/allowances.h"

#include <algorithm>

#include "app/lint/catalogue.h"
#include "base/nearest.h"

namespace sluice::app {
namespace {

constexpr std::string_view kMark = "sluice: allow";

std::string_view line_at(std::string_view text, std::size_t& at) {
  const std::size_t end = std::min(text.find('\n', at), text.size());
  const std::string_view line = text.substr(at, end - at);
  at = end + 1;
  return line;
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(" \t\r", at), text.size());
}

/// Where the comment with the mark begins; npos: there is none.
std::size_t comment_at(std::string_view line) {
  for (const std::string_view sign : {"#", "--"}) {
    for (std::size_t at = line.find(sign); at != std::string_view::npos;
         at = line.find(sign, at + 1)) {
      const bool begins = at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t';
      const std::size_t text = skip_blanks(line, at + sign.size());
      if (begins && line.substr(text).starts_with(kMark)) return at;
    }
  }
  return std::string_view::npos;
}

/// Nothing, or a comment alone.
bool is_empty(std::string_view line) {
  const std::size_t at = skip_blanks(line, 0);
  return at == line.size() || line[at] == '#' || line.substr(at).starts_with("--");
}

std::string no_such_lint(const std::string& code) {
  const std::string guess = did_you_mean(code, lint_codes());
  return "there is no lint '" + code + "'" +
         (guess.empty() ? "; `sluice explain-error` lists them" : guess);
}

bool is_code_letter(char c) { return (c >= 'A' && c <= 'Z') || c == '_'; }

}  // namespace

Result<Allowances> Allowances::read(const config::PipelineFile& file) {
  Allowances made;
  const ConfigValue* lint = file.tree.find("lint");
  const ConfigValue* allow = lint == nullptr ? nullptr : lint->find("allow");
  if (allow != nullptr) SLUICE_TRY(made.add_of_file(*allow));
  for (const ConfigValue::Entry& part : file.tree.entries()) {
    made.part_lines_.push_back(part.key_location.line);
    for (const ConfigValue::Entry& entry : part.value.entries()) {
      made.part_lines_.push_back(entry.key_location.line);
    }
  }
  std::ranges::sort(made.part_lines_);
  std::vector<std::size_t> waiting;  // comments alone on their line
  int number = 0;
  for (std::size_t at = 0; at < file.text.size();) {
    const std::string_view line = line_at(file.text, at);
    ++number;
    if (!is_empty(line)) {
      for (const std::size_t index : waiting) made.allowances_[index].line = number;
      waiting.clear();
    }
    const std::size_t comment = comment_at(line);
    if (comment == std::string_view::npos) continue;
    std::size_t from = line.find(kMark, comment) + kMark.size();
    bool any = false;
    while (true) {
      from = skip_blanks(line, from);
      std::size_t end = from;
      while (end < line.size() && is_code_letter(line[end])) ++end;
      const std::string code(line.substr(from, end - from));
      const Location place{file.path, number, static_cast<int>(from) + 1};
      // What follows the codes is the reason.
      if (!code.starts_with("LINT")) {
        if (any) break;
        return ConfigValue::null(place).error(
            "'sluice: allow' needs the code of a lint, such as "
            "LINT_SMALL_FILES, and then the reason");
      }
      if (find_lint(code) == nullptr) {
        return ConfigValue::null(place).error(no_such_lint(code));
      }
      if (is_empty(line)) waiting.push_back(made.allowances_.size());
      made.allowances_.push_back({code, place, number});
      any = true;
      from = skip_blanks(line, end);
      if (from < line.size() && line[from] == ',') ++from;
    }
  }
  return made;
}

Status Allowances::add_of_file(const ConfigValue& allow) {
  const bool is_one = allow.shape() == ConfigValue::Shape::kScalar;
  for (const ConfigValue& code : is_one ? std::vector<ConfigValue>{allow} : allow.items()) {
    if (find_lint(code.text()) == nullptr) return code.error(no_such_lint(code.text()));
    allowances_.push_back({code.text(), code.location(), 0});
  }
  return {};
}

bool Allowances::allows(const Finding& finding) {
  // The part that the finding is in begins at the last of its lines before.
  int part = 0;
  for (const int line : part_lines_) {
    if (line <= finding.place.line) part = line;
  }
  bool allowed = false;
  for (Allowance& allowance : allowances_) {
    if (allowance.code != finding.code) continue;
    const bool is_here = allowance.line == 0 || allowance.line == finding.place.line ||
                         allowance.place.line == finding.place.line ||  // SQL that begins with it
                         (part > 0 && allowance.line == part);
    allowance.is_used = allowance.is_used || is_here;
    allowed = allowed || is_here;
  }
  return allowed;
}

Findings Allowances::unused() const {
  Findings findings;
  for (const Allowance& allowance : allowances_) {
    if (allowance.is_used || allowance.code == "LINT_UNUSED_ALLOW") continue;
    findings.push_back({"LINT_UNUSED_ALLOW", allowance.place,
                        "nothing " + std::string(allowance.line == 0 ? "in this file" : "here") +
                            " is " + allowance.code + "; the permission is not needed"});
  }
  return findings;
}

}  // namespace sluice::app
