#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <thread>

#include "sluice/base/error.h"

namespace sluice {

/// Starts a thread that runs `run`, and of whose name the first 15 bytes show in top and in
/// debuggers. Its lines of the log are of the caller's context (LogScope). An exception that leaves
/// `run` ends the thread and goes to `failed`, on the thread, as an error (base/border.h).
/// std::system_error, as of std::jthread itself, when the system gives no thread.
/// REQUIRES: `failed` throws nothing; what both refer to outlives the thread.
std::jthread start_thread(const std::string& name, std::function<void(const std::stop_token&)> run,
                          std::function<void(Error)> failed);

}  // namespace sluice
