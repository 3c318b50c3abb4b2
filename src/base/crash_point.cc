#include "base/crash_point.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include <unistd.h>

#include "base/check.h"
#include "base/crash_watch.h"

namespace sluice {
namespace {

/// The wish read once from SLUICE_CRASH; empty name: none. SLUICE_CRASH_LOG is a file that gets the
/// name of the point at which the process is killed.
struct CrashWish {
  std::string name;
  long hits_left = 1;
  std::string list_path;
  std::string log_path;  // of the points at which processes were killed
  std::mutex mutex;
  std::set<std::string, std::less<>> seen;

  CrashWish() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in sluice writes the environment.
    const char* text = std::getenv("SLUICE_CRASH");
    if (text == nullptr) return;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): as above.
    if (const char* log = std::getenv("SLUICE_CRASH_LOG"); log != nullptr) log_path = log;
    const std::string wish = text;
    const auto colon = wish.find(':');
    const std::string rest = colon == std::string::npos ? "" : wish.substr(colon + 1);
    name = wish.substr(0, colon);
    if (name == "list") {
      list_path = rest;
    } else if (!rest.empty()) {
      hits_left = std::strtol(rest.c_str(), nullptr, 10);
    }
  }

  void note(std::string_view point) {
    if (seen.emplace(point).second) append(list_path, point);
  }

  static void append(const std::string& path, std::string_view point) {
    if (path.empty()) return;
    if (FILE* file = std::fopen(path.c_str(), "ae"); file != nullptr) {
      std::fprintf(file, "%.*s\n", static_cast<int>(point.size()), point.data());
      std::fclose(file);
    }
  }
};

/// Of this thread; null: nobody watches.
thread_local const CrashWatch::Passed* watching = nullptr;

}  // namespace

CrashWatch::CrashWatch(Passed passed) : passed_(std::move(passed)) {
  SLUICE_CHECK(watching == nullptr);
  watching = &passed_;
}

CrashWatch::~CrashWatch() { watching = nullptr; }

void crash_point(std::string_view name) {
  if (watching != nullptr) (*watching)(name);
  static CrashWish wish;
  if (wish.name.empty()) return;
  const std::lock_guard lock(wish.mutex);
  if (!wish.list_path.empty()) {
    wish.note(name);
  } else if (wish.name == name && --wish.hits_left == 0) {
    CrashWish::append(wish.log_path, name);
    ::kill(::getpid(), SIGKILL);
  }
}

}  // namespace sluice
