#pragma once

#include <memory>
#include <string>

#include "io/file_system.h"
#include "sluice/base/result.h"
#include "state/checkpoint.h"

namespace sluice::app {

/// Copies the database of the checkpoint `from` into the folder `to` and gives the copy's path. The
/// pipeline may run: what is copied is as it stood after some commit. kUser when no checkpoint is
/// there, kTransient when the database changes too quickly to be copied.
Result<std::string> copy_state(const std::string& from, const std::string& to);

/// Opens such a copy as the checkpoint that it is of; `to`: an empty folder. Errors also as of
/// Checkpoint::open().
Result<std::unique_ptr<state::Checkpoint>> open_copy(const std::string& from, const std::string& to,
                                                     io::FileSystem& files);

}  // namespace sluice::app
