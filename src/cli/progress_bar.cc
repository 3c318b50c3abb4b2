#include "cli/progress_bar.h"

#include <unistd.h>

#include "base/log.h"
#include "base/quantity_text.h"
#include "cli/terminal.h"

namespace sluice::cli {
namespace {

constexpr std::chrono::seconds kBetweenLines{2};
constexpr std::size_t kLineColumns = 200;

}  // namespace

ProgressBar::ProgressBar() {
  if (!look_at_terminal(STDERR_FILENO).live) return;
  line_.emplace([this](std::size_t columns) { return render(columns); });
}

void ProgressBar::on_start(std::int64_t next_batch, int redone) {
  if (next_batch > 0) log_info("going on after batch " + std::to_string(next_batch - 1));
  if (redone > 0) log_info("recovered: " + counted(redone, "batch", "batches") + " published now");
}

void ProgressBar::on_batch(const BatchProgress& batch) {
  const std::lock_guard lock(mutex_);
  progress_.add(batch);
  const auto now = std::chrono::steady_clock::now();
  if (line_ || now - last_line_ < kBetweenLines) return;
  last_line_ = now;
  log_info(progress_.bar(kLineColumns, elapsed_us()));
}

void ProgressBar::on_retry(const std::string& what, int attempt, std::int64_t pause_ms) {
  log_warn(what + "; retry=" + std::to_string(attempt) + " in " + duration_text(pause_ms * 1000));
}

std::int64_t ProgressBar::elapsed_us() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                               start_)
      .count();
}

std::string ProgressBar::render(std::size_t columns) {
  const std::lock_guard lock(mutex_);
  return progress_.bar(columns, elapsed_us());
}

}  // namespace sluice::cli
