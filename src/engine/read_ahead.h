#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "data/offset.h"
#include "data/record_batch.h"
#include "engine/pipeline.h"

namespace sluice::engine {

/// What a source gave for a batch.
struct SourceRange {
  data::Offset to;
  std::string log_entry;                         ///< connector::Source::log_entry
  std::unique_ptr<data::RecordBatch> records{};  ///< null: not read yet
};

/// Reads of slow sources (connector::Source::is_slow) what comes next while the engine publishes a
/// batch. A source meets one thread at a time all the same: the engine's other calls come before
/// begin() or after wait(). What fails here is left for the engine to meet on its own.
class ReadAhead {
 public:
  /// The pipeline outlives it.
  explicit ReadAhead(Pipeline& pipeline) : pipeline_(pipeline) {}

  /// On a thread of its own, after each source's offset in `from`; at once done when no source is
  /// slow. `stop` ends the reading early.
  /// REQUIRES: none is under way.
  void begin(const std::map<std::string, data::Offset>& from, const std::stop_token& stop);

  /// Until nothing is under way.
  void wait();

  /// What was found of the source after `from`, once; null: nothing.
  /// REQUIRES: none is under way.
  std::optional<SourceRange> take(const std::string& source, const data::Offset& from);

 private:
  struct Found {
    data::Offset from;
    SourceRange range;
  };

  void read(const std::map<std::string, data::Offset>& from, const std::stop_token& stop);

  Pipeline& pipeline_;
  std::map<std::string, Found> found_;
  std::jthread thread_;
};

}  // namespace sluice::engine
