#include "config/file_text.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace sluice::config {

Result<std::string> read_text_file(const std::string& path, std::size_t bytes_max) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  std::string text(bytes_max + 1, '\0');
  const std::size_t size = file ? std::fread(text.data(), 1, text.size(), file.get()) : 0;
  if (!file || std::ferror(file.get()) != 0) {
    return user_error("cannot be read: " + std::generic_category().message(errno));
  }
  if (size > bytes_max) return user_error("is larger than " + std::to_string(bytes_max) + " bytes");
  text.resize(size);
  return text;
}

}  // namespace sluice::config
