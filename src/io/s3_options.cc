#include <algorithm>
#include <iterator>

#include "io/s3_settings.h"

namespace sluice::io {

namespace {

/// Who asks, and where.
std::vector<OptionSpec> access_options() {
  return {
      {.name = "endpoint",
       .type = OptionType::kText,
       .text = "The server's URL; without it Amazon's. http:// sends the data in clear text. Else "
               "AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or the profile's endpoint_url.",
       .example = "https://minio.example.com:9000"},
      {.name = "region",
       .type = OptionType::kText,
       .text = "The bucket's region. Else AWS_REGION, AWS_DEFAULT_REGION, the profile's, or "
               "us-east-1.",
       .example = "eu-central-1"},
      {.name = "access_key",
       .type = OptionType::kText,
       .text = "The access key's id. Else AWS_ACCESS_KEY_ID, or the profile's."},
      {.name = "secret_key",
       .type = OptionType::kSecret,
       .text = "The secret of access_key. Else AWS_SECRET_ACCESS_KEY, or the profile's.",
       .example = "${file:/run/secrets/s3}"},
      {.name = "session_token",
       .type = OptionType::kSecret,
       .text = "The session token of temporary keys. Else AWS_SESSION_TOKEN, or the profile's."},
      {.name = "profile",
       .type = OptionType::kText,
       .text = "The profile of ~/.aws/credentials and ~/.aws/config (AWS_SHARED_CREDENTIALS_FILE, "
               "AWS_CONFIG_FILE) that gives the keys. Else AWS_PROFILE, or `default`.",
       .example = "lake"},
      {.name = "anonymous",
       .type = OptionType::kBoolean,
       .text = "Requests are not signed: for public buckets.",
       .default_text = "false"},
      {.name = "instance_credentials",
       .type = OptionType::kBoolean,
       .text = "Without any keys, ask the EC2 instance for its role's.",
       .default_text = "false"},
      {.name = "path_style",
       .type = OptionType::kBoolean,
       .text = "The bucket is in the URL's path, not in the host's name. By default true with "
               "an endpoint, false without."},
      {.name = "ca_file",
       .type = OptionType::kPath,
       .text = "Certificates (PEM) that are trusted besides the system's. Else AWS_CA_BUNDLE.",
       .example = "/etc/ssl/lake.pem"},
  };
}

/// How long, how often, how much.
std::vector<OptionSpec> request_options() {
  return {
      {.name = "request_timeout",
       .type = OptionType::kDuration,
       .text = "One request, from the connection to the answer's last byte, may take this long.",
       .default_text = "60s",
       .minimum = kSecond / 10},
      {.name = "connect_timeout",
       .type = OptionType::kDuration,
       .text = "Connecting may take this long.",
       .default_text = "5s",
       .minimum = kSecond / 100},
      {.name = "copy_limit",
       .type = OptionType::kByteSize,
       .text = "A file is put in place by copying it within the store; larger ones are copied in "
               "parts. Amazon and most servers copy up to 5 GB in one request.",
       .default_text = "5000000000",
       .minimum = 5.0 * 1024 * 1024},
      {.name = "retries",
       .type = OptionType::kInteger,
       .text = "How many times a request is sent again, after pauses that double from 100ms to "
               "15s, when it is answered by 500, 503 or the like, or not at all. After that come "
               "the pipeline's own retries.",
       .default_text = "10",
       .minimum = 0,
       .maximum = 1000},
      {.name = "retry_time",
       .type = OptionType::kDuration,
       .text = "After this long a request is not sent again.",
       .default_text = "60s",
       .maximum = 240 * kSecond},
  };
}

}  // namespace

const std::vector<OptionSpec>& s3_options() {
  static const std::vector<OptionSpec> kOptions = [] {
    std::vector<OptionSpec> options = access_options();
    std::ranges::move(request_options(), std::back_inserter(options));
    return options;
  }();
  return kOptions;
}

const std::vector<OptionSpec>& s3_mount_options() {
  static const std::vector<OptionSpec> kOptions = [] {
    std::vector<OptionSpec> options = {
        {.name = "bucket", .type = OptionType::kText, .text = "The bucket.", .required = true},
        {.name = "prefix",
         .type = OptionType::kText,
         .text = "The folder in the bucket in which the mount's paths begin.",
         .example = "teams/sales"}};
    options.insert(options.end(), s3_options().begin(), s3_options().end());
    return options;
  }();
  return kOptions;
}

Result<S3Settings> read_s3_settings(const Options& options, const ConfigValue& given) {
  S3Settings settings;
  for (const OptionSpec& spec : s3_options()) {
    const bool is_given = std::ranges::any_of(
        given.entries(), [&](const ConfigValue::Entry& entry) { return entry.key == spec.name; });
    if (!is_given || !options.has(spec.name)) continue;
    switch (spec.type) {
      case OptionType::kBoolean:
        settings[spec.name] = Secret(options.boolean(spec.name) ? "true" : "false");
        break;
      case OptionType::kInteger:
      case OptionType::kByteSize:
      case OptionType::kDuration:
        settings[spec.name] = Secret(std::to_string(options.integer(spec.name)));
        break;
      case OptionType::kSecret:
        settings[spec.name] = options.secret(spec.name);
        break;
      default:
        settings[spec.name] = Secret(options.text(spec.name));
    }
  }
  if (settings.contains("endpoint")) {
    const std::string& endpoint = options.text("endpoint");
    if (!endpoint.starts_with("http://") && !endpoint.starts_with("https://")) {
      return options.value("endpoint")
          .error("'endpoint' must begin with https:// or http://, not '" + endpoint + "'");
    }
  }
  return settings;
}

}  // namespace sluice::io
