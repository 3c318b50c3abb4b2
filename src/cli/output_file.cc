#include "cli/output_file.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "cli/terminal.h"

namespace sluice::cli {

Status write_output_file(const std::string& path, std::string_view content, bool force) {
  const int otherwise = force ? O_TRUNC : O_EXCL;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | otherwise, 0666);
  if (file < 0 && errno == EEXIST && !force) {
    return user_error(path + ": is there already; --force saves over it");
  }
  const auto failed = [&] {
    return user_error(path + ": " + std::generic_category().message(errno));
  };
  if (file < 0) return failed();
  const bool written = write_all(file, content);
  if (::close(file) == 0 && written) return {};
  Error error = failed();
  ::unlink(path.c_str());
  return error;
}

Status write_output(const std::string& path, std::string_view content, bool force) {
  if (!path.empty()) return write_output_file(path, content, force);
  write_all(STDOUT_FILENO, content);
  return {};
}

}  // namespace sluice::cli
