#include "io/http_proxy.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include <netdb.h>
#include <netinet/in.h>

#include "io/curl_handles.h"

namespace sluice::io {
namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return value == nullptr ? "" : value;
}

/// HTTP_PROXY is left out, as curl does: a CGI's client could set it.
std::string proxy_for(std::string_view scheme) {
  std::string proxy = variable(scheme == "https" ? "https_proxy" : "http_proxy");
  if (proxy.empty() && scheme == "https") proxy = variable("HTTPS_PROXY");
  if (proxy.empty()) proxy = variable("all_proxy");
  return proxy.empty() ? variable("ALL_PROXY") : proxy;
}

/// curl's, of a proxy that names none.
constexpr const char* kDefaultPort = "1080";
constexpr const char* kDefaultTlsPort = "443";

bool is_same(const sockaddr& one, const sockaddr& other) {
  if (one.sa_family != other.sa_family) return false;
  if (one.sa_family == AF_INET) {
    sockaddr_in a{};
    sockaddr_in b{};
    std::memcpy(&a, &one, sizeof a);
    std::memcpy(&b, &other, sizeof b);
    return a.sin_port == b.sin_port && a.sin_addr.s_addr == b.sin_addr.s_addr;
  }
  if (one.sa_family != AF_INET6) return false;
  sockaddr_in6 a{};
  sockaddr_in6 b{};
  std::memcpy(&a, &one, sizeof a);
  std::memcpy(&b, &other, sizeof b);
  return a.sin6_port == b.sin6_port &&
         std::memcmp(&a.sin6_addr, &b.sin6_addr, sizeof a.sin6_addr) == 0;
}

}  // namespace

bool is_proxy_address(std::string_view scheme, const sockaddr& address) {
  const std::string proxy = proxy_for(scheme);
  if (proxy.empty()) return false;
  const CurlUrl url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, proxy.c_str(),
                   CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) != CURLUE_OK) {
    return false;
  }
  std::string host = part_of(url.get(), CURLUPART_HOST);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  std::string port = part_of(url.get(), CURLUPART_PORT);
  if (port.empty()) port = proxy.starts_with("https://") ? kDefaultTlsPort : kDefaultPort;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return false;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    if (is_same(*one->ai_addr, address)) return true;
  }
  return false;
}

}  // namespace sluice::io
