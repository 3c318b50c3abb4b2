#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include "alerts/notice.h"
#include "sluice/base/result.h"

namespace sluice::alerts {

/// Where notices go. Used by one thread, its own.
class Receiver {
 public:
  struct Sent {
    /// kTransient is tried again; after any other error the notice is given up.
    Status outcome;
    /// How long the receiver asks to be left alone.
    std::chrono::milliseconds pause{0};
  };

  virtual ~Receiver() = default;
  /// Sends it, or sends it again: a receiver that can recognise it by Notice::id is given that. May
  /// block, bounded; no longer than it must after `stop`.
  virtual Sent send(const Notice& notice, const std::stop_token& stop) = 0;
};

}  // namespace sluice::alerts
