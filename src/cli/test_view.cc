#include "cli/test_view.h"

#include <cstdint>

#include <unistd.h>

#include "base/quantity_text.h"
#include "cli/junit.h"
#include "cli/terminal.h"

namespace sluice::cli {

void show_outcome(const TestOutcome& outcome) {
  const Terminal terminal = look_at_terminal(STDOUT_FILENO);
  const bool passed = outcome.has_passed();
  const std::string verdict = outcome.is_updated ? "updated" : passed ? "ok" : "FAILED";
  const Tone tone = outcome.is_updated ? Tone::kYellow : passed ? Tone::kGreen : Tone::kRed;
  write_all(STDOUT_FILENO,
            toned(verdict, tone, terminal.colour) + "  " + outcome.file + ": " + outcome.name +
                toned("  " + duration_text(outcome.duration_us), Tone::kFaint, terminal.colour) +
                "\n" + difference_text(outcome, terminal.colour));
  for (const std::string& note : outcome.notes) {
    write_all(STDOUT_FILENO,
              toned("    chaos: " + one_line(note), Tone::kFaint, terminal.colour) + "\n");
  }
}

std::string summary_of(const std::vector<TestOutcome>& outcomes) {
  std::int64_t failed = 0;
  std::int64_t updated = 0;
  for (const TestOutcome& outcome : outcomes) {
    failed += outcome.has_passed() ? 0 : 1;
    updated += outcome.is_updated ? 1 : 0;
  }
  const auto all = static_cast<std::int64_t>(outcomes.size());
  std::string text = count_text(all - failed) + " passed, " + count_text(failed) + " failed";
  if (updated > 0) text += ", " + count_text(updated) + " of them updated";
  return text + "\n";
}

}  // namespace sluice::cli
