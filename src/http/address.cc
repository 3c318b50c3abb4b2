#include "http/address.h"

#include <charconv>
#include <optional>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/shown_text.h"

namespace sluice::http {
namespace {

constexpr std::string_view kMapped = "::ffff:";

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, port);
  if (text.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return port;
}

Error refused(std::string_view text, std::string_view why) {
  return user_error(
      "'" + shown_text(text) + "' is no address to listen on: " + std::string(why) +
      "; write ADDRESS:PORT, as 127.0.0.1:8484, [::1]:8484 or 0.0.0.0:8484, or a port "
      "alone, for this machine only");
}

bool is_ipv4(const std::string& host) {
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool is_ipv6(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

}  // namespace

Result<Address> Address::parse(std::string_view text) {
  Address address;
  if (text.find_first_not_of("0123456789") == std::string_view::npos) {
    const auto port = port_of(text);
    if (!port) return refused(text, text.empty() ? "it is empty" : "a port is 65535 at most");
    address.port = *port;
    return address;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refused(text, "it has no port");
  const auto port = port_of(text.substr(colon + 1));
  if (!port) return refused(text, "after the last ':' is no port from 0 to 65535");
  address.port = *port;
  std::string_view host = text.substr(0, colon);
  if (host == "localhost") return address;
  const bool has_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (has_brackets) host = host.substr(1, host.size() - 2);
  address.host = host;
  if (has_brackets ? !is_ipv6(address.host) : !is_ipv4(address.host)) {
    return refused(text, is_ipv6(address.host) ? "an IPv6 address goes in brackets"
                                               : "'" + shown_text(host) + "' is no IP address");
  }
  return address;
}

bool Address::is_loopback() const { return is_loopback_address(host); }

bool Address::is_wildcard() const { return host == "0.0.0.0" || host == "::"; }

std::string Address::text() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool is_ip_address(std::string_view host) {
  const std::string text(host);
  return is_ipv4(text) || is_ipv6(text);
}

bool is_loopback_address(std::string_view address) {
  if (address.starts_with(kMapped)) address.remove_prefix(kMapped.size());
  return address == "::1" || (address.starts_with("127.") && is_ipv4(std::string(address)));
}

}  // namespace sluice::http
