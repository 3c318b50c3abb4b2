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

/// The page as one file that needs no server. Between its parts goes what it shows, as JSON in
/// which no '<' is: {"hello", "snapshots", "charts"}, the data of these events; `saved` in "hello"
/// is when, in milliseconds since 1970.
struct SavedPage {
  std::string_view before;
  std::string_view after;
};
SavedPage saved_page();

}  // namespace sluice::web
