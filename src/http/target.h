#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace sluice::http {

/// What a request asks for.
struct Target {
  std::string authority;              ///< of the absolute form, in lower case; else ""
  std::string scheme;                 ///< of the absolute form: "http" or "https"
  std::string path;                   ///< percent-decoded once
  std::vector<std::string> segments;  ///< of the path, decoded after it was split at each "/"
  Pairs query;

  /// Null: it is no path, has "." or ".." as a part, a control character, something that is not
  /// UTF-8, a "%" without two digits, or too many parameters.
  static std::optional<Target> parse(std::string_view text);
};

/// The name in a Host header or in an authority, in lower case and without port; IPv6 without
/// brackets. Null: it is none.
std::optional<std::string> host_name(std::string_view authority);

}  // namespace sluice::http
