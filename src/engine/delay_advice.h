#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "sluice/progress.h"

namespace sluice::engine {

/// The delays that would have kept 99, 99.9 and 100 % of the rows that reached `view`, without
/// the shares that it kept anyway. `delays`: the present ones, by source or view that has one; all
/// of them grow alike, which moves the watermark by as much whatever the policy for several sources
/// is.
std::vector<DelayAdvice> advise_delays(const ViewProgress& view,
                                       const std::map<std::string, Micros>& delays);

/// The next length of time that a person would write: "47s", "7m", "3h20m".
Micros round_up(Micros delay);

}  // namespace sluice::engine
