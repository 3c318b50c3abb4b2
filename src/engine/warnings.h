#pragma once

#include <string>
#include <vector>

#include "engine/pipeline.h"
#include "sql/plan/plan.h"

namespace sluice::engine {

/// Something in a pipeline that runs but looks like a mistake.
struct Warning {
  enum class Sort : unsigned char {
    kUnread,      ///< a source or view that nobody reads, or that reaches no sink
    kLateUnread,  ///< late rows that nobody reads
    kState,       ///< a view keeps rows for ever
    kSilence,     ///< when_idle: advance that has no effect
    kShard,       ///< what is of this shard's rows alone
  };
  Sort sort = Sort::kUnread;
  Location place{};
  std::string text;

  /// With its place in front.
  std::string to_string() const;
};

/// Of a pipeline: `check` shows them, and a run logs them at its start.
std::vector<Warning> warnings_about(const Pipeline& pipeline, const sql::Plan& plan);

}  // namespace sluice::engine
