#pragma once

#include <string_view>

#include "http/message.h"

namespace sluice::http {

/// A file of the page, as it lies in the program. All views outlive the server.
struct StaticFile {
  std::string_view path;          ///< "/" or "/js/page.js", as requests name it
  std::string_view content_type;  ///< with its charset
  std::string_view etag;          ///< without quotes; another one whenever the bytes are others
  std::string_view bytes;
  std::string_view gzip{};  ///< the same, compressed; empty: only as it is
};

/// The file, compressed where the client takes that; 304 when it has it already. The browser asks
/// each time whether its copy is still right.
Response static_response(const StaticFile& file, const Request& request);

}  // namespace sluice::http
