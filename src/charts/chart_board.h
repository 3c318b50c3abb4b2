#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "charts/chart_spec.h"
#include "charts/chart_state.h"
#include "config/chart_entry.h"
#include "sluice/base/result.h"

namespace sluice::charts {

/// The charts of one pipeline, for all who look at them; it outlives the pipeline's runs. Any
/// thread may ask, at any time: rows are shared, so the lock is held for as long as it takes to
/// copy pointers, and texts are made without it.
class ChartBoard {
 public:
  using Entries = std::vector<std::shared_ptr<const config::ChartEntry>>;

  /// `pipeline`: its name, for the events.
  explicit ChartBoard(std::string pipeline) : pipeline_(std::move(pipeline)) {}

  /// The charts of the version of the file that is to run. Those that it declares as before keep
  /// their rows.
  void declare(Entries entries, const config::UiEntry& ui);
  /// A run of that version has planned the chart, and this is what it shows from now on. Its rows
  /// get a number of their own; returned is the state with it.
  ChartState open(std::shared_ptr<const ChartSpec> spec, ChartState state);
  /// The next state of a chart that is open.
  void set(const std::string& chart, ChartState state);

  /// {"charts": [CHART...], "filters": [...]}
  std::string charts_json() const;
  struct News {
    std::string json;  ///< the data of the event `chart`; "": nothing has come
    std::uint64_t seen = 0;
  };
  /// What has come since `seen`; 0: all. kUser: there is no such chart.
  Result<News> news(const std::string& chart, std::uint64_t seen) const;
  Result<std::string> csv(const std::string& chart) const;

 private:
  struct Chart {
    std::shared_ptr<const config::ChartEntry> entry;
    std::shared_ptr<const ChartSpec> spec;  ///< null: not planned yet
    ChartState state;
  };
  /// With its rows. kUser: there is no such chart, or it is a text.
  Result<Chart> find(const std::string& name) const;

  const std::string pipeline_;
  mutable std::mutex mutex_;   // guards all below
  std::vector<Chart> charts_;  // in the order of the file
  std::vector<std::string> filters_;
};

}  // namespace sluice::charts
