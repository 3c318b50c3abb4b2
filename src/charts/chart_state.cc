#include "charts/chart_state.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "charts/thinning.h"

namespace sluice::charts {
namespace {

constexpr std::size_t kBlocksMax = 512;
/// Rows that come before all are made fewer again, at least.
constexpr std::size_t kNewRowsMin = 256;

/// All blocks become one, of as many rows as the chart keeps.
void join(const ChartSpec& spec, ChartState& state) {
  Rows rows = thinned(spec, joined(spec, state.rows()));
  state.joined_rows = rows.size();
  state.joined = state.seq;
  state.blocks = {{state.seq, std::make_shared<const Rows>(std::move(rows))}};
}

bool is_full(const ChartSpec& spec, const ChartState& state) {
  if (state.blocks.size() > kBlocksMax) return true;
  const std::size_t rows_max = spec.thinning == Thinning::kNewest ? spec.rows_max : spec.points;
  const std::size_t room = std::max(state.joined_rows / 4,
                                    std::min(kNewRowsMin, std::max<std::size_t>(1, rows_max / 4)));
  return state.row_count() > state.joined_rows + room;
}

}  // namespace

std::size_t ChartState::row_count() const {
  std::size_t count = 0;
  for (const Block& block : blocks) count += block.rows->size();
  return count;
}

std::vector<SharedRows> ChartState::rows() const {
  std::vector<SharedRows> all;
  all.reserve(blocks.size());
  for (const Block& block : blocks) all.push_back(block.rows);
  return all;
}

SharedRows with_left_rows(const ChartSpec& spec, const ChartState& state, const SharedRows& rows) {
  if (!spec.keeps_left_rows || state.blocks.empty()) return nullptr;
  const TimeSpan now = times_of(spec, *rows);
  const Rows& before = *state.blocks.front().rows;
  std::vector<std::size_t> left;
  for (std::size_t row = 0; row < before.size(); ++row) {
    const Values& times = before.values[*spec.time];
    const bool has_time = times.kind(row) == Values::Kind::kInteger;
    if (has_time && (!now.any || times.integer(row) < now.first)) left.push_back(row);
  }
  if (left.empty()) return nullptr;
  const std::vector<SharedRows> both = {std::make_shared<const Rows>(before.picked(left)), rows};
  return std::make_shared<const Rows>(thinned(spec, joined(spec, both)));
}

void apply(const ChartSpec& spec, const Change& change, ChartState& state) {
  const bool is_first = !state.is_looked;
  state.is_looked = true;
  state.at_ms = change.at_ms;
  state.truncated = change.truncated;
  state.total = change.total;
  if (spec.keeping == Keeping::kResult) {
    state.joined = ++state.seq;
    state.joined_rows = change.rows->size();
    state.blocks = {{state.seq, change.rows}};
    return;
  }
  if (change.rows->size() == 0 && !is_first) return;
  ++state.seq;
  if (change.rows->size() == 0) return;
  state.blocks.push_back({state.seq, change.rows});
  if (is_full(spec, state)) join(spec, state);
}

void renumber(ChartState& state, std::uint64_t seq) {
  state.seq = seq;
  state.joined = seq;
  for (ChartState::Block& block : state.blocks) block.seq = seq;
}

}  // namespace sluice::charts
