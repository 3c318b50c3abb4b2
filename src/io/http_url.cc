#include "io/http_url.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/ascii_text.h"
#include "base/percent_text.h"
#include "base/secret_name.h"
#include "base/shown_text.h"
#include "io/curl_handles.h"

namespace sluice::io {
namespace {

/// Bytes of a URL that a message shows.
constexpr std::size_t kShownBytes = 300;
constexpr std::size_t kUrlBytesMax = 16 << 10;

Reach reach_of_v4(std::uint32_t address) {
  const auto in = [&](std::uint32_t network, int bits) {
    return (address ^ network) >> (32 - bits) == 0;
  };
  if (in(0x7F000000U, 8) || in(0, 8)) return Reach::kLoopback;
  // The last two: the metadata of Alibaba's and Azure's machines.
  if (in(0xA9FE0000U, 16) || address == 0x646464C8U || address == 0xA83F8110U) {
    return Reach::kLinkLocal;
  }
  if (in(0x0A000000U, 8) || in(0xAC100000U, 12) || in(0xC0A80000U, 16) || in(0x64400000U, 10)) {
    return Reach::kPrivate;
  }
  return Reach::kPublic;
}

std::uint32_t v4_at(const std::array<std::uint8_t, 16>& bytes, std::size_t at) {
  std::uint32_t address = 0;
  for (std::size_t i = 0; i < 4; ++i) address = address << 8U | bytes[at + i];
  return address;
}

Reach reach_of_v6(const std::array<std::uint8_t, 16>& bytes) {
  const auto begins = [&](std::initializer_list<std::uint8_t> beginning) {
    return std::ranges::equal(beginning, std::span(bytes).first(beginning.size()));
  };
  if (begins({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})) return reach_of_v4(v4_at(bytes, 12));
  if (begins({0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) return reach_of_v4(v4_at(bytes, 12));
  // For the network's own translators (RFC 8215), and in the form of RFC 2765.
  if (begins({0, 0x64, 0xFF, 0x9B, 0, 0x01})) return reach_of_v4(v4_at(bytes, 12));
  if (begins({0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0})) return reach_of_v4(v4_at(bytes, 12));
  if (begins({0x20, 0x02})) return reach_of_v4(v4_at(bytes, 2));
  // :: and ::1, and IPv4 written in the old way, which no network carries.
  if (begins({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})) return Reach::kLoopback;
  if (bytes[0] == 0xFE && (bytes[1] & 0xC0U) == 0x80U) return Reach::kLinkLocal;
  // fd00:ec2::254 and fd20:ce::254, Amazon's and Google's metadata.
  if (begins({0xFD, 0x00, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}) ||
      begins({0xFD, 0x20, 0x00, 0xCE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54})) {
    return Reach::kLinkLocal;
  }
  if ((bytes[0] & 0xFEU) == 0xFCU || (bytes[0] == 0xFE && (bytes[1] & 0xC0U) == 0xC0U)) {
    return Reach::kPrivate;
  }
  return Reach::kPublic;
}

/// A host that is an address; kPublic for names.
Reach reach_of_host(const std::string& host) {
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return reach_of_v4(ntohl(v4.s_addr));
  std::array<std::uint8_t, 16> bytes{};
  const std::string without_zone = host.substr(0, host.find('%'));
  if (inet_pton(AF_INET6, without_zone.c_str(), bytes.data()) == 1) return reach_of_v6(bytes);
  return Reach::kPublic;
}

/// A host's name without the dot that may end it.
std::string_view plain_name(std::string_view host) {
  return host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
}

/// Whether a query parameter of this name holds a secret: those of base/secret_name.h, all kinds of
/// keys, signatures and codes of authorization. One rule for what is shown, kept and sent in the
/// open.
bool names_a_key(std::string_view name) {
  std::string found = lower_case(percent_decoded(name));
  if (names_a_secret(found) || found == "code" || found == "appid") return true;
  // Words that have such letters in them and are none.
  constexpr std::array<std::string_view, 10> kHarmless = {
      "keyword", "keyset", "startkey", "start_key", "endkey",
      "end_key", "author", "design",   "signal",    "assign"};
  for (const std::string_view word : kHarmless) {
    const std::size_t at = found.find(word);
    if (at != std::string::npos && found != "authorization") found.erase(at, word.size());
  }
  return found.find("key") != std::string::npos || found.find("sig") != std::string::npos ||
         found.find("auth") != std::string::npos;
}

/// `query` with *** for what may be a secret.
std::string shown_query(std::string_view query) {
  std::string out;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    const std::size_t equals = part.find('=');
    if (!out.empty()) out += '&';
    if (equals == std::string_view::npos || !names_a_key(part.substr(0, equals))) {
      out += part;
    } else {
      out += part.substr(0, equals + 1);
      out += "***";
    }
  }
  return out;
}

Error url_error(std::string_view text, std::string_view why) {
  return user_error("url=" + shown_url(text) + " cannot be requested: " + std::string(why));
}

Result<HttpUrl> read(CURLU* url, std::string_view given) {
  if (!part_of(url, CURLUPART_USER).empty() || !part_of(url, CURLUPART_PASSWORD).empty()) {
    return url_error(given,
                     "it holds a user or a password; the options for these keep them secret");
  }
  HttpUrl out;
  out.scheme = lower_case(part_of(url, CURLUPART_SCHEME));
  if (out.scheme != "http" && out.scheme != "https") {
    return url_error(given, "it must begin with http:// or https://");
  }
  out.host = lower_case(part_of(url, CURLUPART_HOST));
  if (out.host.starts_with('[')) out.host = out.host.substr(1, out.host.size() - 2);
  if (out.host.empty()) return url_error(given, "it names no host");
  const std::string port = part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  for (const char digit : port) out.port = out.port * 10 + (digit - '0');
  out.query = part_of(url, CURLUPART_QUERY);
  curl_url_set(url, CURLUPART_FRAGMENT, nullptr, 0);
  out.text = part_of(url, CURLUPART_URL);
  return out;
}

Status set(CURLU* url, std::string_view text, std::string_view shown) {
  if (text.size() > kUrlBytesMax) {
    return url_error(shown, "it has " + std::to_string(text.size()) + " bytes, and " +
                                std::to_string(kUrlBytesMax) + " are the most");
  }
  const auto is_bad = [](unsigned char c) { return c <= 0x20U || c == 0x7FU; };
  if (std::ranges::any_of(text, is_bad)) {
    return url_error(shown, "a space or control character must be written as %XX");
  }
  const CURLUcode code =
      curl_url_set(url, CURLUPART_URL, std::string(text).c_str(), CURLU_NON_SUPPORT_SCHEME);
  if (code != CURLUE_OK) return url_error(shown, curl_url_strerror(code));
  return {};
}

}  // namespace

Reach reach_of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return reach_of_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return Reach::kLoopback;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return reach_of_v6(bytes);
}

Result<HttpUrl> HttpUrl::parse(std::string_view text) {
  const CurlUrl url(curl_url());
  SLUICE_TRY(set(url.get(), text, text));
  return read(url.get(), text);
}

Result<HttpUrl> HttpUrl::resolve(std::string_view reference) const {
  const CurlUrl url(curl_url());
  SLUICE_TRY(set(url.get(), text, text));
  SLUICE_TRY(set(url.get(), reference, reference));
  SLUICE_ASSIGN(HttpUrl next, read(url.get(), reference));
  next.is_secret = is_secret;
  return next;
}

std::string HttpUrl::shown() const {
  if (!is_secret) return shown_url(text);
  return text.substr(0, text.find_first_of("/?", text.find("://") + 3)) + "/***";
}

std::vector<std::string> HttpUrl::secret_parts() const {
  std::vector<std::string> parts;
  std::string_view left = query;
  while (!left.empty()) {
    const std::string_view part = left.substr(0, left.find('&'));
    left.remove_prefix(std::min(left.size(), part.size() + 1));
    if (names_a_key(part.substr(0, part.find('=')))) parts.emplace_back(part);
  }
  return parts;
}

bool HttpUrl::is_loopback() const {
  const std::string_view name = plain_name(host);
  return name == "localhost" || name.ends_with(".localhost") ||
         reach_of_host(host) == Reach::kLoopback;
}

bool HttpUrl::is_link_local() const {
  constexpr std::array<std::string_view, 5> kNames = {"metadata.google.internal", "metadata.goog",
                                                      "metadata", "instance-data",
                                                      "instance-data.ec2.internal"};
  return std::ranges::find(kNames, plain_name(host)) != kNames.end() ||
         reach_of_host(host) == Reach::kLinkLocal;
}

Reach HttpUrl::reach() const {
  if (is_link_local()) return Reach::kLinkLocal;
  return is_loopback() ? Reach::kLoopback : reach_of_host(host);
}

bool HttpUrl::is_same_server(const HttpUrl& next) const {
  if (host != next.host) return false;
  if (scheme == next.scheme) return port == next.port;
  return scheme == "http" && port == 80 && next.port == 443;
}

std::string shown_url(std::string_view text) {
  text = text.substr(0, text.find('#'));
  const std::size_t mark = text.find('?');
  std::string out(text.substr(0, mark));
  // Between the scheme and the host: a user and a password.
  const std::size_t scheme = out.find("://");
  const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t at = out.substr(0, out.find('/', host)).rfind('@');
  if (at != std::string::npos && at >= host) out.replace(host, at - host, "***");
  if (mark != std::string_view::npos) out += "?" + shown_query(text.substr(mark + 1));
  return shown_text(out, kShownBytes);
}

}  // namespace sluice::io
