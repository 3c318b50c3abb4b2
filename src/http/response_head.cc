#include "http/response_head.h"

#include <array>
#include <ctime>

#include "base/percent_text.h"

namespace sluice::http {
namespace {

constexpr std::string_view kSecurityHeaders =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src "
    "'self' data: blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action "
    "'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Server: sluice\r\n";

/// Nothing of a value can end its line.
void add_header(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    head += byte < 0x20U || byte == 0x7fU ? ' ' : c;
  }
  head += "\r\n";
}

std::string date_text(Micros now) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = now / 1'000'000;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  // The names of days and months must not follow the process's locale.
  std::array<char, 32> text{};
  static_cast<void>(std::strftime(text.data(), text.size(), ", %d ??? %Y %H:%M:%S GMT", &utc));
  std::string date = kDays.at(static_cast<std::size_t>(utc.tm_wday)) + std::string(text.data());
  return date.replace(date.find("???"), 3, kMonths.at(static_cast<std::size_t>(utc.tm_mon)));
}

/// RFC 6266: a name in ASCII for old clients, and as it is.
std::string disposition(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_safe = byte >= 0x20U && byte < 0x7fU && c != '"' && c != '\\' && c != '/';
    plain += is_safe ? c : '_';
  }
  std::string encoded;
  for (const char c : percent_encoded_path(name)) {
    if (c == '/') {
      encoded += "%2F";
    } else if (c == '=') {
      encoded += "%3D";
    } else {
      encoded += c;
    }
  }
  return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + encoded;
}

}  // namespace

std::string_view status_words(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Answer";
  }
}

std::string response_head(const Response& response, const Sending& sending) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head += status_words(response.status);
  head += "\r\n";
  head += kSecurityHeaders;
  add_header(head, "Date", date_text(sending.now));
  bool has_cache_control = false;
  for (const auto& [name, value] : response.headers) {
    has_cache_control |= name == "Cache-Control";
    add_header(head, name, value);
  }
  if (!has_cache_control) add_header(head, "Cache-Control", "no-store");
  if (!response.attachment.empty()) {
    add_header(head, "Content-Disposition", disposition(response.attachment));
  }
  const bool may_have_body = response.status != 204 && response.status != 304;
  if (may_have_body) add_header(head, "Content-Type", response.content_type);
  if (may_have_body && !sending.is_stream) {
    add_header(head, "Content-Length", std::to_string(response.bytes().size()));
  }
  add_header(head, "Connection", sending.keep_alive ? "keep-alive" : "close");
  head += "\r\n";
  return head;
}

}  // namespace sluice::http
