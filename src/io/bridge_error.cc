#include "io/bridge_error.h"

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/system_kind.h"

namespace sluice::io {
namespace {

/// Of the lasting ones, those that leave no doubt whether something was written.
bool can_never_be(int code) {
  switch (code) {
    case ENAMETOOLONG:
    case EILSEQ:
    case EINVAL:
    case ELOOP:
    case ENOTDIR:
    case EISDIR:
    case EROFS:
    case EACCES:
    case EPERM:
    case EOPNOTSUPP:
    case ENOSYS:
      return true;
    default:
      return false;
  }
}

}  // namespace

Error bridge_error(std::string_view what, std::string_view text) {
  const std::size_t colon = std::min(text.find(": "), text.size());
  const std::string_view code = text.substr(0, colon);
  std::string message(what);
  message += ": ";
  message += text.substr(std::min(colon + 2, text.size()));
  if (code == "not_found" || code == "denied" || code == "unsupported" || code == "invalid") {
    return user_error(std::move(message));
  }
  // A name that no file system takes: the write has not happened, and never will.
  const bool may_pass = code == "transient" || code == "unknown_outcome";
  if (may_pass && can_never_be(lasting_errno_in(text))) return user_error(std::move(message));
  if (code == "transient") return transient_error(std::move(message));
  if (code == "unknown_outcome") return {Kind::kUnknownOutcome, std::move(message)};
  if (code == "corruption") return corruption_error(std::move(message));
  return internal_error(std::move(message));
}

}  // namespace sluice::io
