#include "base/system_kind.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <string>
#include <system_error>

namespace sluice {
namespace {

/// What libraries meet and tell in words.
constexpr std::array kLasting = {
    ENAMETOOLONG, EILSEQ, ELOOP, ENOTDIR, EISDIR, EROFS,      EACCES, EPERM,  EXDEV,  ENOTEMPTY,
    EINVAL,       ENODEV, EFBIG, EMLINK,  ENXIO,  EOPNOTSUPP, ENOSYS, ENOENT, EEXIST,
};

int os_error_in(std::string_view message) {
  constexpr std::string_view kMark = "(os error ";
  const std::size_t at = message.find(kMark);
  if (at == std::string_view::npos) return 0;
  int code = 0;
  const std::string_view digits = message.substr(at + kMark.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), code);
  return code;
}

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
  if (const int code = os_error_in(message); code != 0) {
    return kind_of_errno(code) == Kind::kUser ? code : 0;
  }
  for (const int code : kLasting) {
    if (message.find(std::system_category().message(code)) != std::string_view::npos) return code;
  }
  return 0;
}

}  // namespace sluice
