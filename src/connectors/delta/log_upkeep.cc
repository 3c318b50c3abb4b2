#include "connectors/delta/log_upkeep.h"

#include "base/crash_point.h"
#include "base/log.h"

namespace sluice::connectors {

void LogUpkeep::run(lake::Table& table) {
  // The batch is in the table already; without a checkpoint the log is only slower to read.
  const auto written = table.checkpoint_if_due();
  if (!written) {
    log_warn("sink " + context_.name +
             ": delta checkpoint not written: " + written.error().message());
  } else if (*written) {
    crash_point("delta.checkpointed");
    clean(table.state());
  }
}

void LogUpkeep::clean(const lake::TableState& state) {
  const auto removed = cleaner_.run(state, path_, context_.files, context_.clock.now());
  if (!removed) {
    log_warn("sink " + context_.name + ": expired log entries stay: " + removed.error().message());
  } else if (*removed > 0) {
    log_info("sink " + context_.name + ": " + std::to_string(*removed) +
             " files of the table's log were older than delta.logRetentionDuration");
  }
}

}  // namespace sluice::connectors
