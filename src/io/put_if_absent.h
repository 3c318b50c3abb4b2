#pragma once

#include <string>

#include "base/random.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::io {

/// Finds out whether the store of `folder` keeps write_if_absent's promise, by writing a small file
/// `_probe-<uuid>` twice (and removing it): of two that commit the same batch one must lose. Paths
/// of this machine pass unasked. kUser E_NO_PUT_IF_ABSENT when the second write succeeds or the
/// store refuses the condition; other errors as write_if_absent's.
Status check_put_if_absent(FileSystem& files, const std::string& folder, Random& random);

}  // namespace sluice::io
