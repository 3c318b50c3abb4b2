#include "base/thread.h"

#include <utility>

#include <pthread.h>

#include "base/border.h"
#include "base/log.h"

namespace sluice {
namespace {

/// Linux keeps no more of a thread's name.
constexpr std::size_t kShownBytesMax = 15;

}  // namespace

std::jthread start_thread(const std::string& name, std::function<void(const std::stop_token&)> run,
                          std::function<void(Error)> failed) {
  std::jthread thread([name, context = log_context(), run = std::move(run),
                       failed = std::move(failed)](const std::stop_token& stop) {
    const LogScope scope(context);
    auto done = at_border(name, [&]() -> Status {
      run(stop);
      return {};
    });
    if (!done) failed(std::move(done).error());
  });
  pthread_setname_np(thread.native_handle(), name.substr(0, kShownBytesMax).c_str());
  return thread;
}

}  // namespace sluice
