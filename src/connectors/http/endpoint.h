#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "io/http_client.h"
#include "sluice/base/result.h"

namespace sluice::connectors::http {

/// A URL, what a request there has in it, and how its server is spoken to.
struct Endpoint {
  io::HttpRequest request;
  io::HttpSettings settings;
};

/// The options of an endpoint, which source and sink share: url, headers, credentials, TLS,
/// time-outs, `allow`.
std::vector<OptionSpec> endpoint_options();

/// Reads them. kUser, with the option's place: what cannot be requested, or is refused
/// (io::HttpAllowance). `is_url_secret`: only the host of `url` is ever shown, wherever it is from.
Result<Endpoint> read_endpoint(const Options& options, bool is_url_secret = false);

/// `url` with the query parameter `name` of this value, in the place of one that it has.
std::string with_parameter(std::string_view url, std::string_view name, std::string_view value);

}  // namespace sluice::connectors::http
