#include "io/http_message.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <curl/curl.h>

#include "base/secret_name.h"
#include "base/shown_text.h"
#include "io/http_url.h"

namespace sluice::io {
namespace {

/// Of an answer that is no success.
constexpr std::size_t kShownAnswerBytes = 300;
constexpr std::chrono::hours kRetryAfterMax{24};

void hide(std::string& text, std::string_view secret) {
  if (secret.empty()) return;
  for (std::size_t at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + 3)) {
    text.replace(at, secret.size(), "***");
  }
}

/// The answer's text without what is secret: some servers repeat it.
std::string shown_answer(const HttpRequest& request, const HttpResponse& response,
                         std::span<const Secret> secrets) {
  std::string text = response.body.substr(0, 4096);
  for (const Secret& secret : secrets) hide(text, secret.reveal());
  for (const HttpHeader& header : request.headers) {
    if (is_secret_header(header.name)) hide(text, header.value.reveal());
  }
  if (const auto url = HttpUrl::parse(request.url)) {
    for (const std::string& part : url->secret_parts()) {
      hide(text, std::string_view(part).substr(part.find('=') + 1));
    }
  }
  return shown_text(text, kShownAnswerBytes);
}

std::string_view advice(int status) {
  switch (status) {
    case 401:
      return "; the server needs credentials, or others";
    case 403:
      return "; the credentials do not allow this";
    case 404:
    case 410:
      return "; is the URL right?";
    case 405:
      return "; the server takes another `method` here";
    case 413:
      return "; the server takes smaller bodies";
    case 415:
      return "; the server takes another content type";
    default:
      return "";
  }
}

}  // namespace

bool is_same_header(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  });
}

bool is_secret_header(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "idempotency-key") return false;
  return names_a_secret(lower) || lower.find("auth") != std::string::npos ||
         lower.find("cookie") != std::string::npos || lower.find("key") != std::string::npos ||
         lower.find("signature") != std::string::npos;
}

std::optional<std::string_view> HttpResponse::header(std::string_view name) const {
  const auto found = std::ranges::find_if(
      headers, [&](const auto& own) { return is_same_header(own.first, name); });
  if (found == headers.end()) return std::nullopt;
  return std::string_view(found->second);
}

std::optional<std::chrono::milliseconds> HttpResponse::retry_after(Micros now) const {
  const auto text = header("retry-after");
  if (!text) return std::nullopt;
  std::chrono::milliseconds wait{0};
  std::int64_t seconds = 0;
  const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (code == std::errc() && end == text->data() + text->size()) {
    seconds = std::clamp<std::int64_t>(seconds, 0, std::chrono::seconds(kRetryAfterMax).count());
    wait = std::chrono::seconds(seconds);
  } else {
    const std::time_t at = curl_getdate(std::string(*text).c_str(), nullptr);
    if (at < 0) return std::nullopt;
    wait = std::chrono::milliseconds(static_cast<std::int64_t>(at) * 1000 - now / 1000);
  }
  return std::clamp<std::chrono::milliseconds>(wait, std::chrono::milliseconds(0), kRetryAfterMax);
}

Error http_status_error(const HttpRequest& request, const HttpResponse& response,
                        std::span<const Secret> secrets) {
  const int status = response.status;
  const bool may_pass = status == 408 || status == 425 || status == 429 || status >= 500;
  std::string message = request.method + " " +
                        (response.shown_url.empty() ? shown_url(request.url) : response.shown_url) +
                        ": the server answered status=" + std::to_string(status);
  if (const auto type = response.header("content-type")) {
    message += " content_type='" + shown_text(*type) + "'";
  }
  if (!response.body.empty())
    message += " answer='" + shown_answer(request, response, secrets) + "'";
  return {may_pass ? Kind::kTransient : Kind::kUser, message + std::string(advice(status))};
}

}  // namespace sluice::io
