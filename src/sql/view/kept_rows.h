#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice::sql {

/// Some of what a view keeps in its state, for people.
struct KeptRows {
  std::string what;               ///< "a row for each group", "rows of 'a' that wait for partners"
  std::vector<std::string> keys;  ///< SQL: by what they are found again; empty: by nothing
  /// Columns of the view's rows by which one of them takes the place of another; null: its rows do
  /// not show all of the keys.
  std::optional<std::vector<std::string>> key_columns{};
  std::string event_time;  ///< SQL: of the keys, the one that the watermark passes; "": none
  std::string until;       ///< when they leave: "the watermark has passed ..."; "": never
};

/// By view; the planner's own views are in it, too.
using KeptByView = std::map<std::string, std::vector<KeptRows>>;

}  // namespace sluice::sql
