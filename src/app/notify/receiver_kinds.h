#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/receiver.h"
#include "base/options.h"
#include "connector/registry.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// A way to inform somebody: its key in `notify.NAME`, its options and how one is made.
struct ReceiverKind {
  std::string name;
  std::string text;  ///< for the reference page
  std::vector<OptionSpec> options;
  /// Connects to nothing. kUser errors carry the option's place.
  std::function<Result<std::unique_ptr<alerts::Receiver>>(const Options&,
                                                          const connector::Context&)>
      make;
};

/// webhook, slack, pagerduty, email, kafka, log.
const std::vector<ReceiverKind>& receiver_kinds();
const ReceiverKind* find_receiver_kind(std::string_view name);
std::vector<std::string> receiver_kind_names();

// Each in a file of its own.
ReceiverKind webhook_kind();
ReceiverKind slack_kind();
ReceiverKind pagerduty_kind();
ReceiverKind email_kind();
ReceiverKind kafka_kind();

}  // namespace sluice::app
