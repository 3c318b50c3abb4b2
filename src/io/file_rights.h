#pragma once

#include <string>

#include "sluice/base/result.h"

namespace sluice::io {

/// Gives the file or folder at `path` to the owner and group of the folder `model`, as far as this
/// process may (root), with its rights, of a file without those to execute: who works in `model`
/// can work with `path`, whoever has made it. Local paths only.
Status take_rights_of(const std::string& path, const std::string& model);

}  // namespace sluice::io
