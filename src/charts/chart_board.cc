#include "charts/chart_board.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/nearest.h"
#include "charts/chart_json.h"

namespace sluice::charts {
namespace {

using config::ChartEntry;

/// Whether rows of one may be shown as the other's, as far as the file says.
bool means_the_same(const ChartEntry& a, const ChartEntry& b) {
  if (a.kind != b.kind || a.sql != b.sql || a.columns.size() != b.columns.size()) return false;
  for (std::size_t i = 0; i < a.columns.size(); ++i) {
    if (a.columns[i].option != b.columns[i].option || a.columns[i].name != b.columns[i].name) {
      return false;
    }
  }
  return true;
}

}  // namespace

void ChartBoard::declare(Entries entries, const config::UiEntry& ui) {
  std::vector<Chart> charts;
  std::vector<std::string> filters;
  for (const config::ChartColumn& filter : ui.filters) filters.push_back(filter.name);
  const std::lock_guard lock(mutex_);
  for (auto& entry : entries) {
    Chart made{.entry = std::move(entry), .spec = nullptr, .state = {}};
    const auto known = std::ranges::find_if(
        charts_, [&](const Chart& chart) { return chart.entry->name == made.entry->name; });
    if (known != charts_.end()) {
      // Whoever has seen rows of the older one sees that they are gone.
      made.state.seq = made.state.joined = known->state.seq + 1;
      if (means_the_same(*known->entry, *made.entry)) {
        made.spec = known->spec;
        made.state = known->state;
      }
    }
    charts.push_back(std::move(made));
  }
  charts_.swap(charts);
  filters_.swap(filters);
}

ChartState ChartBoard::open(std::shared_ptr<const ChartSpec> spec, ChartState state) {
  ChartState before;  // is let go of without the lock
  const std::lock_guard lock(mutex_);
  for (Chart& chart : charts_) {
    if (chart.entry->name != spec->name()) continue;
    renumber(state, chart.state.seq + 1);
    chart.spec = std::move(spec);
    std::swap(before, chart.state);
    chart.state = state;
    break;
  }
  return state;
}

void ChartBoard::set(const std::string& name, ChartState state) {
  const std::lock_guard lock(mutex_);
  for (Chart& chart : charts_) {
    if (chart.entry->name == name) std::swap(chart.state, state);
  }
}

std::string ChartBoard::charts_json() const {
  std::vector<Chart> charts;
  std::vector<std::string> filters;
  {
    const std::lock_guard lock(mutex_);
    for (const Chart& chart : charts_) charts.push_back({chart.entry, chart.spec, {}});
    filters = filters_;
  }
  OrderedJson json;
  json["charts"] = OrderedJson::array();
  for (const Chart& chart : charts) {
    json["charts"].push_back(chart_json(*chart.entry, chart.spec.get()));
  }
  json["filters"] = filters;
  return dump_json(json);
}

Result<ChartBoard::Chart> ChartBoard::find(const std::string& name) const {
  std::vector<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    for (const Chart& chart : charts_) {
      if (chart.entry->kind == config::ChartKind::kMarkdown) continue;
      if (chart.entry->name == name) return chart;
      names.push_back(chart.entry->name);
    }
  }
  return user_error("pipeline '" + pipeline_ + "' has no chart '" + name + "' with rows" +
                    did_you_mean(name, names));
}

Result<ChartBoard::News> ChartBoard::news(const std::string& name, std::uint64_t seen) const {
  SLUICE_ASSIGN(const Chart chart, find(name));
  const ChartState& state = chart.state;
  // A number that was never given out is of another process.
  if (seen > state.seq) seen = 0;
  if (seen == state.seq) return News{.json = "", .seen = seen};
  const bool appends = seen >= state.joined && seen > 0 && !state.error && chart.spec != nullptr &&
                       chart.spec->entry->kind != config::ChartKind::kHistogram;
  std::vector<SharedRows> rows;
  for (const ChartState::Block& block : state.blocks) {
    if (!appends || block.seq > seen) rows.push_back(block.rows);
  }
  return News{.json = news_json({.pipeline = pipeline_,
                                 .chart = name,
                                 .spec = chart.spec.get(),
                                 .appends = appends,
                                 .rows = rows,
                                 .state = &state}),
              .seen = state.seq};
}

Result<std::string> ChartBoard::csv(const std::string& name) const {
  SLUICE_ASSIGN(const Chart chart, find(name));
  if (chart.state.error) {
    return user_error("chart '" + name + "': its query has failed: " + chart.state.error->message);
  }
  return chart_csv(chart.spec.get(), chart.state.rows());
}

}  // namespace sluice::charts
