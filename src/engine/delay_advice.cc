#include "engine/delay_advice.h"

#include <array>
#include <chrono>
#include <cstdint>

namespace sluice::engine {
namespace {

using std::chrono::microseconds;
using namespace std::chrono_literals;

struct Rounding {
  microseconds below;
  microseconds to;
};

constexpr std::array<Rounding, 7> kRoundings = {
    {{1s, 10ms}, {10s, 100ms}, {1min, 1s}, {10min, 10s}, {1h, 1min}, {10h, 10min}, {240h, 1h}}};

/// The least addition to the delays that leaves no more than `late_max` rows late.
Micros addition_for(const ViewProgress& view, std::int64_t late_max) {
  std::int64_t late = 0;
  for (auto entry = view.late_by_us.rbegin(); entry != view.late_by_us.rend(); ++entry) {
    late += entry->second;
    if (late > late_max) return entry->first;
  }
  return 0;
}

}  // namespace

Micros round_up(Micros delay) {
  microseconds step{kDay};
  for (auto rounding = kRoundings.rbegin(); rounding != kRoundings.rend(); ++rounding) {
    if (delay < rounding->below.count()) step = rounding->to;
  }
  return (delay + step.count() - 1) / step.count() * step.count();
}

std::vector<DelayAdvice> advise_delays(const ViewProgress& view,
                                       const std::map<std::string, Micros>& delays) {
  std::vector<DelayAdvice> advice;
  for (const std::int64_t per_mille : {990, 999, 1000}) {
    const std::int64_t late_max = view.rows_in * (1000 - per_mille) / 1000;
    if (view.late <= late_max) continue;
    DelayAdvice next{static_cast<double>(per_mille) / 10, delays};
    const Micros more = addition_for(view, late_max);
    for (auto& [source, delay] : next.delays_us) delay = round_up(delay + more);
    // Of equal delays the one that says most is enough.
    if (!advice.empty() && advice.back().delays_us == next.delays_us) advice.pop_back();
    advice.push_back(std::move(next));
  }
  return advice;
}

}  // namespace sluice::engine
