#include "connector/address.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/percent_text.h"

namespace sluice::connector {
namespace {

constexpr std::string_view kAfterScheme = "://";

bool is_scheme(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '_';
  });
}

/// Where the authority ends: at the first `/` that is in no ${...}.
std::size_t end_of_authority(std::string_view rest) {
  int depth = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '{') ++depth;
    if (rest[i] == '}' && depth > 0) --depth;
    if (rest[i] == '/' && depth == 0) return i;
  }
  return rest.size();
}

/// Where the password begins after the user's `:`, which is in no ${...}; npos: there is none.
std::size_t colon_of(std::string_view login) {
  int depth = 0;
  for (std::size_t i = 0; i < login.size(); ++i) {
    if (login[i] == '{') ++depth;
    if (login[i] == '}' && depth > 0) --depth;
    if (login[i] == ':' && depth == 0) return i;
  }
  return std::string_view::npos;
}

struct Parts {
  std::string_view login;
  std::string_view host;
  std::string_view path;
};

Parts parts_of(std::string_view rest) {
  Parts parts;
  const std::size_t end = end_of_authority(rest);
  parts.host = rest.substr(0, end);
  if (end < rest.size()) parts.path = rest.substr(end + 1);
  if (const std::size_t at = parts.host.rfind('@'); at != std::string_view::npos) {
    parts.login = parts.host.substr(0, at);
    parts.host.remove_prefix(at + 1);
  }
  return parts;
}

}  // namespace

Address Address::parse(std::string_view text) {
  Address address;
  address.text = text;
  const std::size_t end = text.find(kAfterScheme);
  if (end == std::string_view::npos || !is_scheme(text.substr(0, end))) return address;
  address.scheme = text.substr(0, end);
  for (char& c : address.scheme) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  const Parts parts = parts_of(text.substr(end + kAfterScheme.size()));
  const std::size_t colon = colon_of(parts.login);
  address.user = percent_decoded(parts.login.substr(0, colon));
  if (colon != std::string_view::npos) {
    address.password = percent_decoded(parts.login.substr(colon + 1));
  }
  address.host = parts.host;
  address.path = percent_decoded(parts.path);
  return address;
}

std::string Address::shown() const {
  if (password.empty()) return text;
  const std::size_t begin = text.find(kAfterScheme) + kAfterScheme.size();
  const Parts parts = parts_of(std::string_view(text).substr(begin));
  const std::size_t colon = colon_of(parts.login);
  std::string shown = text;
  return shown.replace(begin + colon + 1, parts.login.size() - colon - 1, "***");
}

Error Address::error(const std::string& message) const {
  return user_error(shown() + ": " + message);
}

ConfigValue::Entry address_option(std::string name, std::string text) {
  return {std::move(name), {}, ConfigValue::scalar(std::move(text), /*quoted=*/true, {})};
}

}  // namespace sluice::connector
