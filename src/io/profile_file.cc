#include "io/profile_file.h"

#include <array>

#include "base/ascii_text.h"

namespace sluice::io {
namespace {

constexpr std::string_view kBlanks = " \t\r";
/// `[profile NAME]` is one; these begin others, which are skipped.
constexpr std::array<std::string_view, 3> kOtherSections = {"sso-session ", "services ", "plugins"};

/// The profile that a section's header names, "" when it names something else.
std::string profile_name(std::string_view header) {
  for (const std::string_view other : kOtherSections) {
    if (header.starts_with(other)) return "";
  }
  constexpr std::string_view kProfile = "profile ";
  if (header.starts_with(kProfile)) header.remove_prefix(kProfile.size());
  return std::string(trimmed(header));
}

}  // namespace

Result<std::map<std::string, Profile>> parse_profiles(std::string_view text,
                                                      std::string_view path) {
  std::map<std::string, Profile> profiles;
  Profile* current = nullptr;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const std::string_view whole = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::string_view line = trimmed(whole);
    const bool is_indented = !whole.empty() && kBlanks.find(whole.front()) != kBlanks.npos;
    if (line.empty() || line.front() == '#' || line.front() == ';' || is_indented) continue;
    if (line.front() == '[' && line.back() == ']') {
      const std::string name = profile_name(trimmed(line.substr(1, line.size() - 2)));
      current = name.empty() ? nullptr : &profiles[name];
      continue;
    }
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || line.front() == '[') {
      return user_error(std::string(path) + ":" + std::to_string(number) +
                        ": is neither [profile] nor key = value");
    }
    if (current == nullptr) continue;
    (*current)[std::string(trimmed(line.substr(0, equals)))] = trimmed(line.substr(equals + 1));
  }
  return profiles;
}

}  // namespace sluice::io
