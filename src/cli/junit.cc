#include "cli/junit.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "base/quantity_text.h"
#include "base/xml_text.h"
#include "cli/terminal.h"

namespace sluice::cli {
namespace {

/// Of rows of one list; how many more there are is said.
constexpr std::size_t kRowsMax = 40;

std::string seconds(std::int64_t micros) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", static_cast<double>(micros) / 1e6);
  return text;
}

std::string rows_text(const std::vector<std::string>& rows, char sign, Tone tone, bool colour) {
  std::string text;
  for (std::size_t i = 0; i < rows.size() && i < kRowsMax; ++i) {
    text += "      " + toned(std::string(1, sign) + " " + one_line(rows[i]), tone, colour) + "\n";
  }
  if (rows.size() > kRowsMax) {
    text += "      " + std::string(1, sign) + " ... and " +
            count_text(static_cast<std::int64_t>(rows.size() - kRowsMax)) + " more\n";
  }
  return text;
}

/// The lines, indented.
std::string indented(const std::string& lines) {
  std::string text;
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    text += "    " + one_line(lines.substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  return text;
}

std::string case_text(const TestOutcome& outcome) {
  std::string text = "    <testcase classname=\"" + xml_text(outcome.file) + "\" name=\"" +
                     xml_text(outcome.name) + "\" time=\"" + seconds(outcome.duration_us) + "\"";
  if (outcome.has_passed()) return text + "/>\n";
  const bool is_error = !outcome.error.empty();
  const std::string kind = is_error ? "error" : "failure";
  const std::string what = is_error ? outcome.error : outcome.differences[0].what;
  const std::string message = (outcome.chaos.empty() ? "" : "under chaos: ") + what;
  return text + ">\n      <" + kind + " message=\"" + xml_text(message) + "\">" +
         xml_text(difference_text(outcome, /*colour=*/false)) + "</" + kind +
         ">\n    </testcase>\n";
}

}  // namespace

std::string junit_text(const std::vector<TestOutcome>& outcomes) {
  struct Suite {
    std::string cases;
    std::int64_t tests = 0;
    std::int64_t failures = 0;
    std::int64_t errors = 0;
    std::int64_t micros = 0;
  };
  std::map<std::string, Suite> suites;
  for (const TestOutcome& outcome : outcomes) {
    Suite& suite = suites[outcome.file];
    ++suite.tests;
    if (!outcome.error.empty()) {
      ++suite.errors;
    } else if (!outcome.has_passed()) {
      ++suite.failures;
    }
    suite.micros += outcome.duration_us;
    suite.cases += case_text(outcome);
  }
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const auto& [file, suite] : suites) {
    text += "  <testsuite name=\"" + xml_text(file) + "\" tests=\"" + std::to_string(suite.tests) +
            "\" failures=\"" + std::to_string(suite.failures) + "\" errors=\"" +
            std::to_string(suite.errors) + "\" time=\"" + seconds(suite.micros) + "\">\n" +
            suite.cases + "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

std::string difference_text(const TestOutcome& outcome, bool colour) {
  std::string text = indented(outcome.chaos);
  if (!outcome.error.empty()) text += "    " + outcome.error + "\n";
  const std::string signs =
      outcome.chaos.empty() ? ": - expected, + came" : ": - without chaos, + with it";
  for (const TestDifference& difference : outcome.differences) {
    text += "    " + difference.what + toned(" (" + difference.place + ")", Tone::kFaint, colour) +
            signs +
            (difference.same == 0 ? ""
                                  : "; " + counted(difference.same, "row is", "rows are") +
                                        (outcome.chaos.empty() ? " as expected" : " the same")) +
            "\n" + rows_text(difference.missing, '-', Tone::kRed, colour) +
            rows_text(difference.unexpected, '+', Tone::kGreen, colour);
  }
  if (!outcome.again.empty()) text += "    again: " + one_line(outcome.again) + "\n";
  return text;
}

}  // namespace sluice::cli
