#pragma once

#include <string>

#include "sluice/base/result.h"

namespace sluice::io {

/// Puts the folder `fresh` in the place of `old`, both of this machine and of one file system;
/// what was at `old` is at `fresh` afterwards, if anything. One step where the file system can do
/// that, else `old` is away for an instant. Durable after success.
Status exchange_folders(const std::string& fresh, const std::string& old);

}  // namespace sluice::io
