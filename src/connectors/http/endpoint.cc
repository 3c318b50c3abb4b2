#include "connectors/http/endpoint.h"

#include <utility>

#include "base/percent_text.h"

namespace sluice::connectors::http {
namespace {

constexpr const char* kAllowSchema = R"json({"type": "object", "additionalProperties": false,
  "properties": {"redirects_to": {"type": ["string", "array"]}, "private_addresses": {"type": "boolean"},
   "plain_http_token": {"type": "boolean"}}})json";

std::vector<OptionSpec> allow_options() {
  return {{.name = "redirects_to",
           .type = OptionType::kTextList,
           .text = "Hosts that a redirect or a next page may lead to."},
          {.name = "private_addresses",
           .type = OptionType::kBoolean,
           .text = "Link-local addresses, and private ones after a redirect, too.",
           .default_text = "false"},
          {.name = "plain_http_token",
           .type = OptionType::kBoolean,
           .text = "Credentials over http.",
           .default_text = "false"}};
}

std::vector<OptionSpec> credential_options() {
  return {
      {.name = "headers",
       .type = OptionType::kTextMap,
       .text = "Headers of each request. Their values are shown nowhere.",
       .example = "{X-API-Key: \"${FEED_KEY}\", Accept: application/geo+json}"},
      {.name = "bearer",
       .type = OptionType::kSecret,
       .text = "A token, sent as `Authorization: Bearer`.",
       .example = "\"${file:/run/secrets/feed}\""},
      {.name = "user", .text = "With `password`: Basic authorization.", .example = "reader"},
      {.name = "password", .type = OptionType::kSecret, .text = "Of `user`."},
      {.name = "ca_file",
       .type = OptionType::kPath,
       .text = "Certificates of the authorities (PEM) to trust instead of the system's."},
      {.name = "certificate_file",
       .type = OptionType::kPath,
       .text = "The client's own certificate (PEM), where the server asks for one."},
      {.name = "key_file", .type = OptionType::kPath, .text = "The key of `certificate_file`."},
      {.name = "key_password", .type = OptionType::kSecret, .text = "Of `key_file`."},
      {.name = "verify",
       .type = OptionType::kBoolean,
       .text = "false: any certificate of the server is taken. Anybody between can then read and "
               "change what is sent.",
       .default_text = "true"},
  };
}

io::HttpTls read_tls(const Options& options) {
  io::HttpTls tls;
  if (options.has("ca_file")) tls.ca_file = options.text("ca_file");
  if (options.has("certificate_file")) tls.certificate_file = options.text("certificate_file");
  if (options.has("key_file")) tls.key_file = options.text("key_file");
  if (options.has("key_password")) tls.key_password = options.secret("key_password");
  tls.verify = options.boolean("verify");
  return tls;
}

Status read_credentials(const Options& options, io::HttpSettings& settings) {
  if (options.has("bearer")) settings.bearer = options.secret("bearer");
  if (options.has("user")) settings.user = options.text("user");
  if (options.has("password")) settings.password = options.secret("password");
  if (!settings.bearer.empty() && !settings.user.empty()) {
    return options.value("bearer").error("'bearer' and 'user' both authorize; remove one");
  }
  if (options.has("password") && settings.user.empty()) {
    return options.value("password").error("'password' needs 'user'");
  }
  return {};
}

}  // namespace

std::vector<OptionSpec> endpoint_options() {
  std::vector<OptionSpec> options = {
      {.name = "url",
       .text =
           "What is requested: http:// or https://. Credentials have options of their own; where "
           "the path is one, as of chat webhooks, take the URL from a file: of "
           "\"${file:...}\" only the host is shown.",
       .required = true,
       .example = "https://api.example.com/v1/events"}};
  for (OptionSpec& spec : credential_options()) options.push_back(std::move(spec));
  options.push_back({.name = "connect_timeout",
                     .type = OptionType::kDuration,
                     .text = "How long a connection may take: name, TCP and TLS.",
                     .default_text = "10s",
                     .minimum = 1000});
  options.push_back({.name = "timeout",
                     .type = OptionType::kDuration,
                     .text = "How long a request may take until its answer is complete. A stream "
                             "has `silence_timeout` instead.",
                     .default_text = "60s",
                     .minimum = 1000});
  options.push_back(
      {.name = "allow",
       .type = OptionType::kAny,
       .text =
           "What is refused otherwise. `redirects_to`: a list of hosts to which a redirect or a "
           "next page may lead, besides the server of `url` itself; they get neither "
           "credentials nor headers. `private_addresses: true`: such a host may be this "
           "machine or in a private network, and any host link-local (169.254.0.0/16, where "
           "clouds keep credentials). `plain_http_token: true`: credentials may go over http, "
           "unencrypted, to another machine.",
       .example = "{redirects_to: [cdn.example.com]}",
       .schema_json = kAllowSchema});
  return options;
}

Result<Endpoint> read_endpoint(const Options& options, bool is_url_secret) {
  Endpoint endpoint;
  endpoint.request.url = options.value("url").text();
  endpoint.request.is_url_secret = is_url_secret || options.value("url").secret();
  if (endpoint.request.is_url_secret && !io::HttpUrl::parse(endpoint.request.url)) {
    return options.value("url").error(
        "what the file holds is not a URL that can be requested (http:// or https://, no blanks); "
        "it is not shown");
  }
  if (options.has("headers")) {
    for (const auto& [name, value] : options.text_map("headers")) {
      endpoint.request.headers.push_back({name, Secret(value)});
    }
  }
  endpoint.request.limits.connect_timeout =
      std::chrono::milliseconds(options.integer("connect_timeout") / 1000);
  endpoint.request.limits.timeout = std::chrono::milliseconds(options.integer("timeout") / 1000);
  endpoint.settings.tls = read_tls(options);
  SLUICE_TRY(read_credentials(options, endpoint.settings));
  if (options.has("allow")) {
    SLUICE_ASSIGN(const Options allow,
                  Options::validate(allow_options(), options.value("allow"), "'allow' of http"));
    io::HttpAllowance& allowance = endpoint.settings.allow;
    if (allow.has("redirects_to")) allowance.redirects_to = allow.text_list("redirects_to");
    allowance.private_addresses = allow.boolean("private_addresses");
    allowance.plain_http_token = allow.boolean("plain_http_token");
  }
  const io::HttpClient client(endpoint.settings);
  if (auto fine = client.check(endpoint.request); !fine) {
    return options.value("url").error(fine.error().message());
  }
  return endpoint;
}

std::string with_parameter(std::string_view url, std::string_view name, std::string_view value) {
  const std::size_t mark = url.find('?');
  std::string out(url.substr(0, mark));
  std::string_view query = mark == std::string_view::npos ? "" : url.substr(mark + 1);
  char before = '?';
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.empty() || percent_decoded(part.substr(0, part.find('='))) == name) continue;
    out += std::exchange(before, '&');
    out += part;
  }
  out += before;
  // A slash and an equals sign may stay in a path, and not here.
  const auto add = [&out](std::string_view text) {
    for (const char letter : percent_encoded_path(text)) {
      if (letter == '/') {
        out += "%2F";
      } else if (letter == '=') {
        out += "%3D";
      } else {
        out += letter;
      }
    }
  };
  add(name);
  out += '=';
  add(value);
  return out;
}

}  // namespace sluice::connectors::http
