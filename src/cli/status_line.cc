#include "cli/status_line.h"

#include <utility>

#include <unistd.h>

#include "base/log.h"
#include "base/thread.h"
#include "cli/terminal.h"

namespace sluice::cli {
namespace {

constexpr std::chrono::milliseconds kTick{200};
/// Long enough for a table to be printed whole, short enough not to be missed.
constexpr std::chrono::milliseconds kQuiet{300};

std::mutex current_mutex;
StatusLine* current = nullptr;  // guarded by current_mutex

void clear_current() {
  const std::lock_guard lock(current_mutex);
  if (current != nullptr) current->give_way();
}

}  // namespace

StatusLine::StatusLine(std::function<std::string(std::size_t)> render)
    : render_(std::move(render)) {
  {
    const std::lock_guard lock(current_mutex);
    current = this;
  }
  set_log_hook(&clear_current);
  thread_ = start_thread(
      "status line", [this](const std::stop_token& stop) { tick(stop); },
      [](const Error& error) { log_warn("no status line any more: " + error.message()); });
}

StatusLine::~StatusLine() {
  thread_.request_stop();
  thread_.join();
  set_log_hook(nullptr);
  {
    const std::lock_guard lock(current_mutex);
    current = nullptr;
  }
  const std::lock_guard lock(mutex_);
  visible_ = true;  // the terminal may have echoed a ^C there
  erase();
}

void StatusLine::give_way() {
  const std::lock_guard lock(mutex_);
  erase();
  quiet_until_ = std::chrono::steady_clock::now() + kQuiet;
}

void StatusLine::tick(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    draw();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, kTick, [] { return false; });
  }
}

void StatusLine::draw() {
  const std::string text = render_(look_at_terminal(STDERR_FILENO).columns);
  const std::lock_guard lock(mutex_);
  if (std::chrono::steady_clock::now() < quiet_until_) return;
  if (text.empty()) {
    erase();
    return;
  }
  if (visible_ && text == shown_) return;
  shown_ = text;
  // Back to the first column, the text, and nothing after it; no line wraps while it is written.
  visible_ = write_all(STDERR_FILENO, "\x1b[?7l\r" + text + "\x1b[K\x1b[?7h");
}

void StatusLine::erase() {
  if (visible_) write_all(STDERR_FILENO, "\r\x1b[K");
  visible_ = false;
}

}  // namespace sluice::cli
