#include "base/secret_name.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace sluice {

bool names_a_secret(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  // "passw": passwd, too; "pasw": as some misspell it. Then properties of librdkafka that hold
  // secrets inside a text, and headers of HTTP.
  constexpr std::array<std::string_view, 15> kWords = {
      "passw",         "pasw",    "passphrase", "secret",  "token",
      "credential",    "private", "jaas",       "key.pem", "oauthbearer.config",
      "authorization", "cookie",  "api-key",    "api_key", "apikey"};
  // Of an HTTP connector; librdkafka's properties of oauthbearer are no secrets for that.
  if (lower == "bearer") return true;
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

}  // namespace sluice
