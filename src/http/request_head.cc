#include "http/request_head.h"

#include <algorithm>
#include <array>

namespace sluice::http {
namespace {

constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kDigits = "0123456789";
constexpr std::size_t kMethodBytesMax = 32;

/// RFC 9110, 5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return kLetters.find(c) != std::string_view::npos ||
           kDigits.find(c) != std::string_view::npos ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

Refusal bad(std::string message) { return {400, std::move(message)}; }

std::optional<Refusal> check_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return bad("the request line is not METHOD TARGET HTTP/1.1");
  }
  if (!is_token(line.substr(0, first)) || first > kMethodBytesMax) {
    return bad("the method is none");
  }
  const std::string_view version = line.substr(last + 1);
  if (version == "HTTP/1.1" || version == "HTTP/1.0") {
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const bool is_visible =
        std::ranges::all_of(target, [](unsigned char c) { return c > 0x20U && c < 0x7fU; });
    if (target.empty() || !is_visible) return bad("the target has bytes that must be encoded");
    return std::nullopt;
  }
  if (version.starts_with("HTTP/")) {
    return Refusal{505, "this server speaks HTTP/1.1 and HTTP/1.0"};
  }
  return bad("the request line has no version");
}

std::optional<Refusal> check_header_line(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return bad("a header is folded into two lines");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return bad("a header's name is none");
  }
  return std::nullopt;
}

std::optional<Refusal> check_bytes(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    if (c >= 0x20U && c != 0x7fU) continue;
    if (c == '\t') continue;
    if (c == '\r' && (i + 1 == bytes.size() || bytes[i + 1] == '\n')) continue;
    if (c == '\n' && i > 0 && bytes[i - 1] == '\r') continue;
    return bad(c == '\n' || c == '\r' ? "a line must end with CR LF"
                                      : "a control character is in the head");
  }
  return std::nullopt;
}

Refusal too_large(std::string_view bytes, std::size_t bytes_max) {
  if (bytes.find("\r\n") > bytes_max) return {414, "the target is too long"};
  return {431, "the headers are too large"};
}

}  // namespace

std::size_t RequestHead::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count(headers, name, &Pairs::value_type::first));
}

std::optional<Refusal> check_head_bytes(std::string_view bytes, const Limits& limits) {
  const std::size_t end = bytes.find("\r\n\r\n");
  const bool is_whole = end != std::string_view::npos;
  if (is_whole) bytes = bytes.substr(0, end + 2);
  if (bytes.size() > limits.head_bytes_max) return too_large(bytes, limits.head_bytes_max);
  if (auto refusal = check_bytes(bytes)) return refusal;
  std::size_t lines = 0;
  while (true) {
    const std::size_t line_end = bytes.find("\r\n");
    if (line_end == std::string_view::npos) break;
    const std::string_view line = bytes.substr(0, line_end);
    bytes.remove_prefix(line_end + 2);
    // An empty line that is not the end yet: a head without headers.
    if (line.empty() && lines > 0) break;
    if (auto refusal = lines == 0 ? check_request_line(line) : check_header_line(line)) {
      return refusal;
    }
    if (lines > limits.headers_max) return Refusal{431, "there are too many headers"};
    ++lines;
  }
  return std::nullopt;
}

std::optional<Refusal> check_head(const RequestHead& head) {
  const std::size_t hosts = head.count("host");
  if (hosts > 1) return bad("there is more than one Host");
  if (hosts == 0 && head.minor_version == 1) return bad("there is no Host");
  const std::size_t lengths = head.count("content-length");
  const std::size_t encodings = head.count("transfer-encoding");
  if (lengths > 0 && encodings > 0) {
    return bad("a request has a Content-Length or a Transfer-Encoding, not both");
  }
  if (lengths > 1) return bad("there is more than one Content-Length");
  if (lengths == 1) {
    const std::string_view value = *head.header("content-length");
    if (value.empty() || value.find_first_not_of(kDigits) != std::string_view::npos) {
      return bad("the Content-Length is not a number");
    }
  }
  if (encodings > 0) {
    if (head.minor_version == 0) return bad("HTTP/1.0 has no Transfer-Encoding");
    std::string value(*head.header("transfer-encoding"));
    std::ranges::transform(value, value.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (encodings > 1 || value != "chunked") {
      return Refusal{501, "of the transfer encodings only chunked is known"};
    }
  }
  for (const std::string_view name :
       {"authorization", "origin", "content-type", "expect", "last-event-id"}) {
    if (head.count(name) > 1) return bad("there is more than one " + std::string(name));
  }
  if (const auto expected = head.header("expect"); expected && !head.expects_continue) {
    return Refusal{417, "of expectations only 100-continue is known"};
  }
  return std::nullopt;
}

}  // namespace sluice::http
