#pragma once

#include <string_view>

namespace sluice {

/// A named instant at which the process may be killed. With SLUICE_CRASH=name:k in the environment
/// the k-th hit of `name` (k from 1) ends the process with SIGKILL: no destructor, no flush, as a
/// power cut of the process would. Without the variable it costs two loads. Any thread may call.
/// Every arrow of the commit protocol (ARCHITECTURE.md) has one. SLUICE_CRASH=list:FILE kills
/// nothing and appends the name of each point passed to FILE once: how the tests learn all names.
void crash_point(std::string_view name);

}  // namespace sluice
