#pragma once

#include <string>

#include "sluice/base/result.h"

namespace sluice::app {

/// Copies the database of the checkpoint `from` into the folder `to` and gives the copy's path. The
/// pipeline may run: what is copied is as it stood after some commit. kUser when no checkpoint is
/// there, kTransient when the database changes too quickly to be copied.
Result<std::string> copy_state(const std::string& from, const std::string& to);

}  // namespace sluice::app
