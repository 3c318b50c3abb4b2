#include "alerts/log_receiver.h"

#include "base/log.h"

namespace sluice::alerts {

Receiver::Sent LogReceiver::send(const Notice& notice, const std::stop_token& /*stop*/) {
  LogLevel level = LogLevel::kInfo;
  if (notice.is_firing && notice.severity == Severity::kWarn) level = LogLevel::kWarn;
  if (notice.is_firing && notice.severity == Severity::kPage) level = LogLevel::kError;
  const std::string state =
      notice.is_firing ? notice.repeats > 0 ? "still fires" : "fires" : "is over";
  log(level, "alert '" + notice.alert + "' " + state + ": " + notice.summary());
  return {};
}

}  // namespace sluice::alerts
