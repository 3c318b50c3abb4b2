#include "http/target.h"

#include <algorithm>

#include "base/ascii_text.h"
#include "base/utf8_text.h"
#include "http/address.h"

namespace sluice::http {
namespace {

constexpr std::size_t kQueryMax = 64;
constexpr std::size_t kSegmentsMax = 32;
constexpr std::size_t kHostBytesMax = 255;
constexpr std::size_t kPortDigitsMax = 5;

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Strict, unlike base/percent_text.h: what two readers could take for two things is refused.
std::optional<std::string> decoded(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = digit_of(text[i + 1]);
      const int low = digit_of(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_blank ? ' ' : text[i];
    }
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20U || c == 0x7fU; });
}

bool parse_path(std::string_view raw, Target& target) {
  std::string_view rest = raw.substr(1);
  while (true) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    auto segment = decoded(rest.substr(0, end), false);
    if (!segment || has_control_character(*segment) || *segment == "." || *segment == "..") {
      return false;
    }
    target.path += '/';
    target.path += *segment;
    target.segments.push_back(*std::move(segment));
    if (end == rest.size()) return true;
    if (target.segments.size() == kSegmentsMax) return false;
    rest.remove_prefix(end + 1);
  }
}

bool parse_query(std::string_view rest, Target& target) {
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (one.empty()) continue;
    const std::size_t equals = std::min(one.find('='), one.size());
    auto name = decoded(one.substr(0, equals), true);
    auto value = decoded(one.substr(std::min(equals + 1, one.size())), true);
    if (!name || !value || target.query.size() == kQueryMax) return false;
    if (name->find('\0') != std::string::npos || value->find('\0') != std::string::npos)
      return false;
    target.query.emplace_back(*std::move(name), *std::move(value));
  }
  return true;
}

}  // namespace

std::optional<Target> Target::parse(std::string_view text) {
  Target target;
  for (const std::string_view scheme : {"http", "https"}) {
    const std::string beginning = std::string(scheme) + "://";
    if (lower_case(text.substr(0, beginning.size())) != beginning) continue;
    text.remove_prefix(beginning.size());
    const std::size_t end = std::min(text.find_first_of("/?"), text.size());
    target.scheme = scheme;
    target.authority = lower_case(text.substr(0, end));
    text.remove_prefix(end);
    if (!host_name(target.authority)) return std::nullopt;
    if (text.empty()) text = "/";
    break;
  }
  if (text.empty() || text.front() != '/' || text.find('#') != std::string_view::npos) {
    return std::nullopt;
  }
  const std::size_t question = std::min(text.find('?'), text.size());
  if (!parse_path(text.substr(0, question), target)) return std::nullopt;
  if (!parse_query(text.substr(std::min(question + 1, text.size())), target)) return std::nullopt;
  return target;
}

std::optional<std::string> host_name(std::string_view authority) {
  std::string_view host = authority;
  std::string_view port;
  const bool is_v6 = host.starts_with('[');
  const std::size_t end = is_v6 ? host.find(']') : std::min(host.find(':'), host.size());
  if (end == std::string_view::npos) return std::nullopt;
  if (const std::string_view rest = host.substr(is_v6 ? end + 1 : end); !rest.empty()) {
    port = rest.substr(1);
    if (rest.front() != ':' || port.empty() || port.size() > kPortDigitsMax ||
        port.find_first_not_of("0123456789") != std::string_view::npos) {
      return std::nullopt;
    }
  }
  host = is_v6 ? host.substr(1, end - 1) : host.substr(0, end);
  if (host.empty() || host.size() > kHostBytesMax) return std::nullopt;
  std::string name = lower_case(host);
  if (is_v6) return is_ip_address(name) ? std::optional(name) : std::nullopt;
  const bool is_name =
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") == std::string::npos;
  return is_name ? std::optional(name) : std::nullopt;
}

}  // namespace sluice::http
