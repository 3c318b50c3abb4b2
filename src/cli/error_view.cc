#include "cli/error_view.h"

#include <algorithm>

#include <unistd.h>

#include "base/file_excerpt.h"
#include "cli/exit_code.h"
#include "cli/terminal.h"

namespace sluice::cli {
namespace {

constexpr std::size_t kColumnsShownMax = 160;
/// Blanks under the text in front of the caret: tabs stay, bytes of one character count once.
std::string blanks_under(std::string_view text) {
  std::string blanks;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) == 0x80) continue;
    blanks += c == '\t' ? '\t' : ' ';
  }
  return blanks;
}

/// The line with its number, and a caret under its byte `column`.
std::string marked_line(const std::string& shown, int line, std::size_t column, Tone tone,
                        bool colour) {
  if (column > kColumnsShownMax) return "";
  std::string number = std::to_string(line);
  if (number.size() < 5) number.insert(0, 5 - number.size(), ' ');
  return toned(number + " | ", Tone::kFaint, colour) + shown.substr(0, kColumnsShownMax) + "\n" +
         toned(std::string(number.size(), ' ') + " | ", Tone::kFaint, colour) +
         blanks_under(shown.substr(0, column)) + toned("^", tone, colour) + "\n";
}

}  // namespace

std::string error_text(const std::string& message, const std::string& file, bool colour) {
  std::string text = toned("error:", Tone::kRed, colour) + " " + message + "\n";
  const auto place = place_in(message, file);
  if (!place) return text;
  for (const FileLine& line : lines_around(file, *place, 0)) {
    if (line.column) text += marked_line(line.text, line.number, *line.column, Tone::kRed, colour);
  }
  return text;
}

std::string warning_text(const std::string& message, bool colour) {
  return toned("warning:", Tone::kYellow, colour) + " " + message + "\n";
}

std::string lint_text(const PipelineWarning& warning, bool colour) {
  std::string place = warning.file;
  if (warning.line > 0) {
    place += ":" + std::to_string(warning.line) + ":" + std::to_string(warning.column);
  }
  std::string text = warning_text(
      place + (place.empty() ? "" : ": ") + warning.code + ": " + warning.text, colour);
  const auto column = static_cast<std::size_t>(std::max(warning.column, 1)) - 1;
  if (is_printable(warning.shown_line) && column <= warning.shown_line.size()) {
    text += marked_line(warning.shown_line, warning.line, column, Tone::kYellow, colour);
  }
  return text + toned("  fix: ", Tone::kFaint, colour) + warning.fix + "\n";
}

int fail(const Error& error, const std::string& file) {
  write_all(STDERR_FILENO,
            error_text(error.message(), file, look_at_terminal(STDERR_FILENO).colour));
  return exit_code(error);
}

}  // namespace sluice::cli
