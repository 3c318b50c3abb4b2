#pragma once

#include <string>
#include <utility>

#include "connector/registry.h"
#include "lake/log_cleanup.h"
#include "lake/table.h"

namespace sluice::connectors {

/// What a commit leaves to do for the log of a sink's table: a checkpoint of it where one is due,
/// and then away with expired entries. The batch is in the table already, so failures are warnings.
class LogUpkeep {
 public:
  /// `path` is the table's.
  LogUpkeep(std::string path, const connector::Context& context)
      : path_(std::move(path)), context_(context) {}

  /// Crash points: delta.checkpointed, .log_cleaned.
  void run(lake::Table& table);

 private:
  void clean(const lake::TableState& state);

  const std::string path_;
  const connector::Context& context_;
  lake::LogCleaner cleaner_;
};

}  // namespace sluice::connectors
