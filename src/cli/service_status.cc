#include "cli/service_status.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/thread.h"

namespace sluice::cli {
namespace {

constexpr std::chrono::microseconds kUntilReady{100'000};
constexpr std::chrono::microseconds kBetween{5'000'000};

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::int64_t number_of(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// How long the manager waits for a sign of life of this process; 0: it does not.
std::chrono::microseconds watchdog_of_environment() {
  const std::string_view process = environment("WATCHDOG_PID");
  if (!process.empty() && number_of(process) != ::getpid()) return {};
  return std::chrono::microseconds(
      std::max<std::int64_t>(number_of(environment("WATCHDOG_USEC")), 0));
}

/// One whose server is not there yet, and which will try again, is as far as it can be.
bool has_begun(const PipelineSnapshot& pipeline) {
  const bool is_before =
      pipeline.state == PipelineState::kReady || pipeline.state == PipelineState::kStarting;
  return !is_before || !pipeline.retrying.empty();
}

/// One line: "orders: running; payments: failed: ...".
std::string status_of(const std::vector<PipelineSnapshot>& pipelines) {
  std::string text;
  for (const PipelineSnapshot& one : pipelines) {
    text += (text.empty() ? "" : "; ") + one.name + ": " + std::string(state_name(one.state));
    if (!one.retrying.empty()) text += ", tries again: " + one.retrying;
    if (one.state == PipelineState::kFailed && one.error) text += ": " + one.error->message;
  }
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace

std::unique_ptr<ServiceStatus> ServiceStatus::from_environment(const Host& host) {
  std::string socket(environment("NOTIFY_SOCKET"));
  if (socket.empty()) return nullptr;
  return std::unique_ptr<ServiceStatus>(
      new ServiceStatus(host, std::move(socket), watchdog_of_environment()));
}

ServiceStatus::ServiceStatus(const Host& host, std::string socket,
                             std::chrono::microseconds watchdog)
    : host_(host), socket_(std::move(socket)), watchdog_(watchdog) {
  thread_ = start_thread(
      "service", [this](const std::stop_token& stop) { work(stop); },
      [](const Error& error) { log_warn("the service manager gets no news: " + error.message()); });
}

void ServiceStatus::work(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::string told;
  bool ready = false;
  while (!stop.stop_requested()) {
    std::vector<PipelineSnapshot> pipelines;
    for (const HostedPipeline* pipeline : host_.pipelines())
      pipelines.push_back(pipeline->snapshot());
    std::string state = watchdog_.count() > 0 ? "WATCHDOG=1\n" : "";
    if (!ready && std::ranges::all_of(pipelines, has_begun)) {
      ready = true;
      state += "READY=1\n";
    }
    if (std::string status = status_of(pipelines); status != told) {
      state += "STATUS=" + status + "\n";
      told = std::move(status);
    }
    if (!state.empty()) send(state);
    auto pause = ready ? kBetween : kUntilReady;
    if (watchdog_.count() > 0) pause = std::min(pause, watchdog_ / 2);
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, pause, [] { return false; });
  }
}

void ServiceStatus::send(const std::string& state) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // a name that is no file
  const int made = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (made < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  static_cast<void>(::sendto(made, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&address), size));
  ::close(made);
}

}  // namespace sluice::cli
