#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"

namespace sluice::alerts {

/// Keys of an alert that are followed at a time; more are counted, and told as one.
inline constexpr std::size_t kKeysMax = 1000;
/// The key under which those are.
inline constexpr const char* kOtherKeys = "(others)";

/// A key for which an alert's condition holds.
struct ActiveKey {
  std::string key;      ///< "": the alert has one key only
  std::string text;     ///< what is said of it
  OrderedJson values;   ///< an object: the row
  std::string group{};  ///< with which keys it shares a notice
  /// What the incident is recognised by when the process forgets that it began; "": the moment.
  std::string anchor{};
};

/// What one look at an alert's condition has found.
struct Observation {
  std::vector<ActiveKey> active;  ///< each key once, twice kKeysMax of them at most
  std::int64_t others = 0;        ///< keys beyond them
  /// There are rows that were not read: what is not active may be.
  bool is_cut = false;
  /// Keys that may end; null: those that are not active.
  std::optional<std::set<std::string>> cleared{};
};

}  // namespace sluice::alerts
