#pragma once

#include <string>
#include <string_view>

namespace sluice::lake {

/// A file's path relative to its table as a log entry holds it: percent-encoded (RFC 2396), slashes
/// and `=` kept. A folder that is called `day=a%20b` on disk becomes `day=a%2520b`.
std::string encode_path(std::string_view path);

/// The path on disk of an encoded one.
std::string decode_path(std::string_view path);

/// The file:// URL of a local folder, made absolute, with a slash at the end.
std::string folder_url(std::string_view path);

}  // namespace sluice::lake
