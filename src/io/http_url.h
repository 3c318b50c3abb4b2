#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>

#include "sluice/base/result.h"

namespace sluice::io {

/// Whom an address reaches.
enum class Reach : unsigned char {
  kPublic,
  kPrivate,    ///< 10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7
  kLoopback,   ///< this machine
  kLinkLocal,  ///< 169.254/16, fe80::/10, and where clouds keep their machines' metadata
};

/// IPv4 inside IPv6 (mapped, NAT64, 6to4) counts as the IPv4 address.
Reach reach_of(const sockaddr& address);

/// An http or https URL, taken apart and written in one way: scheme and host in lower case, an IPv4
/// address with four decimal parts, the port always known, no fragment.
struct HttpUrl {
  std::string text;    ///< what is requested
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< an IPv6 address without brackets
  int port = 0;
  std::string query;       ///< after the "?"
  bool is_secret = false;  ///< path and query are not shown; resolve() gives it on

  /// kUser when it is no such URL, or has a user and password in it (options of their own hold
  /// those). No message shows a secret of the URL.
  static Result<HttpUrl> parse(std::string_view text);
  /// `reference` as an answer from here has it: absolute, or relative to this URL.
  Result<HttpUrl> resolve(std::string_view reference) const;

  /// For messages and logs: values of the query whose names are those of secrets as ***, or all
  /// that comes after the host.
  std::string shown() const;
  /// The query holds a secret: a parameter such as `access_token` or `api_key`.
  bool has_secret() const { return !secret_parts().empty(); }
  /// Those parameters, "name=value" as they are in the query.
  std::vector<std::string> secret_parts() const;
  /// The host is this machine by its name: an address of the loopback, `localhost`.
  bool is_loopback() const;
  /// Whom the host reaches, as far as its text says: of a name that is not known kPublic.
  Reach reach() const;
  /// The host is, by its name or as an address, one of Reach::kLinkLocal.
  bool is_link_local() const;
  /// Scheme, host and port are the same, or the same host is asked by https instead of http, each
  /// on its default port.
  bool is_same_server(const HttpUrl& next) const;
};

/// As HttpUrl::shown, of text that need not be a URL.
std::string shown_url(std::string_view text);

}  // namespace sluice::io
