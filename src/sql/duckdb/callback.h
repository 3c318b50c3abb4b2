#pragma once

#include <utility>

#include "base/border.h"

namespace sluice::sql {

/// The body of every function of ours that DuckDB calls: its code is C there, which no exception
/// may cross. What `work` throws goes to `report`, as a text for one of DuckDB's set_error calls.
template <class Work, class Report>
void inside_callback(Work&& work, Report&& report) noexcept {
  auto done = at_border("called by DuckDB", [&]() -> Status {
    std::forward<Work>(work)();
    return {};
  });
  if (!done) std::forward<Report>(report)(done.error().message().c_str());
}

}  // namespace sluice::sql
