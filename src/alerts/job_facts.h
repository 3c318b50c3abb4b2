#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "alerts/book.h"
#include "alerts/observation.h"
#include "base/clock.h"
#include "sluice/progress.h"

namespace sluice::alerts {

/// What conditions on the job are judged by: the batches of the run, as they end.
class JobFacts {
 public:
  /// The run begins: until rows come, what counts from the last ones counts from here.
  JobFacts(std::string pipeline, std::vector<std::string> sources, Micros now)
      : pipeline_(std::move(pipeline)), sources_(std::move(sources)), opened_(now) {}

  /// A pause is over: silence during it was asked for.
  void resume(Micros now) { resumed_ = now; }
  /// A batch was published. Notes when rows came in `book`.
  void add(const BatchProgress& batch, Micros now, Book& book);

  /// The keys of a job condition that hold at `now`, by the batches so far. Null: there is nothing
  /// to judge by yet. Of kFailed: none hold.
  std::optional<Observation> observe(const Alert& alert, Micros now, const Book& book) const;
  /// When the outcome of observe() may be another one without a batch; null: it will not.
  std::optional<Micros> next(const Alert& alert, const Book& book) const;

  /// The pipeline has ended with this error.
  static Observation failure(const Alert& alert, const std::string& pipeline,
                             const std::string& message);

 private:
  struct Minute {
    Micros at = 0;
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> counts;  // rows, dead letters
  };

  std::vector<std::string> sources_of(const Alert& alert) const;
  /// When rows came last, as far as it counts for this key.
  Micros silent_since(const Alert& alert, const std::string& source, const Book& book) const;
  void observe_lag(const Alert& alert, const std::string& source, Observation& seen) const;
  void observe_silence(const Alert& alert, const std::string& source, Micros now, const Book& book,
                       Observation& seen) const;
  void observe_dead_letters(const Alert& alert, const std::string& source, Micros now,
                            Observation& seen) const;

  std::string pipeline_;
  std::vector<std::string> sources_;
  Micros opened_;
  Micros resumed_ = 0;
  std::deque<Minute> minute_;
  std::optional<BatchProgress> last_;
};

}  // namespace sluice::alerts
