#include "engine/claims.h"

#include "base/crash_point.h"
#include "base/log.h"
#include "engine/publisher.h"

namespace sluice::engine {

void Claims::introduce(const std::string& name, connector::Sink& sink) const {
  const auto known = known_.find(name);
  sink.introduce(writer_, known == known_.end() ? std::nullopt : std::optional(known->second));
}

Result<bool> Claims::claim(const Outlet& outlet) {
  if (held_.contains(outlet.name)) return false;
  SLUICE_ASSIGN(const auto claim, outlet.sink->claim());
  held_.insert(outlet.name);
  if (!claim) return false;
  crash_point("engine.claimed");
  const auto known = known_.find(outlet.name);
  const bool is_noted = known != known_.end() && known->second.epoch == claim->epoch &&
                        known->second.mark == writer_.mark;
  if (!is_noted) SLUICE_TRY(checkpoint_.set_claim(outlet.name, {claim->epoch, writer_.mark}));
  if (claim->took_over) {
    log_warn("sink " + outlet.name + ": another run had claimed the target; this one takes over " +
             "and that one, if it still runs, stops with E_FENCED; epoch=" +
             std::to_string(claim->epoch));
  }
  return claim->is_new;
}

Status Claims::hold(const Outlet& outlet, const std::optional<state::SinkPosition>& expected) {
  if (!outlet.has_head()) return {};
  SLUICE_ASSIGN(const bool is_new, claim(outlet));
  return is_new ? verify_head(outlet.name, *outlet.sink, expected) : Status();
}

Status Claims::hold_for_outbox(const Outlet& outlet) {
  if (!outlet.has_head()) return {};
  SLUICE_ASSIGN(const bool is_new, claim(outlet));
  static_cast<void>(is_new);
  return {};
}

Status Claims::check(const Outlet& outlet, const connector::Staged* next) {
  auto held = outlet.sink->check_claim(next);
  return held ? Status() : std::move(held).error().with("sink " + outlet.name);
}

Error Claims::explain(Error error, const std::vector<Outlet>& outlets) {
  if (error.kind() == Kind::kConflict || error.kind() == Kind::kCancelled) return error;
  for (const Outlet& outlet : outlets) {
    auto held = check(outlet, nullptr);
    if (!held && held.error().kind() == Kind::kConflict) return std::move(held).error();
  }
  return error;
}

}  // namespace sluice::engine
