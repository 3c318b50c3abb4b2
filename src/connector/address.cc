#include "connector/address.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/ascii_text.h"
#include "base/percent_text.h"

namespace sluice::connector {
namespace {

constexpr std::string_view kAfterScheme = "://";

bool is_scheme(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '_';
  });
}

/// Bytes of the ${...} at the beginning; 0: there is none.
std::size_t variable_size(std::string_view text) {
  if (!text.starts_with("${")) return 0;
  const std::size_t end = text.find('}');
  return end == std::string_view::npos ? 0 : end + 1;
}

/// Where the first `wanted` is that is in no ${...}; npos: there is none.
std::size_t find_outside(std::string_view text, char wanted) {
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == wanted) return i;
    i += std::max<std::size_t>(1, variable_size(text.substr(i)));
  }
  return std::string_view::npos;
}

/// Without percent encoding, but for what is in a ${...}; what was encoded means itself, and is no
/// beginning of one: `$$` is a dollar sign to who puts variables in.
std::string decoded(std::string_view text) {
  std::string out;
  std::string plain;
  const auto add_plain = [&] {
    for (const char c : percent_decoded(plain)) {
      out += c;
      if (c == '$') out += c;
    }
    plain.clear();
  };
  for (std::size_t i = 0; i < text.size();) {
    const bool is_dollar = text.substr(i).starts_with("$$");
    const std::size_t whole = is_dollar ? 2 : variable_size(text.substr(i));
    if (whole == 0) {
      plain += text[i++];
      continue;
    }
    add_plain();
    out += text.substr(i, whole);
    i += whole;
  }
  add_plain();
  return out;
}

struct Parts {
  std::string_view login;
  std::string_view host;
  std::string_view path;
};

Parts parts_of(std::string_view rest) {
  Parts parts;
  const std::size_t end = std::min(find_outside(rest, '/'), rest.size());
  parts.host = rest.substr(0, end);
  if (end < rest.size()) parts.path = rest.substr(end + 1);
  // Below a host's path an @ is nothing special.
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
  address.scheme = lower_case(text.substr(0, end));
  const Parts parts = parts_of(text.substr(end + kAfterScheme.size()));
  const std::size_t colon = find_outside(parts.login, ':');
  address.user = decoded(parts.login.substr(0, colon));
  if (colon != std::string_view::npos) {
    address.password = decoded(parts.login.substr(colon + 1));
  }
  address.host = parts.host;
  address.path = decoded(parts.path);
  const std::size_t at = find_outside(parts.path, '@');
  address.has_slash_in_login =
      parts.login.empty() && at != std::string_view::npos &&
      (find_outside(parts.host, ':') != std::string_view::npos ||
       find_outside(parts.path.substr(0, at), ':') != std::string_view::npos);
  return address;
}

std::string Address::shown() const {
  if (has_slash_in_login) return scheme + std::string(kAfterScheme) + "***";
  if (password.empty()) return text;
  const std::size_t begin = text.find(kAfterScheme) + kAfterScheme.size();
  const Parts parts = parts_of(std::string_view(text).substr(begin));
  const std::size_t colon = find_outside(parts.login, ':');
  std::string shown = text;
  return shown.replace(begin + colon + 1, parts.login.size() - colon - 1, "***");
}

Status Address::check_login() const {
  if (!has_slash_in_login) return {};
  return error(
      "there is an @ after a /: write %2F for a / in a password, and %40 for an @ in a path");
}

Error Address::error(const std::string& message) const {
  return user_error(shown() + ": " + message);
}

ConfigValue::Entry address_option(std::string name, std::string text) {
  return {std::move(name), {}, ConfigValue::scalar(std::move(text), /*quoted=*/true, {})};
}

}  // namespace sluice::connector
