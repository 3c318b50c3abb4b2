#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "sluice/host.h"

namespace sluice::cli {

/// Says to the service manager how the process is, by the protocol of systemd's sd_notify(3):
/// READY=1 once every pipeline has come as far as its first batch or has ended, STATUS= when a
/// pipeline is in another state, STOPPING=1, and WATCHDOG=1 at half of the time that the manager
/// waits for it, as long as the pipelines answer. What cannot be sent is lost. On a thread of its
/// own.
class ServiceStatus {
 public:
  /// Null: the environment names none (NOTIFY_SOCKET). `host` outlives it.
  static std::unique_ptr<ServiceStatus> from_environment(const Host& host);
  ~ServiceStatus() = default;
  ServiceStatus(const ServiceStatus&) = delete;
  ServiceStatus& operator=(const ServiceStatus&) = delete;

  /// The pipelines were asked to stop. Any thread may call.
  void on_stopping() const { send("STOPPING=1"); }

 private:
  ServiceStatus(const Host& host, std::string socket, std::chrono::microseconds watchdog);

  void work(const std::stop_token& stop);
  void send(const std::string& state) const;

  const Host& host_;
  const std::string socket_;
  const std::chrono::microseconds watchdog_;  ///< 0: nobody waits
  std::jthread thread_;                       // last: it uses all above
};

}  // namespace sluice::cli
