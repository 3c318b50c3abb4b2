#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "sluice/host.h"

namespace sluice::cli {

using Lag = std::optional<std::int64_t>;

/// The sum of a lag over the sources; null when none knows.
Lag sum_of(Lag SourceProgress::* lag, const BatchProgress& progress);
/// The greatest lag in time of the sources; null when none knows.
Lag oldest_of(const BatchProgress& progress);

/// What the status line says. Of one pipeline: "batch 12   125,000 rows/s   lag 1,200   state 442
/// rows   total 1,500,000 rows   1.24 s   00:35". Of several the sums: "2 of 3 running   1 failed
/// 250,000 rows/s ...". One thread at a time.
class StatusText {
 public:
  explicit StatusText(bool alone) : alone_(alone) {}

  void on_state(const std::string& pipeline, PipelineState state);
  void on_batch(const std::string& pipeline, const BatchProgress& progress);
  void on_stopping() { stopping_ = true; }

  /// Shortened from the right to fit into `columns`; `elapsed` since the start.
  std::string render(std::size_t columns, std::chrono::nanoseconds elapsed, bool colour) const;

 private:
  struct Shown {
    PipelineState state = PipelineState::kStarting;
    std::optional<BatchProgress> last;
  };
  /// The newest batches of all pipelines that run, as if they were one.
  std::optional<BatchProgress> newest() const;
  std::int64_t rows_per_second() const;
  std::string phase() const;

  const bool alone_;
  bool stopping_ = false;
  std::map<std::string, Shown> pipelines_;
  std::int64_t rows_ = 0;
  std::int64_t dead_letters_ = 0;
};

}  // namespace sluice::cli
