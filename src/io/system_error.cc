#include "io/system_error.h"

#include <cerrno>
#include <string>
#include <system_error>

#include "base/system_kind.h"

namespace sluice::io {

Error system_error(std::string_view what, std::string_view path, int code) {
  std::string message(what);
  message += " failed path=";
  message += path;
  message += ": " + std::system_category().message(code);
  if (code == ENOSPC || code == EDQUOT) message += "; make room on the disk";
  if (code == ENAMETOOLONG) message += "; shorten it: a name has at most 255 bytes";
  if (code == EROFS) message += "; it is mounted read-only";
  if (code == EACCES || code == EPERM) message += "; give this user permission";
  return {kind_of_errno(code), std::move(message)};
}

}  // namespace sluice::io
