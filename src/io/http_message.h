#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sluice/base/error.h"
#include "sluice/base/secret.h"

namespace sluice::io {

struct HttpHeader {
  std::string name;
  Secret value;
  /// It says nothing about the user: it goes to another host, too, and may be shown.
  bool is_harmless = false;
};

/// What one request may take at most.
struct HttpLimits {
  std::chrono::milliseconds connect_timeout{10'000};  ///< resolve, connect and TLS
  std::chrono::milliseconds timeout{60'000};          ///< all of it; 0: no limit
  std::chrono::milliseconds silence_timeout{0};       ///< without a byte arriving; 0: no limit
  std::size_t body_bytes_max = 64 << 20;              ///< of the answer, unpacked
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  /// Where `url` came out of an answer (the next page): the user's own URL, on whose server the
  /// credentials are at home. `url` is then held to the rules for redirects. Empty: it is the
  /// user's.
  std::string named_url{};
  bool is_url_secret = false;  ///< HttpUrl::is_secret of both
  std::vector<HttpHeader> headers{};
  std::string body{};
  HttpLimits limits{};
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< in their order, names as sent
  std::string body;
  std::string url;        ///< the one that answered, after redirects
  std::string shown_url;  ///< and as it may be shown

  bool is_success() const { return status >= 200 && status < 300; }
  /// The first header of this name, in any case; null: none.
  std::optional<std::string_view> header(std::string_view name) const;
  /// How long the server asks to wait (Retry-After, as seconds or as a date; not negative and at
  /// most a day). Null: it does not say.
  std::optional<std::chrono::milliseconds> retry_after(Micros now) const;
};

/// `text`, which a server sent, without what is secret: some repeat it. *** for `secrets`, the
/// values of the request's headers, those of secrets in its URLs' queries, and all of a secret URL
/// but its host; also where they are percent-encoded or decoded.
std::string hidden_text(std::string text, const HttpRequest& request,
                        std::span<const Secret> secrets);

/// The error of an answer that is no success: kTransient for what another try may change (408, 425,
/// 429, 5xx), else kUser. The message has the method, the URL (without secrets), the status, the
/// beginning of the answer's text, and what to do about it where the status says that. `secrets`,
/// and those of the request, are not shown where the answer repeats them; HttpClient::refusal knows
/// its own.
Error http_status_error(const HttpRequest& request, const HttpResponse& response,
                        std::span<const Secret> secrets = {});

/// Whether a header of this name holds a secret: authorizations, cookies, keys and tokens.
bool is_secret_header(std::string_view name);
/// Header names are the same in any case.
bool is_same_header(std::string_view one, std::string_view other);

}  // namespace sluice::io
