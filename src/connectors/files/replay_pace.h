#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/options.h"
#include "connector/registry.h"
#include "data/decoder.h"

namespace sluice::connectors {

/// Plays records back in the pace of their own time: one is due once as much of that time has
/// passed, at a speed, since the first one that was looked at. A record without a time (NULL, or it
/// does not decode) is due with the one before it, and so is one with an earlier time. Says only
/// what is due; what is read, and in which order, is the source's. One thread at a time.
class ReplayPace {
 public:
  /// The option `replay`.
  static OptionSpec option();
  /// What the option says; null: it is not there. `options` are those of the source and of
  /// `format`, the format of its records, together. kUser: the column is not there, or no time.
  static Result<std::unique_ptr<ReplayPace>> make(const Options& options, std::string_view format,
                                                  const connector::Context& context);

  /// The same for records that are not decoded but read together, of which the times are known: of
  /// Parquet files.
  static Result<std::unique_ptr<ReplayPace>> make_without_format(const Options& options,
                                                                 const connector::Context& context);

  ReplayPace(std::string column, double speed, const Clock& clock);
  ~ReplayPace();

  /// The column that has the time.
  const std::string& column() const { return column_; }

  /// Before the records of a batch: what is due by now is due for all of them.
  void begin_batch();
  /// REQUIRES: made for a format.
  bool is_due(std::string_view record);
  /// Of records whose times lie between these two: all of them.
  bool is_due(Micros earliest, Micros latest);
  /// Whether a record of the batch was not due.
  bool waits() const { return waits_for_.has_value(); }
  /// Whether it is due by now. REQUIRES: waits().
  bool is_over() const;

  /// From now on every record is due.
  void end() { ended_ = true; }
  /// From now on only what is due at this moment is due.
  void hold();

 private:
  class TimeReader;

  Micros time_reached() const;

  const std::string column_;
  const double speed_;
  const Clock& clock_;
  std::unique_ptr<data::Decoder> decoder_;  // null: made without a format
  std::unique_ptr<TimeReader> reader_;      // for one batch
  std::optional<Micros> first_;             // null: no record had a time so far
  std::chrono::nanoseconds started_{0};
  std::optional<std::chrono::nanoseconds> held_;
  Micros due_until_ = 0;             // for the batch
  std::optional<Micros> waits_for_;  // likewise
  bool ended_ = false;
};

}  // namespace sluice::connectors
