#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// `text` with each %XX as the byte that it stands for, as in URLs, Delta's logs and Hive's
/// folders. A % that no two hexadecimal digits follow stays.
std::string percent_decoded(std::string_view text);

/// A path with %XX for each byte but letters, digits and `-_.~/=`, as in URLs.
std::string percent_encoded_path(std::string_view path);

}  // namespace sluice
