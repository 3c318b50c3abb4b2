#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "io/http_message.h"
#include "io/http_url.h"
#include "sluice/base/result.h"
#include "sluice/base/secret.h"

namespace sluice::io {

/// How a server proves who it is, and the client. Paths of files in PEM; empty: the system's list
/// of authorities, no certificate.
struct HttpTls {
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  Secret key_password;
  bool verify = true;
};

/// What is refused unless the user says that it is meant. Messages name the option that says so:
/// `option_prefix` and the field's name, such as `allow.private_addresses`.
struct HttpAllowance {
  /// Hosts that a redirect, or a next page's URL, may lead to, besides the server that was asked.
  std::vector<std::string> redirects_to;
  /// Such a host may have an address of this machine or of a private network (which a URL of the
  /// user's own may have anyway), and any host a link-local one, where clouds keep credentials.
  bool private_addresses = false;
  /// Credentials may go over http, unencrypted, to another machine.
  bool plain_http_token = false;
  std::string option_prefix = "allow.";
};

struct HttpSettings {
  HttpTls tls;
  std::string user;  ///< Basic authorization; empty: none
  Secret password;
  Secret bearer;  ///< `Authorization: Bearer`; empty: none
  HttpAllowance allow;
  std::string user_agent = "sluice";
};

/// Takes the next bytes of a body, unpacked, in pieces as they come; `answer` has status, headers
/// and URL. No bytes: all that has come is taken, for now, so that what belongs together can be
/// written together. May block: the server then waits, too. An error ends the request and is its
/// result.
using TakeBytes = std::function<Status(const HttpResponse& answer, std::string_view bytes)>;

/// Sends HTTP requests and keeps connections between them. Speaks HTTP/1.1, and HTTP/2 over TLS;
/// gzip and deflate; uses the proxies of the environment as curl does (https_proxy, no_proxy ...).
///
/// Redirects of GET and HEAD are followed, five at most, of other methods only 307 and 308; to the
/// same server only (HttpUrl::is_same_server), unless the host is in HttpAllowance::redirects_to:
/// credentials and the request's own headers stay behind then.
///
/// Errors say the step that failed (resolve, connect, TLS, answer), the URL without its secrets and
/// the address. kUser: the URL, a certificate that is not trusted, a redirect or address that is
/// refused, an answer over its limit. kTransient: all that may pass, a timeout among it.
/// kCancelled: `stop`. A status that is no success is no error here (http_status_error). What
/// failed after the connection stood may have had its effect.
///
/// One thread at a time.
class HttpClient {
 public:
  explicit HttpClient(HttpSettings settings);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// The answer, whole in memory.
  Result<HttpResponse> send(const HttpRequest& request, const std::stop_token& stop);

  /// As send(), but bytes of a success go to `take` instead of into the answer, whatever their
  /// number: for answers without an end.
  Result<HttpResponse> stream(const HttpRequest& request, const TakeBytes& take,
                              const std::stop_token& stop);

  /// http_status_error() of an answer of this client's, without its credentials.
  Error refusal(const HttpRequest& request, const HttpResponse& response) const;

  /// hidden_text() with this client's credentials: for any text of an answer that is shown.
  std::string hidden(const HttpRequest& request, std::string_view text) const;

  /// Connects to the server of `request`, with TLS where it is https, and sends nothing: what keeps
  /// a request from being sent is known before there is one.
  Status reach(const HttpRequest& request, const std::stop_token& stop);

  /// kUser unless `request` may be sent, as far as that is known without asking anybody: URLs,
  /// headers, credentials over http. For checking options before a run.
  Status check(const HttpRequest& request) const;

 private:
  class Connections;

  std::vector<Secret> secrets() const;
  Result<HttpResponse> exchange(const HttpRequest& request, const TakeBytes* take,
                                const std::stop_token& stop);

  const HttpSettings settings_;
  const std::unique_ptr<Connections> connections_;
};

}  // namespace sluice::io
