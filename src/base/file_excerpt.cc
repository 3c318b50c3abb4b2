#include "base/file_excerpt.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <regex>
#include <utility>

#include "base/secret_name.h"

namespace sluice {
namespace {

/// What a regular expression looks through.
constexpr std::size_t kLineBytesMax = 10'000;

/// Bytes of blanks, and of the `- ` of lists, at the beginning.
std::size_t indent_of(const std::string& line) {
  return std::min(line.find_first_not_of(" -"), line.size());
}

/// Says of each line of a file, in their order, whether it lies below a key that names a secret: in
/// a list, a map or a text of lines.
class SecretBlocks {
 public:
  bool holds(const std::string& line) {
    static const std::regex kKey(R"re([ \-]*["']?([\w.\-]+)["']?\s*:)re");
    const std::size_t indent = indent_of(line);
    if (indent == line.size()) return key_.has_value();
    // A list may be as far left as its key.
    const bool is_item = line.starts_with(std::string(key_.value_or(0), ' ') + "- ");
    if (key_ && indent <= *key_ && !is_item) key_.reset();
    const bool is_below = key_.has_value();
    std::smatch key;
    const auto end =
        line.begin() + static_cast<std::ptrdiff_t>(std::min(line.size(), kLineBytesMax));
    if (!key_ &&
        std::regex_search(line.begin(), end, key, kKey, std::regex_constants::match_continuous) &&
        names_a_secret(key.str(1))) {
      key_ = indent;
    }
    return is_below;
  }

 private:
  std::optional<std::size_t> key_;  // indent of the key that the lines are below
};

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

}  // namespace

std::optional<FilePlace> place_in(const std::string& message, const std::string& file) {
  if (file.empty()) return std::nullopt;
  const std::size_t at = message.find(file + ":");
  if (at == std::string::npos) return std::nullopt;
  const char* const end = message.data() + message.size();
  FilePlace place;
  const auto line = std::from_chars(message.data() + at + file.size() + 1, end, place.line);
  if (line.ec != std::errc() || line.ptr == end || *line.ptr != ':') return std::nullopt;
  const auto column = std::from_chars(line.ptr + 1, end, place.column);
  if (column.ec != std::errc()) return std::nullopt;
  return place;
}

std::vector<FileLine> lines_around(const std::string& file, const FilePlace& place, int around) {
  std::ifstream stream(file);
  SecretBlocks secrets;
  std::vector<FileLine> lines;
  std::string text;
  bool is_there = false;
  for (int number = 1; number - around <= place.line && std::getline(stream, text); ++number) {
    if (text.ends_with('\r')) text.pop_back();
    const bool is_secret = secrets.holds(text);
    if (number + around < place.line) continue;
    FileLine& line = lines.emplace_back();
    line.number = number;
    const bool is_place = number == place.line;
    is_there = is_there || is_place;
    auto column = static_cast<std::size_t>(is_place ? std::max(place.column, 1) - 1 : 0);
    const bool is_shown = !is_secret && text.size() <= kLineBytesMax && is_printable(text);
    const bool has_column = is_place && is_shown && column <= text.size();
    line.text = is_shown ? without_secrets(text, column) : text.empty() ? "" : "***";
    if (has_column) line.column = column;
  }
  if (!is_there) lines.clear();
  return lines;
}

bool is_printable(std::string_view line) {
  for (const char c : line) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t') return false;
  }
  return !line.empty();
}

}  // namespace sluice
