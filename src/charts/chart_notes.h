#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "charts/chart_state.h"

namespace sluice::charts {

/// What one piece of the checkpoint's notes says (docs/format/checkpoint.md): whole charts, which
/// replace all that was noted before, or what a look added to some.
struct NotedCharts {
  struct State {
    std::string chart;
    std::uint64_t definition = 0;  ///< definition_of() the chart whose rows these are
    ChartState state;              ///< without its error and numbers of changes
  };
  struct Added {
    std::string chart;
    std::uint64_t definition = 0;
    Change change;
  };

  bool is_whole = false;
  std::vector<State> states;  ///< where it is
  std::vector<Added> added;   ///< where it is not
};

/// Equal for charts whose rows mean the same (ChartSpec::fingerprint).
std::uint64_t definition_of(const ChartSpec& spec);

std::string noted(const NotedCharts& charts);
/// Null: these bytes are not such a piece, or of a newer program.
std::optional<NotedCharts> read_noted(std::string_view bytes);

}  // namespace sluice::charts
