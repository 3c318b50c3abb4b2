#pragma once

#include <string_view>

#include "sluice/base/error.h"

namespace sluice {

/// What the caller of a failed system call does, by its errno: kTransient for what may pass by
/// itself or when somebody makes room (no space, interrupted, an unreachable network file system),
/// kUser for everything else: the same call would fail the same way again.
Kind kind_of_errno(int code);

/// The errno whose text (strerror) is in a library's `message`; 0: none. Only those for which
/// kind_of_errno gives kUser.
int lasting_errno_in(std::string_view message);

}  // namespace sluice
