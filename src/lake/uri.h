#pragma once

#include <string>
#include <string_view>

namespace sluice::lake {

/// A file's path relative to its table as a log entry holds it: percent-encoded (RFC 2396), slashes
/// and `=` kept. A folder that is called `day=a%20b` on disk becomes `day=a%2520b`.
std::string encode_path(std::string_view path);

/// The path on disk of an encoded one.
std::string decode_path(std::string_view path);

/// Where a path of a log entry, percent-encoded, lies: relative to the table; absolute on this
/// machine (`/x`, `file:/x` and `file:///x` are the same); or the URL of a store as io::FileSystem
/// takes it. None is encoded any more.
std::string located_path(std::string_view logged);

/// Of located_path: not relative to the table.
bool is_whole_path(std::string_view located);

/// The file:// URL of a local folder, made absolute, with a slash at the end.
std::string folder_url(std::string_view path);

}  // namespace sluice::lake
