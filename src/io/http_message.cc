#include "io/http_message.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <functional>

#include <curl/curl.h>

#include "base/ascii_text.h"
#include "base/percent_text.h"
#include "base/secret_name.h"
#include "base/shown_text.h"
#include "io/http_url.h"

namespace sluice::io {
namespace {

/// Of an answer that is no success.
constexpr std::size_t kShownAnswerBytes = 300;
constexpr std::size_t kReadAnswerBytes = 16 << 10;
constexpr std::chrono::hours kRetryAfterMax{24};

/// A value that may be no secret hides nothing that is shorter.
constexpr std::size_t kSecretBytesMin = 4;

std::string percent_encoded(std::string_view text, std::string_view digits) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
  return out;
}

std::string with_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// Texts that must not be shown.
class Secrets {
 public:
  void add(std::string_view value) {
    if (value.empty()) return;
    for (const std::string& plain : {std::string(value), percent_decoded(value)}) {
      const std::string upper = percent_encoded(plain, "0123456789ABCDEF");
      for (std::string form : {plain, upper, percent_encoded(plain, "0123456789abcdef"),
                               with_all(upper, "%20", "+"), with_all(plain, "/", "\\/")}) {
        forms_.push_back(std::move(form));
      }
    }
  }
  void add_if_long(std::string_view value) {
    if (value.size() >= kSecretBytesMin) add(value);
  }
  void add_url(const std::string& text, bool is_secret) {
    const auto url = HttpUrl::parse(text);
    if (!url) return;
    for (const std::string& part : url->secret_parts()) add(part.substr(part.find('=') + 1));
    if (!is_secret) return;
    std::string_view left = url->text;
    left.remove_prefix(std::min(left.size(), left.find_first_of("/?", left.find("://") + 3)));
    add_if_long(left);
    add_if_long(left.substr(0, left.find('?')));
    while (!left.empty()) {
      const std::size_t end = std::min(left.find_first_of("/?&="), left.size());
      add_if_long(left.substr(0, end));
      left.remove_prefix(std::min(left.size(), end + 1));
    }
  }
  std::string hide_in(std::string text) {
    // What is part of another one comes after it.
    std::ranges::sort(forms_, std::greater(), &std::string::size);
    for (const std::string& form : forms_) hide(text, form);
    return text;
  }

 private:
  static void hide(std::string& text, std::string_view secret);

  std::vector<std::string> forms_;
};

void Secrets::hide(std::string& text, std::string_view secret) {
  for (std::size_t at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + 3)) {
    text.replace(at, secret.size(), "***");
  }
}

/// Headers whose values say nothing about the user.
bool is_plain_header(const HttpHeader& header) {
  return header.is_harmless || is_same_header(header.name, "accept") ||
         is_same_header(header.name, "content-type") || is_same_header(header.name, "user-agent");
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

std::string hidden_text(std::string text, const HttpRequest& request,
                        std::span<const Secret> secrets) {
  Secrets all;
  for (const Secret& secret : secrets) all.add(secret.reveal());
  for (const HttpHeader& header : request.headers) {
    if (is_plain_header(header)) continue;
    const std::string& value = header.value.reveal();
    if (is_secret_header(header.name)) {
      all.add(value);
      // "Basic abc": the second word alone, too.
      all.add_if_long(std::string_view(value).substr(value.find(' ') + 1));
    } else {
      all.add_if_long(value);
    }
  }
  all.add_url(request.url, request.is_url_secret);
  if (!request.named_url.empty()) all.add_url(request.named_url, request.is_url_secret);
  return all.hide_in(std::move(text));
}

bool is_same_header(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  });
}

bool is_secret_header(std::string_view name) {
  const std::string lower = lower_case(name);
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
  if (!response.body.empty()) {
    const std::string text =
        hidden_text(response.body.substr(0, kReadAnswerBytes), request, secrets);
    message += " answer='" + shown_text(text, kShownAnswerBytes) + "'";
  }
  return {may_pass ? Kind::kTransient : Kind::kUser, message + std::string(advice(status))};
}

}  // namespace sluice::io
