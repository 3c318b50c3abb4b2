#include "io/system_error.h"

#include <cerrno>
#include <string>
#include <system_error>

namespace sluice::io {
namespace {

bool is_users(int code) {
  switch (code) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case EACCES:
    case EPERM:
    case EROFS:
    case ENAMETOOLONG:
    case ELOOP:
    case EEXIST:
    case ENOTEMPTY:
    case EXDEV:
    case EINVAL:
      return true;
    default:
      return false;
  }
}

}  // namespace

Error system_error(std::string_view what, std::string_view path, int code) {
  std::string message(what);
  message += " failed path=";
  message += path;
  message += ": " + std::system_category().message(code);
  if (code == ENOSPC || code == EDQUOT) message += "; make room on the disk";
  if (code == EACCES || code == EPERM) message += "; give this user the right to it";
  return {is_users(code) ? Kind::kUser : Kind::kTransient, std::move(message)};
}

}  // namespace sluice::io
