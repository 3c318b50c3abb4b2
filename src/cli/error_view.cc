#include "cli/error_view.h"

#include <charconv>
#include <fstream>
#include <optional>
#include <regex>

#include <unistd.h>

#include "base/secret_name.h"
#include "cli/exit_code.h"
#include "cli/terminal.h"

namespace sluice::cli {
namespace {

constexpr std::size_t kColumnsShownMax = 160;

struct Place {
  int line = 0;
  int column = 0;
};

/// The first "<file>:<line>:<column>:" of the message.
std::optional<Place> place_in(const std::string& message, const std::string& file) {
  if (file.empty()) return std::nullopt;
  const std::size_t at = message.find(file + ":");
  if (at == std::string::npos) return std::nullopt;
  const char* const end = message.data() + message.size();
  Place place;
  const auto line = std::from_chars(message.data() + at + file.size() + 1, end, place.line);
  if (line.ec != std::errc() || line.ptr == end || *line.ptr != ':') return std::nullopt;
  const auto column = std::from_chars(line.ptr + 1, end, place.column);
  if (column.ec != std::errc()) return std::nullopt;
  return place;
}

std::string line_of(const std::string& file, int number) {
  std::ifstream stream(file);
  std::string line;
  for (int i = 0; i < number; ++i) {
    if (!std::getline(stream, line)) return "";
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

/// Blanks out what follows a key that names a secret, and moves `column` along. The name
/// of a secret, ${...}, is none.
std::string without_secrets(const std::string& line, std::size_t& column) {
  static const std::regex kEntry(
      R"re(([\w.\-]+)["']?\s*:\s*("[^"]*"?|'[^']*'?|[^,}\s{\[][^,}\s]*))re");
  std::string shown;
  std::size_t copied = 0;
  const std::size_t wanted = column;
  for (auto at = std::sregex_iterator(line.begin(), line.end(), kEntry);
       at != std::sregex_iterator(); ++at) {
    if (!names_a_secret(at->str(1))) continue;
    const auto start = static_cast<std::size_t>(at->position(2));
    const auto size = static_cast<std::size_t>(at->length(2));
    if (line.substr(start, size).find("${") < 2) continue;
    if (wanted > start) column = shown.size() + start - copied;
    shown += line.substr(copied, start - copied) + "***";
    copied = start + size;
    if (wanted >= copied) column = shown.size() + wanted - copied;
  }
  return shown + line.substr(copied);
}

/// Blanks under the text in front of the caret: tabs stay, bytes of one character count once.
std::string blanks_under(std::string_view text) {
  std::string blanks;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) == 0x80) continue;
    blanks += c == '\t' ? '\t' : ' ';
  }
  return blanks;
}

bool printable(std::string_view line) {
  for (const char c : line) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t') return false;
  }
  return !line.empty();
}

std::string excerpt(const std::string& file, const Place& place, bool colour) {
  const std::string line = line_of(file, place.line);
  if (!printable(line)) return "";
  auto column = static_cast<std::size_t>(place.column < 1 ? 1 : place.column) - 1;
  if (column > line.size()) return "";
  const std::string shown = without_secrets(line, column);
  if (column > kColumnsShownMax) return "";
  std::string number = std::to_string(place.line);
  if (number.size() < 5) number.insert(0, 5 - number.size(), ' ');
  return toned(number + " | ", Tone::kFaint, colour) + shown.substr(0, kColumnsShownMax) + "\n" +
         toned(std::string(number.size(), ' ') + " | ", Tone::kFaint, colour) +
         blanks_under(shown.substr(0, column)) + toned("^", Tone::kRed, colour) + "\n";
}

}  // namespace

std::string error_text(const std::string& message, const std::string& file, bool colour) {
  std::string text = toned("error:", Tone::kRed, colour) + " " + message + "\n";
  if (const auto place = place_in(message, file)) text += excerpt(file, *place, colour);
  return text;
}

std::string warning_text(const std::string& message, bool colour) {
  return toned("warning:", Tone::kYellow, colour) + " " + message + "\n";
}

int fail(const Error& error, const std::string& file) {
  write_all(STDERR_FILENO,
            error_text(error.message(), file, look_at_terminal(STDERR_FILENO).colour));
  return exit_code(error);
}

}  // namespace sluice::cli
