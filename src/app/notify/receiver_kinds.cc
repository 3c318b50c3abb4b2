#include "app/notify/receiver_kinds.h"

#include <algorithm>

#include "alerts/log_receiver.h"

namespace sluice::app {
namespace {

ReceiverKind log_kind() {
  ReceiverKind kind;
  kind.name = "log";
  kind.text = "Writes a line to the log, of the level that the severity asks for.";
  kind.make = [](const Options&,
                 const connector::Context&) -> Result<std::unique_ptr<alerts::Receiver>> {
    return {std::make_unique<alerts::LogReceiver>()};
  };
  return kind;
}

}  // namespace

const std::vector<ReceiverKind>& receiver_kinds() {
  static const std::vector<ReceiverKind> kKinds = {webhook_kind(), slack_kind(), pagerduty_kind(),
                                                   email_kind(),   kafka_kind(), log_kind()};
  return kKinds;
}

const ReceiverKind* find_receiver_kind(std::string_view name) {
  const auto found = std::ranges::find(receiver_kinds(), name, &ReceiverKind::name);
  return found == receiver_kinds().end() ? nullptr : &*found;
}

std::vector<std::string> receiver_kind_names() {
  std::vector<std::string> names;
  for (const ReceiverKind& kind : receiver_kinds()) names.push_back(kind.name);
  return names;
}

}  // namespace sluice::app
