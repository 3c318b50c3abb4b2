#include "base/log.h"

#include <atomic>
#include <memory>
#include <utility>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace sluice {
namespace {

std::atomic<void (*)()> hook_before_line{nullptr};

std::string& context_of_thread() {
  thread_local std::string context;
  return context;
}

spdlog::logger& logger() {
  static const auto kLogger = [] {
    auto made = std::make_shared<spdlog::logger>(
        "sluice", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_pattern("%H:%M:%S.%e %^%-5l%$ %v");
    return made;
  }();
  return *kLogger;
}

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

}  // namespace

void before_terminal_output() {
  if (auto* hook = hook_before_line.load()) hook();
}

void log(LogLevel level, std::string_view message) {
  if (!logger().should_log(level_of(level))) return;
  before_terminal_output();
  if (const std::string& context = log_context(); !context.empty()) {
    logger().log(level_of(level), "[{}] {}", context, message);
  } else {
    logger().log(level_of(level), spdlog::string_view_t(message.data(), message.size()));
  }
}

const std::string& log_context() { return context_of_thread(); }

LogScope::LogScope(std::string context)
    : before_(std::exchange(context_of_thread(), std::move(context))) {}

LogScope::~LogScope() { context_of_thread() = std::move(before_); }

void set_log_level(LogLevel level) { logger().set_level(level_of(level)); }

void set_log_hook(void (*hook)()) { hook_before_line.store(hook); }

}  // namespace sluice
