#include "cli/error_view.h"

#include <algorithm>
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
/// What a regular expression looks through.
constexpr std::size_t kLineBytesMax = 10'000;

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

/// Bytes of blanks, and of the `- ` of lists, at the beginning.
std::size_t indent_of(const std::string& line) {
  return std::min(line.find_first_not_of(" -"), line.size());
}

/// A line, and whether it lies below a key that names a secret: a list, a map or a text of lines.
struct FileLine {
  std::string text;
  bool is_secret = false;
};

FileLine line_of(const std::string& file, int number) {
  static const std::regex kKey(R"re([ \-]*["']?([\w.\-]+)["']?\s*:)re");
  std::ifstream stream(file);
  FileLine line;
  std::optional<std::size_t> secret;  // indent of the key that the lines are below
  for (int i = 0; i < number; ++i) {
    if (!std::getline(stream, line.text)) return {};
    if (line.text.ends_with('\r')) line.text.pop_back();
    const std::size_t indent = indent_of(line.text);
    if (indent == line.text.size()) continue;
    // A list may be as far left as its key.
    const bool is_item = line.text.starts_with(std::string(secret.value_or(0), ' ') + "- ");
    if (secret && indent <= *secret && !is_item) secret.reset();
    line.is_secret = secret.has_value();
    std::smatch key;
    if (!secret &&
        std::regex_search(line.text, key, kKey, std::regex_constants::match_continuous) &&
        names_a_secret(key.str(1))) {
      secret = indent;
    }
  }
  return line;
}

/// Where the list or map of a key that names a secret begins; the line's end: there is none.
std::size_t secret_container(const std::string& line) {
  static const std::regex kContainer(R"re(([\w.\-]+)["']?\s*:\s*[{\[])re");
  for (auto at = std::sregex_iterator(line.begin(), line.end(), kContainer);
       at != std::sregex_iterator(); ++at) {
    if (names_a_secret(at->str(1)))
      return static_cast<std::size_t>(at->position() + at->length()) - 1;
  }
  return line.size();
}

/// Blanks out what follows a key that names a secret, of a list or map all that follows, and moves
/// `column` along. The name of a secret, ${...}, is none.
std::string without_secrets(const std::string& whole, std::size_t& column) {
  static const std::regex kEntry(
      R"re(([\w.\-]+)["']?\s*:\s*("[^"]*"?|'[^']*'?|[^,}\s{\[][^,}\s]*))re");
  const std::string line = whole.substr(0, secret_container(whole));
  std::string shown;
  std::size_t copied = 0;
  const std::size_t wanted = std::min(column, line.size());
  column = wanted;
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
  return shown + line.substr(copied) + (line.size() < whole.size() ? "***" : "");
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

std::string excerpt(const std::string& file, const Place& place, bool colour) {
  const auto [line, is_secret] = line_of(file, place.line);
  if (is_secret || line.size() > kLineBytesMax || !printable(line)) return "";
  auto column = static_cast<std::size_t>(place.column < 1 ? 1 : place.column) - 1;
  if (column > line.size()) return "";
  const std::string shown = without_secrets(line, column);
  return marked_line(shown, place.line, column, Tone::kRed, colour);
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

std::string lint_text(const PipelineWarning& warning, bool colour) {
  std::string place = warning.file;
  if (warning.line > 0) {
    place += ":" + std::to_string(warning.line) + ":" + std::to_string(warning.column);
  }
  std::string text = warning_text(
      place + (place.empty() ? "" : ": ") + warning.code + ": " + warning.text, colour);
  const auto column = static_cast<std::size_t>(std::max(warning.column, 1)) - 1;
  if (printable(warning.shown_line) && column <= warning.shown_line.size()) {
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
