#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/live/verdict.h"
#include "sluice/host.h"

namespace sluice::app {

/// Sums over a pipeline's life in this process, for metrics: they never go back.
struct SourceCounters {
  std::int64_t rows = 0;
  std::int64_t dead_letters = 0;
  std::int64_t blank_lines = 0;
};
struct SinkCounters {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::int64_t filtered = 0;
  std::int64_t late = 0;
};

/// How many batches took how long.
class DurationHistogram {
 public:
  /// Upper bounds, seconds.
  static constexpr std::array<double, 13> kBounds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                     1,     2.5,  5,     10,   30,  60};
  void add(std::int64_t micros);
  /// By bound, not cumulative; the last is what is longer than all.
  const std::array<std::int64_t, kBounds.size() + 1>& counts() const { return counts_; }
  double sum_seconds() const { return static_cast<double>(sum_us_) / 1e6; }

 private:
  std::array<std::int64_t, kBounds.size() + 1> counts_{};
  std::int64_t sum_us_ = 0;
};

struct Counters {
  std::int64_t batches = 0;
  std::int64_t retries = 0;
  std::int64_t starts = 0;
  DurationHistogram durations;
  std::map<std::string, std::int64_t> step_us;  ///< plan, read, decode ...
  std::map<std::string, SourceCounters> sources;
  std::map<std::string, SinkCounters> sinks;
};

/// One or several batches that are published at once: the newest, with the rows of all.
struct ToldBatch {
  JudgedBatch judged;     ///< the newest by itself
  std::int64_t rows = 0;  ///< read, of all
  std::int64_t dead_letters = 0;
  std::int64_t late = 0;
  std::int64_t skipped = 0;  ///< batches before the newest
};

/// What is remembered of a pipeline beside what its host knows. Not safe for threads.
class PipelineRecord {
 public:
  static constexpr std::size_t kToldMax = 240;
  static constexpr std::size_t kWholeMax = 30;
  static constexpr std::size_t kReasonsMax = 50;

  void add(const BatchProgress& batch, std::int64_t now_us);
  void add_retry() { ++counters_.retries; }
  void add_start() { ++counters_.starts; }

  /// Batches came since the last call of tell().
  bool has_news() const { return news_.has_value(); }
  /// Takes them: the newest with its rows, those of its sources and those of its sinks added up.
  BatchProgress tell(ToldBatch& told);

  const Counters& counters() const { return counters_; }
  const std::deque<ToldBatch>& told() const { return told_; }
  /// The newest of them in full.
  const std::deque<BatchProgress>& whole() const { return whole_; }
  std::vector<JudgedBatch> judged() const;
  const std::vector<DeadLetterReason>& reasons() const { return reasons_; }
  std::int64_t dead_letters() const { return dead_letters_; }
  /// Rows of a view that only some batches count, as a share of what its pipeline read.
  std::optional<std::int64_t> estimated_rows(const std::string& node, std::int64_t rows_read) const;

 private:
  void count(const BatchProgress& batch);

  Counters counters_;
  std::optional<BatchProgress> news_;
  ToldBatch news_told_;
  std::deque<ToldBatch> told_;
  std::deque<BatchProgress> whole_;
  std::vector<DeadLetterReason> reasons_;
  std::int64_t dead_letters_ = 0;
  std::map<std::string, double> shares_;
};

}  // namespace sluice::app
