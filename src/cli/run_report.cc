#include "cli/run_report.h"

#include <chrono>
#include <mutex>
#include <optional>

#include <unistd.h>

#include "base/log.h"
#include "cli/quantity_text.h"
#include "cli/status_line.h"
#include "cli/terminal.h"

namespace sluice::cli {
namespace {

std::int64_t rows_of(const BatchProgress& progress) {
  std::int64_t rows = 0;
  for (const SourceProgress& source : progress.sources) rows += source.rows;
  return rows;
}

std::int64_t dead_letters_of(const BatchProgress& progress) {
  std::int64_t letters = 0;
  for (const SourceProgress& source : progress.sources) letters += source.dead_letters;
  return letters;
}

using Lag = std::optional<std::int64_t>;

/// The sum of a lag over the sources; null when none knows.
Lag sum_of(Lag SourceProgress::* lag, const BatchProgress& progress) {
  Lag sum;
  for (const SourceProgress& source : progress.sources) {
    if (source.*lag) sum = sum.value_or(0) + *(source.*lag);
  }
  return sum;
}

/// What every style says: recovery and retries go to the log.
class LogReport : public RunReport {
 public:
  explicit LogReport(bool tells_batches) : tells_batches_(tells_batches) {}

  void on_start(std::int64_t next_batch, int redone) override {
    if (redone > 0) {
      log_info("recovered: " + counted(redone, "batch", "batches") +
               " of the previous run published now; next_batch=" + std::to_string(next_batch));
    }
  }

  void on_batch(const BatchProgress& progress) override {
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
    if (progress.state_rows > 0) text += " state_rows=" + std::to_string(progress.state_rows);
    text += " time_ms=" + std::to_string((progress.duration_us + 500) / 1000);
    log_info(text);
  }

  void on_retry(const std::string& what, int attempt, std::int64_t pause_ms) override {
    log_warn(what + "; retry=" + std::to_string(attempt) + " in " + duration_text(pause_ms * 1000));
  }

  void on_stopping() override { log_info("stopping: the current batch is finished first"); }
  void close() override {}

 private:
  bool tells_batches_;
};

class JsonReport final : public LogReport {
 public:
  explicit JsonReport(std::string pipeline)
      : LogReport(/*tells_batches=*/false), pipeline_(std::move(pipeline)) {}

  void on_batch(const BatchProgress& progress) override {
    write_all(STDERR_FILENO, progress_json(pipeline_, progress) + "\n");
  }

 private:
  std::string pipeline_;
};

class LineReport final : public LogReport {
 public:
  LineReport()
      : LogReport(/*tells_batches=*/false),
        colour_(look_at_terminal(STDERR_FILENO).colour),
        line_(std::in_place, [this](std::size_t columns) { return render(columns); }) {}

  void on_start(std::int64_t next_batch, int redone) override {
    LogReport::on_start(next_batch, redone);
    const std::lock_guard lock(mutex_);
    phase_ = "waiting for rows";
  }

  void on_batch(const BatchProgress& progress) override {
    const std::lock_guard lock(mutex_);
    last_ = progress;
    rows_ += rows_of(progress);
    dead_letters_ += dead_letters_of(progress);
  }

  void on_stopping() override {
    const std::lock_guard lock(mutex_);
    phase_ = "stopping after the current batch (Ctrl+C again: at once)";
    stopping_ = true;
  }

  void close() override { line_.reset(); }

 private:
  /// "batch 12   125,000 rows/s   lag 1,200   state 442 rows   1.24 s   00:35", shortened from the
  /// right to fit.
  std::string render(std::size_t columns) {
    const std::lock_guard lock(mutex_);
    std::string text;
    std::size_t width = 0;
    auto add = [&](const std::string& part, Tone tone) {
      const std::size_t gap = width == 0 ? 0 : 3;
      if (width + gap + part.size() >= columns) return;
      text += std::string(gap, ' ') + toned(part, tone, colour_);
      width += gap + part.size();
    };
    if (stopping_ || !last_) add(phase_, stopping_ ? Tone::kYellow : Tone::kPlain);
    if (last_) {
      add("batch " + count_text(last_->batch), Tone::kBold);
      add(rate_text(rows_of(*last_), last_->duration_us), Tone::kPlain);
      if (const Lag lag = sum_of(&SourceProgress::lag, *last_)) {
        const Lag bytes = sum_of(&SourceProgress::lag_bytes, *last_);
        add("lag " + count_text(*lag) + (bytes ? " (" + bytes_text(*bytes) + ")" : ""),
            Tone::kPlain);
      }
      if (last_->state_rows > 0) {
        add("state " + counted(last_->state_rows, "row", "rows"), Tone::kPlain);
      }
      if (dead_letters_ > 0) {
        add(counted(dead_letters_, "dead letter", "dead letters"), Tone::kYellow);
      }
      add("total " + counted(rows_, "row", "rows"), Tone::kPlain);
      add(duration_text(last_->duration_us), Tone::kFaint);
    }
    add(elapsed(), Tone::kFaint);
    return text;
  }

  std::string elapsed() const {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start_)
            .count();
    auto two = [](std::int64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); };
    const std::string hours = seconds >= 3600 ? std::to_string(seconds / 3600) + ":" : "";
    return hours + two(seconds / 60 % 60) + ":" + two(seconds % 60);
  }

  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  const bool colour_;
  std::mutex mutex_;  // guards all below but line_
  std::string phase_ = "starting";
  bool stopping_ = false;
  std::optional<BatchProgress> last_;
  std::int64_t rows_ = 0;
  std::int64_t dead_letters_ = 0;
  std::optional<StatusLine> line_;  // last: its thread calls render()
};

}  // namespace

std::unique_ptr<RunReport> make_run_report(ProgressStyle style, const std::string& pipeline) {
  switch (style) {
    case ProgressStyle::kLine:
      return std::make_unique<LineReport>();
    case ProgressStyle::kLog:
      return std::make_unique<LogReport>(/*tells_batches=*/true);
    case ProgressStyle::kJson:
      return std::make_unique<JsonReport>(pipeline);
    case ProgressStyle::kNone:
      break;
  }
  return std::make_unique<LogReport>(/*tells_batches=*/false);
}

}  // namespace sluice::cli
