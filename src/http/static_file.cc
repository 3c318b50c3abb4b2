#include "http/static_file.h"

#include <algorithm>
#include <string>

#include "base/ascii_text.h"

namespace sluice::http {
namespace {

/// OWS of RFC 9110.
constexpr std::string_view kBlanks = " \t";

/// Calls `each` with the parts between commas, until it says true; whether it did.
template <class Each>
bool any_of_list(std::string_view list, Each each) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    if (each(trimmed(list.substr(0, end), kBlanks))) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

bool takes_gzip(const Request& request) {
  return any_of_list(request.header("accept-encoding").value_or(""), [](std::string_view one) {
    const std::size_t end = std::min(one.find(';'), one.size());
    const std::string_view coding = trimmed(one.substr(0, end), kBlanks);
    if (coding != "gzip" && coding != "x-gzip") return false;
    // "q=0", "q=0.000": not at all.
    std::string_view weight = trimmed(one.substr(std::min(end + 1, one.size())), kBlanks);
    if (!weight.starts_with("q=")) return true;
    weight.remove_prefix(2);
    return weight.find_first_not_of("0.") != std::string_view::npos;
  });
}

bool has_it(const Request& request, std::string_view etag) {
  return any_of_list(request.header("if-none-match").value_or(""), [&](std::string_view one) {
    if (one.starts_with("W/")) one.remove_prefix(2);
    return one == "*" || one == etag;
  });
}

}  // namespace

Response static_response(const StaticFile& file, const Request& request) {
  const bool is_gzip = !file.gzip.empty() && takes_gzip(request);
  const std::string etag = "\"" + std::string(file.etag) + (is_gzip ? "-gzip\"" : "\"");
  Response response;
  response.content_type = file.content_type;
  response.headers = {{"ETag", etag}, {"Cache-Control", "no-cache"}};
  if (!file.gzip.empty()) response.headers.emplace_back("Vary", "Accept-Encoding");
  if (has_it(request, etag)) {
    response.status = 304;
    return response;
  }
  if (is_gzip) response.headers.emplace_back("Content-Encoding", "gzip");
  response.static_body = is_gzip ? file.gzip : file.bytes;
  return response;
}

}  // namespace sluice::http
