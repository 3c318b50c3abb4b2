#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "sluice/base/result.h"

namespace sluice {

/// Writes what log() prints to the end of a file in `folder`, too, with the date: its name is the
/// local time `start`, 2024-05-01_12-30-00.log. Gives its path. The folder is made when it is
/// missing. kUser when the file cannot be written. REQUIRES: no other thread logs yet.
Result<std::string> add_log_file(const std::string& folder, Micros start);

/// Writes `text` to the log's file alone, if there is one: what standard error is shown another
/// way.
void log_in_file(std::string_view text);

}  // namespace sluice
