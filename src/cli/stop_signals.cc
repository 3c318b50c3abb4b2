#include "cli/stop_signals.h"

#include <utility>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/log.h"
#include "base/thread.h"
#include "cli/exit_code.h"

namespace sluice::cli {
namespace {

/// Wakes the thread when it is to end.
constexpr int kWakeSignal = SIGUSR2;

sigset_t waited_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, kWakeSignal);
  return set;
}

}  // namespace

StopSignals::StopSignals(std::function<void()> on_first) : on_first_(std::move(on_first)) {
  const sigset_t set = waited_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = start_thread(
      "signals", [this](const std::stop_token&) { wait(); },
      [this](const Error& error) {
        log_warn(error.message());
        wait();  // the second signal must end the process
      });
}

StopSignals::~StopSignals() { pthread_kill(thread_.native_handle(), kWakeSignal); }

void StopSignals::wait() {
  const sigset_t set = waited_signals();
  while (true) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0 || signal == kWakeSignal) return;
    if (source_.stop_requested()) _exit(kInterrupted);
    source_.request_stop();
    on_first_();
  }
}

}  // namespace sluice::cli
