#pragma once

#include <memory>
#include <vector>

#include "alerts/alert_watcher.h"
#include "app/composition/composition.h"

namespace sluice::app {

/// The alerts of a file, and those whom they inform.
struct MadeAlerts {
  std::unique_ptr<alerts::AlertWatcher> watcher;  ///< null: the file has none
  std::shared_ptr<alerts::Board> board;           ///< likewise
  std::vector<ConfigValue> secrets;
};

/// Connects to nothing. kUser errors carry the place in the file.
Result<MadeAlerts> make_alerts(const config::PipelineFile& file, const Parts& parts);

}  // namespace sluice::app
