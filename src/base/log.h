#pragma once

#include <string_view>

namespace sluice {

enum class LogLevel : unsigned char { kDebug, kInfo, kWarn, kError, kOff };

/// One line to standard error: time, level, message. ERROR: data at risk or an operator must act.
/// WARN: unexpected, recovered. INFO: life cycle, at most one line a batch. DEBUG: per file or
/// request. Never per row. Any thread may call; a line is never torn.
void log(LogLevel level, std::string_view message);

inline void log_debug(std::string_view message) { log(LogLevel::kDebug, message); }
inline void log_info(std::string_view message) { log(LogLevel::kInfo, message); }
inline void log_warn(std::string_view message) { log(LogLevel::kWarn, message); }
inline void log_error(std::string_view message) { log(LogLevel::kError, message); }

/// Lines below `level` are dropped. The default is kInfo.
void set_log_level(LogLevel level);

/// Called before each line reaches standard error: the terminal's status line clears itself here.
/// `hook` must be a plain function; nullptr takes it off.
void set_log_hook(void (*hook)());

/// Calls the hook: to be called before text is written to standard output, which may be the same
/// terminal.
void before_terminal_output();

}  // namespace sluice
