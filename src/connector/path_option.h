#pragma once

#include <string>
#include <string_view>

#include "base/options.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connector {

/// The path that option `name` gives, without slashes at its end: of this machine, or of a store
/// that `files` knows. kUser, with its place, when it is empty or of none.
Result<std::string> path_option(const Options& options, std::string_view name,
                                const io::FileSystem& files);

}  // namespace sluice::connector
