#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sluice/base/result.h"

namespace sluice::http {

/// Where a server listens.
struct Address {
  std::string host = "127.0.0.1";  ///< an IPv4 or IPv6 address, the latter without brackets
  std::uint16_t port = 0;          ///< 0: the system chooses

  /// "127.0.0.1:8484", "[::1]:0", "localhost:80", "8484" (of the loopback). kUser for another name
  /// than localhost, as it may mean several addresses, and for what is none of these.
  static Result<Address> parse(std::string_view text);

  bool is_loopback() const;
  /// 0.0.0.0 or ::, which is every address of the machine.
  bool is_wildcard() const;
  /// As in a URL: "127.0.0.1:8484", "[::1]:8484".
  std::string text() const;
};

/// Whether `host` is an IP address, IPv6 without brackets.
bool is_ip_address(std::string_view host);
/// Whether `address`, of IPv4, IPv6 or IPv4 inside IPv6, is of this machine's loopback.
bool is_loopback_address(std::string_view address);

}  // namespace sluice::http
