#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sluice/base/secret.h"

namespace sluice::http {

/// What requests and connections may take at most.
struct Limits {
  std::size_t head_bytes_max = 16 << 10;  ///< request line and headers
  std::size_t headers_max = 64;
  std::size_t body_bytes_max = 1 << 20;
  /// From a request's first byte (of a connection's first request: from the connection, with TLS's
  /// handshake) to its last one, however its bytes trickle in.
  std::chrono::milliseconds request_timeout{10'000};
  /// Between two requests.
  std::chrono::milliseconds idle_timeout{30'000};
  /// For each 256 KiB of an answer.
  std::chrono::milliseconds write_timeout{30'000};
  std::size_t connections_max = 512;
  /// From one address (of IPv6: 64 bits of it); none for the loopback.
  std::size_t connections_per_peer_max = 64;
  std::size_t handler_threads = 2;        ///< for handlers that take long
  std::size_t handlers_waiting_max = 16;  ///< beyond, the answer is 503
  /// From a session's last request on.
  std::chrono::seconds session_timeout{12 * 3600};
  std::size_t sessions_max = 256;
  /// Wrong tokens of one peer in a minute; beyond, the answer is 429.
  std::size_t failed_logins_max = 10;
  std::chrono::milliseconds failed_login_delay{500};
};

/// PEM files.
struct TlsFiles {
  std::string certificate;  ///< the server's own first, then those up to the authority's
  std::string key;
};

/// How and for whom a Server serves.
struct ServerOptions {
  std::string address = "127.0.0.1:8484";  ///< as Address::parse takes it
  /// A port that is taken gives way to the next one that is free, of a hundred.
  bool next_free_port = false;
  std::optional<TlsFiles> tls{};
  /// Another address than the loopback may be served without TLS: somebody else encrypts.
  bool plain = false;
  /// What clients must know, 16 characters at least. Empty: nothing, which only the loopback may.
  Secret token{};
  /// Names by which clients may call this server, besides the loopback's and the address itself.
  std::vector<std::string> allowed_hosts{};
  Limits limits{};
  /// How messages call the option `address`.
  std::string address_option = "address";
  /// What messages say is to be added, for a token and for TLS.
  std::string token_advice = "add `token: ${file:/run/secrets/token}`";
  std::string tls_advice =
      "add `tls: {certificate: FILE, key: FILE}`, or `plain: true` where a proxy encrypts";
};

}  // namespace sluice::http
