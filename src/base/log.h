#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace sluice {

enum class LogLevel : unsigned char { kDebug, kInfo, kWarn, kError, kOff };

/// One line to standard error: time, level, message. ERROR: data at risk or an operator must act.
/// WARN: unexpected, recovered. INFO: life cycle, at most one line a batch. DEBUG: per file or
/// request. Never per row. Any thread may call; a line is never torn. With a context (LogScope) the
/// message begins with it: "[orders] batch 3: ...".
void log(LogLevel level, std::string_view message);

inline void log_debug(std::string_view message) { log(LogLevel::kDebug, message); }
inline void log_info(std::string_view message) { log(LogLevel::kInfo, message); }
inline void log_warn(std::string_view message) { log(LogLevel::kWarn, message); }
inline void log_error(std::string_view message) { log(LogLevel::kError, message); }

/// The pipeline that this thread works for, where a process has several; "": it is not said.
const std::string& log_context();

/// The thread's lines are of `context` until the end of the scope. A new thread has no context: who
/// starts one, and whoever gets a library's callbacks, hands log_context() on.
class LogScope {
 public:
  explicit LogScope(std::string context);
  ~LogScope();
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;

 private:
  std::string before_;
};

/// Lines below `level` are dropped. The default is kInfo.
void set_log_level(LogLevel level);

/// Called before each line reaches standard error: the terminal's status line clears itself here.
/// `hook` must be a plain function; nullptr takes it off.
void set_log_hook(void (*hook)());

/// A line, whose `context` is log_context() of its thread.
using LogObserver =
    std::function<void(LogLevel level, std::string_view context, std::string_view message)>;

/// Called with each line that is not dropped, on the thread that logs, after standard error has it;
/// it must not log. An empty one takes it off; once this returns none is called any more.
void set_log_observer(LogObserver observer);

/// Calls the hook: to be called before text is written to standard output, which may be the same
/// terminal.
void before_terminal_output();

}  // namespace sluice
