#pragma once

#include <functional>
#include <string_view>

namespace sluice {

/// Is asked at every crash point (base/crash_point.h) that the thread passes which has made it, for
/// as long as it lives: what a kill there would leave can then be kept, in a process that goes on.
/// At most one a thread.
class CrashWatch {
 public:
  using Passed = std::function<void(std::string_view point)>;

  explicit CrashWatch(Passed passed);
  ~CrashWatch();
  CrashWatch(const CrashWatch&) = delete;
  CrashWatch& operator=(const CrashWatch&) = delete;

 private:
  Passed passed_;
};

}  // namespace sluice
