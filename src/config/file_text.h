#pragma once

#include <cstddef>
#include <string>

#include "sluice/base/result.h"

namespace sluice::config {

/// The content of the regular or special file `path`, read up to `bytes_max`. kUser errors without
/// the path in front: "cannot be read: No such file or directory", "is larger than 1048576 bytes".
Result<std::string> read_text_file(const std::string& path, std::size_t bytes_max);

}  // namespace sluice::config
