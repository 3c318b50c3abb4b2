#include "base/system_kind.h"

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

namespace sluice {
namespace {

/// What libraries meet and describe in words.
constexpr std::array kLasting = {
    ENAMETOOLONG, EILSEQ, ELOOP, ENOTDIR, EISDIR, EROFS,      EACCES, EPERM,  EXDEV,  ENOTEMPTY,
    EINVAL,       ENODEV, EFBIG, EMLINK,  ENXIO,  EOPNOTSUPP, ENOSYS, ENOENT, EEXIST,
};

}  // namespace

Kind kind_of_errno(int code) {
  switch (code) {
    case EAGAIN:
    case EINTR:
    case EIO:
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EBUSY:
    case ETXTBSY:
    case EDEADLK:
    case ENOLCK:
    case ENOBUFS:
    case ESTALE:
    case EREMOTEIO:
    case ETIMEDOUT:
    case ECONNRESET:
    case ECONNABORTED:
    case ECONNREFUSED:
    case ENOTCONN:
    case ESHUTDOWN:
    case EPIPE:
    case ENETDOWN:
    case ENETUNREACH:
    case ENETRESET:
    case EHOSTDOWN:
    case EHOSTUNREACH:
      return Kind::kTransient;
    default:
      return Kind::kUser;
  }
}

int lasting_errno_in(std::string_view message) {
  for (const int code : kLasting) {
    if (message.find(std::system_category().message(code)) != std::string_view::npos) return code;
  }
  return 0;
}

}  // namespace sluice
