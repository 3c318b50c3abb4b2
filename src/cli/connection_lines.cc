#include "cli/connection_lines.h"

#include <algorithm>

#include "base/quantity_text.h"
#include "cli/terminal.h"
#include "cli/text_columns.h"

namespace sluice::cli {
namespace {

constexpr std::size_t kPartColumns = 14;
constexpr std::size_t kKindColumns = 11;
constexpr std::size_t kTimeColumns = 9;

}  // namespace

std::string connection_lines(const ConnectionReport& report, std::size_t width, bool colour) {
  const bool failed = report.has_failed();
  const bool tried = std::ranges::any_of(
      report.steps, [](const ConnectionStep& step) { return !step.is_skipped; });
  std::int64_t micros = 0;
  std::string steps;
  std::string errors;
  for (const ConnectionStep& step : report.steps) {
    micros += step.duration_us;
    steps += steps.empty() ? "" : ", ";
    if (step.outcome) {
      steps += toned(step.name, Tone::kFaint, colour);
      continue;
    }
    steps += toned(step.name + ": FAILED", Tone::kRed, colour);
    errors += "    " + toned(step.name + ":", Tone::kRed, colour) + " " +
              step.outcome.error().message() + "\n";
  }
  const std::string verdict = failed ? "failed" : tried ? "ok" : "-";
  const Tone tone = failed ? Tone::kRed : tried ? Tone::kGreen : Tone::kFaint;
  return "  " + toned(padded(report.part, kPartColumns), Tone::kFaint, colour) +
         padded(report.name, width + 2) + padded(report.kind, kKindColumns) +
         toned(padded(verdict, 8), tone, colour) +
         padded(tried ? duration_text(micros) : "", kTimeColumns) + steps + "\n" + errors;
}

}  // namespace sluice::cli
