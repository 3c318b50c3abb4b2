#include "lake/uri.h"

#include <filesystem>

#include "base/percent_text.h"

namespace sluice::lake {

std::string encode_path(std::string_view path) { return percent_encoded_path(path); }

std::string decode_path(std::string_view path) { return percent_decoded(path); }

std::string located_path(std::string_view logged) {
  constexpr std::string_view kFile = "file:";
  // The scheme is looked for in what is encoded: a file may be called "file:x".
  if (!logged.starts_with(kFile)) return decode_path(logged);
  std::string_view path = logged.substr(kFile.size());
  // An authority, which is empty.
  if (path.starts_with("///")) path.remove_prefix(2);
  const bool local = path.starts_with('/') && !path.starts_with("//");
  return decode_path(local ? path : logged);
}

bool is_whole_path(std::string_view located) {
  return located.starts_with('/') || located.find("://") != std::string_view::npos;
}

std::string folder_url(std::string_view path) {
  std::error_code ignored;
  std::filesystem::path absolute = std::filesystem::absolute(path, ignored);
  if (ignored) absolute = path;
  std::string url = "file://" + encode_path(absolute.lexically_normal().string());
  if (url.back() != '/') url += '/';
  return url;
}

}  // namespace sluice::lake
