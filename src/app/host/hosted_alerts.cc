// A hosted pipeline's alerts: see hosted.h.
#include <utility>

#include "alerts/board.h"
#include "app/host/hosted.h"
#include "base/border.h"

namespace sluice::app {

std::shared_ptr<alerts::Board> Hosted::alert_board() const {
  const std::lock_guard lock(mutex_);
  return alert_board_;
}

std::string Hosted::alerts_json() const {
  const auto board = alert_board();
  return board == nullptr ? R"({"alerts":[],"incidents":[]})" : board->json();
}

std::int64_t Hosted::alerts_version() const {
  // Of another board the same number says something else.
  constexpr std::int64_t kVersionsMax = std::int64_t{1} << 40U;
  const std::lock_guard lock(mutex_);
  return alert_board_ == nullptr ? 0 : (alert_boards_ * kVersionsMax) + alert_board_->version();
}

AlertCounts Hosted::alert_counts() const {
  AlertCounts counts;
  const auto board = alert_board();
  if (board == nullptr) return counts;
  for (const alerts::Board::Firing& one : board->firing()) {
    counts.alerts.push_back({one.alert, std::string(severity_name(one.severity)), one.keys});
  }
  for (const auto& [name, sent] : board->sent()) {
    counts.receivers.push_back({name, sent.sent, sent.given_up, sent.waiting});
  }
  return counts;
}

Status Hosted::silence(const std::string& alert, const std::optional<std::string>& key,
                       std::int64_t until_us) {
  return at_border("silence an alert", [&]() -> Status {
    const auto board = alert_board();
    if (board == nullptr) return user_error("pipeline '" + name_ + "' has no alerts");
    return board->silence(alert, key, until_us, clock_.now());
  });
}

}  // namespace sluice::app
