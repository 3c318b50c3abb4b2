#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/result.h"
#include "sluice/base/secret.h"

namespace sluice::io {

/// A mail server and how it is spoken to.
struct MailServer {
  std::string url;  ///< smtp://host:port, or smtps://host:port with TLS from the first byte
  /// Of smtp://: the server must go over to TLS (STARTTLS) before anything else is said. False: it
  /// stays as it is.
  bool needs_tls = true;
  std::string ca_file;  ///< PEM; empty: the system's authorities
  bool verify = true;
  std::string user;  ///< empty: no login
  Secret password;
  bool allows_private_addresses = false;  ///< link-local ones, where clouds keep credentials
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds timeout{30'000};  ///< all of a mail
};

struct Mail {
  std::string from;  ///< addresses of the envelope, without <>
  std::vector<std::string> to;
  std::string text;  ///< headers and body, lines with CRLF
};

/// Sends a mail over a connection of its own. It is sent when the server takes one of the
/// addresses; the log says which it does not take. Errors: kTransient (no connection, an answer
/// 4xx), kUser (an answer 5xx, a refused login or certificate, no TLS where it must be), kCancelled
/// (`stop`). After a lost connection the mail may have been taken. Blocks for the time-out at most.
/// Any thread.
Status send_mail(const MailServer& server, const Mail& mail, const std::stop_token& stop);

/// kUser unless `url` is of that form, without a user in it.
Status check_mail_url(std::string_view url);
/// Whether the URL's host is this machine.
bool is_mail_to_loopback(std::string_view url);

}  // namespace sluice::io
