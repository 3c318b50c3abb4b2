#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "cli/copy_progress.h"
#include "cli/status_line.h"
#include "sluice/progress.h"

namespace sluice::cli {

/// What is said while something with an end is read: a bar on a terminal, else a line every few
/// seconds. Informed by one thread.
class ProgressBar {
 public:
  ProgressBar();

  static void on_start(std::int64_t next_batch, int redone);
  void on_batch(const BatchProgress& batch);
  static void on_retry(const std::string& what, int attempt, std::int64_t pause_ms);

  /// Takes the bar away.
  void close() { line_.reset(); }
  /// Nothing runs any more.
  const CopyProgress& progress() const { return progress_; }
  std::int64_t elapsed_us() const;

 private:
  std::string render(std::size_t columns);

  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_line_ = start_;
  std::mutex mutex_;  // guards progress_
  CopyProgress progress_;
  std::optional<StatusLine> line_;  // last: its thread calls render(); null: no terminal
};

/// The same of a run of the engine alone.
class ReadingReport final : public RunListener {
 public:
  void on_start(std::int64_t next_batch, int redone) override { bar_.on_start(next_batch, redone); }
  void on_batch(const BatchProgress& batch) override { bar_.on_batch(batch); }
  void on_retry(const std::string& what, int attempt, std::int64_t pause_ms) override {
    bar_.on_retry(what, attempt, pause_ms);
  }
  void close() { bar_.close(); }

 private:
  ProgressBar bar_;
};

}  // namespace sluice::cli
