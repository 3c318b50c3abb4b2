#include "cli/run_report.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <optional>

#include <unistd.h>

#include "base/log.h"
#include "base/quantity_text.h"
#include "cli/status_line.h"
#include "cli/status_text.h"
#include "cli/terminal.h"

namespace sluice::cli {
namespace {

/// What every style says: recovery, retries and, of one among several, the end go to the log.
class LogReport : public RunReport {
 public:
  LogReport(bool alone, bool tells_batches) : alone_(alone), tells_batches_(tells_batches) {}

  void on_state(const std::string& /*pipeline*/, PipelineState state, const Error* error) override {
    if (alone_) return;
    if (error != nullptr) {
      log_error("failed, the others go on: " + error->message());
    } else if (!is_active(state)) {
      log_info(state_name(state));
    }
  }

  void on_start(const std::string& /*pipeline*/, std::int64_t next_batch, int redone) override {
    if (redone > 0) {
      log_info("recovered: " + counted(redone, "batch", "batches") +
               " of the previous run published now; next_batch=" + std::to_string(next_batch));
    }
  }

  void on_batch(const std::string& /*pipeline*/, const BatchProgress& progress) override {
    if (!tells_batches_) return;
    std::string text =
        "batch " + std::to_string(progress.batch) + ": rows=" + std::to_string(rows_of(progress));
    if (const std::int64_t letters = dead_letters_of(progress); letters > 0) {
      text += " dead_letters=" + std::to_string(letters);
    }
    if (const Lag lag = sum_of(&SourceProgress::lag, progress)) {
      text += " lag=" + std::to_string(*lag);
    }
    if (const Lag bytes = sum_of(&SourceProgress::lag_bytes, progress)) {
      text += " lag_bytes=" + std::to_string(*bytes);
    }
    if (const Lag age = oldest_of(progress)) {
      std::array<char, 32> seconds{};
      std::snprintf(seconds.data(), seconds.size(), "%.3f", static_cast<double>(*age) / 1e6);
      text += std::string(" lag_seconds=") + seconds.data();
    }
    if (progress.state_rows > 0) text += " state_rows=" + std::to_string(progress.state_rows);
    text += " time_ms=" + std::to_string((progress.duration_us + 500) / 1000);
    log_info(text);
  }

  void on_retry(const std::string& /*pipeline*/, const std::string& what, int attempt,
                std::int64_t pause_ms) override {
    log_warn(what + "; retry=" + std::to_string(attempt) + " in " + duration_text(pause_ms * 1000));
  }

  void on_stopping() override {
    log_info(alone_ ? "stopping: the current batch is finished first"
                    : "stopping: each pipeline finishes its current batch first");
  }
  void close() override {}

 protected:
  bool alone() const { return alone_; }

 private:
  bool alone_;
  bool tells_batches_;
};

class JsonReport final : public LogReport {
 public:
  explicit JsonReport(bool alone) : LogReport(alone, /*tells_batches=*/false) {}

  void on_batch(const std::string& pipeline, const BatchProgress& progress) override {
    // One write, so that lines of several pipelines stay whole.
    write_all(STDERR_FILENO, progress_json(pipeline, progress) + "\n");
  }
};

class LineReport final : public LogReport {
 public:
  explicit LineReport(bool alone)
      : LogReport(alone, /*tells_batches=*/false),
        text_(alone),
        colour_(look_at_terminal(STDERR_FILENO).colour),
        line_(std::in_place, [this](std::size_t columns) { return render(columns); }) {}

  void on_state(const std::string& pipeline, PipelineState state, const Error* error) override {
    LogReport::on_state(pipeline, state, error);
    const std::lock_guard lock(mutex_);
    text_.on_state(pipeline, state);
  }

  void on_batch(const std::string& pipeline, const BatchProgress& progress) override {
    const std::lock_guard lock(mutex_);
    text_.on_batch(pipeline, progress);
  }

  void on_stopping() override {
    const std::lock_guard lock(mutex_);
    text_.on_stopping();
  }

  void close() override { line_.reset(); }

 private:
  std::string render(std::size_t columns) {
    const std::lock_guard lock(mutex_);
    return text_.render(columns, std::chrono::steady_clock::now() - start_, colour_);
  }

  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::mutex mutex_;  // guards text_
  StatusText text_;
  const bool colour_;
  std::optional<StatusLine> line_;  // last: its thread calls render()
};

}  // namespace

std::unique_ptr<RunReport> make_run_report(ProgressStyle style, bool alone) {
  switch (style) {
    case ProgressStyle::kLine:
      return std::make_unique<LineReport>(alone);
    case ProgressStyle::kLog:
      return std::make_unique<LogReport>(alone, /*tells_batches=*/true);
    case ProgressStyle::kJson:
      return std::make_unique<JsonReport>(alone);
    case ProgressStyle::kNone:
      break;
  }
  return std::make_unique<LogReport>(alone, /*tells_batches=*/false);
}

}  // namespace sluice::cli
