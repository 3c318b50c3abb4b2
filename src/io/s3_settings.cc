#include "io/s3_settings.h"

#include <array>
#include <utility>

#include "io/profile_file.h"

namespace sluice::io {
namespace {

/// The store's options out of what is given, the environment and the profile.
class S3Chain {
 public:
  S3Chain(const S3Settings& given, const Environment& environment, FileSystem& files)
      : given_(given), environment_(environment), files_(files) {}

  Result<std::map<std::string, Secret>> resolve() {
    SLUICE_TRY(read_profile());
    SLUICE_TRY(credentials());
    set("aws_region",
        first_of({given("region"), env("AWS_REGION"), env("AWS_DEFAULT_REGION"), profile("region")})
            .value_or("us-east-1"));
    const auto endpoint = first_of({given("endpoint"), env("AWS_ENDPOINT_URL_S3"),
                                    env("AWS_ENDPOINT_URL"), profile("endpoint_url")});
    if (endpoint) {
      set("aws_endpoint", *endpoint);
      // Who writes http:// means it.
      if (endpoint->starts_with("http://")) set("aws_allow_http", "true");
    }
    const bool path_style = given("path_style").value_or(endpoint ? "true" : "false") == "true";
    set("aws_virtual_hosted_style_request", path_style ? "false" : "true");
    if (const auto file = first_of({given("ca_file"), env("AWS_CA_BUNDLE")})) set("ca_file", *file);
    set("timeout", given("request_timeout").value_or("60000000") + "us");
    set("connect_timeout", given("connect_timeout").value_or("5000000") + "us");
    if (const auto limit = given("copy_limit")) set("copy_limit", *limit);
    set("retries", given("retries").value_or("10"));
    set("retry_time_ms",
        std::to_string(std::stoll(given("retry_time").value_or("60000000")) / 1'000));
    return std::move(options_);
  }

 private:
  using Text = std::optional<std::string>;

  Text given(const std::string& name) const {
    const auto found = given_.find(name);
    return found == given_.end() ? Text() : found->second.reveal();
  }
  Text env(const std::string& name) const {
    Text value = environment_(name);
    return value && value->empty() ? Text() : value;
  }
  Text profile(const std::string& key) const {
    const auto found = profile_.find(key);
    return found == profile_.end() || found->second.empty() ? Text() : found->second;
  }
  static Text first_of(std::initializer_list<Text> values) {
    for (const Text& value : values) {
      if (value) return value;
    }
    return std::nullopt;
  }
  void set(const std::string& key, const std::string& value) { options_[key] = Secret(value); }

  Status read_profile() {
    const Text named = first_of({given("profile"), env("AWS_PROFILE")});
    profile_name_ = named.value_or("default");
    const std::string home = env("HOME").value_or("");
    const std::string paths[] = {
        env("AWS_CONFIG_FILE").value_or(join_path(home, ".aws/config")),
        env("AWS_SHARED_CREDENTIALS_FILE").value_or(join_path(home, ".aws/credentials"))};
    bool found = false;
    for (const std::string& path : paths) {
      SLUICE_ASSIGN(const auto there, files_.find(path));
      if (!there) continue;
      SLUICE_ASSIGN(const std::string text, files_.read(path));
      SLUICE_ASSIGN(auto profiles, parse_profiles(text, path));
      if (!profiles.contains(profile_name_)) continue;
      found = true;
      for (auto& [key, value] : profiles[profile_name_]) profile_[key] = value;
    }
    if (found || !named) return {};
    return user_error("there is no profile '" + profile_name_ + "' in " + paths[0] + " and " +
                      paths[1] + "; fix `profile` or AWS_PROFILE");
  }

  Status credentials() {
    if (given("anonymous") == "true") {
      set("aws_skip_signature", "true");
      return {};
    }
    if (given("access_key") || given("secret_key")) {
      return keys(given("access_key"), given("secret_key"), given("session_token"),
                  "`access_key` and `secret_key`");
    }
    if (given("profile")) return profile_keys();
    if (env("AWS_ACCESS_KEY_ID") || env("AWS_SECRET_ACCESS_KEY")) {
      return keys(env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY"), env("AWS_SESSION_TOKEN"),
                  "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    }
    if (profile("aws_access_key_id") || profile("aws_secret_access_key")) return profile_keys();
    if (machine_credentials()) return {};
    return user_error(
        "no credentials for S3: set access_key and secret_key (in `s3:` or the mount), or "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws/credentials; or "
        "anonymous: true for a public bucket, or instance_credentials: true on EC2");
  }

  Status profile_keys() {
    // What a profile can say besides keys needs a login or another program.
    for (const char* key : {"credential_process", "sso_session", "sso_start_url", "role_arn"}) {
      if (!profile(key) || profile("aws_access_key_id")) continue;
      return user_error(
          "profile '" + profile_name_ + "' gives credentials by " + key +
          ", which sluice does not support; run `aws configure export-credentials --format "
          "env` and set what it prints");
    }
    return keys(profile("aws_access_key_id"), profile("aws_secret_access_key"),
                profile("aws_session_token"),
                "aws_access_key_id and aws_secret_access_key of profile '" + profile_name_ + "'");
  }

  Status keys(const Text& access, const Text& secret, const Text& token, const std::string& names) {
    if (!access || !secret) {
      return user_error("one half of the credentials for S3 is missing: " + names +
                        " belong together");
    }
    set("aws_access_key_id", *access);
    set("aws_secret_access_key", *secret);
    if (token) set("aws_session_token", *token);
    return {};
  }

  /// What Kubernetes, ECS and, when asked for, EC2 give to their machines.
  bool machine_credentials() {
    static constexpr std::array<std::array<const char*, 2>, 6> kNames = {{
        {"AWS_WEB_IDENTITY_TOKEN_FILE", "aws_web_identity_token_file"},
        {"AWS_ROLE_ARN", "aws_role_arn"},
        {"AWS_ROLE_SESSION_NAME", "aws_role_session_name"},
        {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "aws_container_credentials_relative_uri"},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "aws_container_credentials_full_uri"},
        {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "aws_container_authorization_token_file"},
    }};
    bool found = given("instance_credentials") == "true";
    for (const auto& [name, key] : kNames) {
      if (const Text value = env(name)) {
        set(key, *value);
        found = true;
      }
    }
    return found;
  }

  const S3Settings& given_;
  const Environment& environment_;
  FileSystem& files_;
  std::string profile_name_;
  Profile profile_;
  std::map<std::string, Secret> options_;
};

}  // namespace

Result<std::map<std::string, Secret>> s3_store_options(const S3Settings& given,
                                                       const Environment& environment,
                                                       FileSystem& local_files) {
  return S3Chain(given, environment, local_files).resolve();
}

}  // namespace sluice::io
