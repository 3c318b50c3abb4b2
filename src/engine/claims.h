#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connector/claim.h"
#include "engine/recovery.h"
#include "sluice/base/result.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// The claims of a run to the targets of its sinks (docs/decisions/0013-writer-epochs.md): made
/// once, before anything is staged or removed there, and asked for again before each commit. Engine
/// thread only.
class Claims {
 public:
  /// `checkpoint` outlives this.
  Claims(state::Checkpoint& checkpoint, connector::Writer writer,
         std::map<std::string, connector::KnownClaim> known)
      : checkpoint_(checkpoint), writer_(std::move(writer)), known_(std::move(known)) {}

  /// Introduces the writer to the sink. Before it is opened.
  void introduce(const std::string& name, connector::Sink& sink) const;

  /// Makes this run the one that writes to the outlet's target, unless it is already. Outside a
  /// batch, once the head was compared: a run that cannot go on must not fence one that can.
  /// `expected`: the last batch that the target is to hold; asked for again after a new claim,
  /// since the run that is fenced now may have published in between. Errors of verify_sink and of
  /// the sink.
  Status hold(const Outlet& outlet, const std::optional<state::SinkPosition>& expected);
  /// As hold, of a sink that is published to next, which asks for the head by itself.
  Status hold_for_outbox(const Outlet& outlet);
  /// kConflict E_FENCED when another run has claimed the outlet's target since. `next`: what is
  /// about to be committed for it, or null.
  static Status check(const Outlet& outlet, const connector::Staged* next);
  /// That error, if there is one in any of the outlets, instead of `error`, which says less.
  static Error explain(Error error, const std::vector<Outlet>& outlets);

 private:
  /// Whether a claim was made just now.
  Result<bool> claim(const Outlet& outlet);

  state::Checkpoint& checkpoint_;
  const connector::Writer writer_;
  const std::map<std::string, connector::KnownClaim> known_;
  std::set<std::string> held_;
};

}  // namespace sluice::engine
