#pragma once

#include "alerts/receiver.h"

namespace sluice::alerts {

/// Notices as lines of the log, at the level of their severity.
class LogReceiver final : public Receiver {
 public:
  Sent send(const Notice& notice, const std::stop_token& stop) override;
};

}  // namespace sluice::alerts
