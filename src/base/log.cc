#include "base/log.h"

#include <atomic>
#include <ctime>
#include <filesystem>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <system_error>
#include <utility>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "base/log_file.h"

namespace sluice {
namespace {

std::atomic<void (*)()> hook_before_line{nullptr};

/// Who observes: logging threads share the lock.
std::shared_mutex observer_mutex;
LogObserver& observer() {
  static LogObserver observer;
  return observer;
}

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

/// Null: there is none.
std::shared_ptr<spdlog::sinks::sink>& file_sink() {
  static std::shared_ptr<spdlog::sinks::sink> sink;
  return sink;
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
  const std::string& context = log_context();
  if (!context.empty()) {
    logger().log(level_of(level), "[{}] {}", context, message);
  } else {
    logger().log(level_of(level), spdlog::string_view_t(message.data(), message.size()));
  }
  const std::shared_lock lock(observer_mutex);
  if (observer()) observer()(level, context, message);
}

void set_log_observer(LogObserver given) {
  const std::unique_lock lock(observer_mutex);
  observer() = std::move(given);
}

const std::string& log_context() { return context_of_thread(); }

LogScope::LogScope(std::string context)
    : before_(std::exchange(context_of_thread(), std::move(context))) {}

LogScope::~LogScope() { context_of_thread() = std::move(before_); }

Result<std::string> add_log_file(const std::string& folder, Micros start) {
  const std::time_t seconds = start / 1'000'000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char name[sizeof("2024-05-01_12-30-00.log")] = {};
  static_cast<void>(std::strftime(name, sizeof(name), "%Y-%m-%d_%H-%M-%S.log", &local));
  const std::string path = (std::filesystem::path(folder) / name).string();
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem)
    return user_error("the log's folder cannot be made path=" + folder + ": " + problem.message());
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
    sink->set_pattern("%Y-%m-%d %H:%M:%S.%e %-5l %v");
    file_sink() = sink;
    logger().sinks().push_back(std::move(sink));
    logger().flush_on(spdlog::level::trace);
  } catch (const spdlog::spdlog_ex& thrown) {
    return user_error("the log cannot be written path=" + path + ": " + thrown.what());
  }
  return path;
}

void log_in_file(std::string_view text) {
  if (!file_sink()) return;
  file_sink()->log(spdlog::details::log_msg("sluice", spdlog::level::info,
                                            spdlog::string_view_t(text.data(), text.size())));
  file_sink()->flush();
}

void set_log_level(LogLevel level) { logger().set_level(level_of(level)); }

void set_log_hook(void (*hook)()) { hook_before_line.store(hook); }

}  // namespace sluice
