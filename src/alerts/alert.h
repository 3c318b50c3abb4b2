#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/config_value.h"

namespace sluice::alerts {

enum class Severity : unsigned char { kPage, kWarn, kInfo };

/// "page", "warn", "info".
std::string_view severity_name(Severity severity);

/// What is watched of the job itself, instead of rows.
struct JobCondition {
  enum class Of : unsigned char {
    kLagRecords,      ///< more records are unread
    kLagTime,         ///< the oldest unread record is older; microseconds
    kFreshness,       ///< no batch with rows was published for so long
    kNoData,          ///< a source gave no rows for so long
    kDeadLetterPart,  ///< of the records of the last minute, more do not decode; percent
    kDeadLetters,     ///< in the last minute more records did not decode
    kBatchDuration,   ///< a batch took longer; microseconds
    kFailed,          ///< the pipeline has ended with an error
  };
  Of of = Of::kFailed;
  double limit = 0;      ///< in the unit of `of`
  std::string source{};  ///< "": each source; each has a key of its own
};

/// SQL of an alert, with its place in the file.
struct AlertSql {
  std::string text;  ///< "": none
  Location location;
};

/// Names of columns, with their place in the file.
struct AlertColumns {
  std::vector<std::string> names;
  Location location;
};

/// An alert as the file declares it. Durations are microseconds.
struct Alert {
  std::string name;
  Location location;
  std::string title;  ///< "": the name
  std::string help;
  Severity severity = Severity::kWarn;

  AlertSql when;                    ///< each row of it is a key that fires; or else
  std::optional<JobCondition> job;  ///< what is watched of the job
  /// A key that fires ends only when this has a row of it, too. "": when `when` has none any more.
  AlertSql clear_when;
  std::optional<AlertColumns> key;  ///< null: the columns of `when` that are no numbers
  std::string text;                 ///< with {column}; "": all columns
  Location text_location;

  Micros every = 0;        ///< the query is asked no more often; 0: as often as it is cheap
  Micros for_us = 0;       ///< how long the condition must hold first
  Micros keep_firing = 0;  ///< how long a key goes on firing after the condition
  Micros repeat = 0;       ///< it is said again while it fires; 0: once
  Micros group_wait = 0;   ///< how long changes are gathered
  std::optional<AlertColumns> group_by;  ///< keys that share a notice; null: each by itself
  bool tells_resolved = true;
  std::vector<std::string> to;  ///< receivers

  const std::string& shown_title() const { return title.empty() ? name : title; }
  /// What is watched, for people: the SQL, or words.
  std::string in_words() const;
};

}  // namespace sluice::alerts
