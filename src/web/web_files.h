#pragma once

#include <span>
#include <string_view>

namespace sluice::web {

/// A file of the live page, as the program carries it. All views are of the program's own
/// constants.
struct WebFile {
  /// As a browser asks for it: "/" (the page), "/app.css", "/js/app.js".
  std::string_view path;
  /// The value of Content-Type.
  std::string_view type;
  /// The value of ETag, with its quotes: the same as long as `bytes` are the same.
  std::string_view etag;
  std::span<const char> bytes;
  /// The same, compressed for Content-Encoding: gzip.
  std::span<const char> gzip;
};

/// All of them, in no order that means anything.
std::span<const WebFile> web_files();

/// The file of that path (without a query), or null.
const WebFile* find_web_file(std::string_view path);

}  // namespace sluice::web
