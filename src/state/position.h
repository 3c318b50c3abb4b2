#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "connector/claim.h"
#include "connector/sink.h"
#include "data/offset.h"

namespace sluice::state {

/// What the outbox keeps of a batch for one sink: what is staged, and the batch that the sink holds
/// until this one is published (null: none).
struct OutboxEntry {
  std::string sink;
  connector::Staged staged;
  std::optional<data::BatchId> previous;
};

/// The last batch that was given to a sink.
struct SinkPosition {
  data::BatchId batch = 0;
  std::string plan_hash;
};

/// What is known of event time: the pipeline's clock.
struct EventTimes {
  struct Source {
    std::optional<Micros> latest;  ///< event
    Micros seen = 0;               ///< when rows came last, by the wall clock
  };
  std::map<std::string, Source> sources;
  std::optional<Micros> used;  ///< the watermark of the last batch
  std::optional<Micros> next;  ///< and of the next one
};

/// What each batch moves.
struct Moved {
  data::BatchId next_batch = 0;
  std::map<std::string, data::Offset> offsets;  ///< by source
  std::map<std::string, SinkPosition> sinks;    ///< by sink
  std::vector<OutboxEntry> outbox;              ///< of the last batch, in order of publishing
  EventTimes event_times;
};

/// What the last commit left: read once at start.
struct Position : Moved {
  std::map<std::string, std::string> fingerprints;      ///< by view with state
  std::optional<std::set<std::string>> known_sinks;     ///< of the last start; null: not noted
  std::map<std::string, connector::KnownClaim> claims;  ///< by sink: what this checkpoint claimed
  /// The sinks that get the whole result with their next batch, since views were made again
  /// (engine/rebuild.h), and whether the table before_table() has what their target has.
  std::map<std::string, bool> whole_results{};
};

/// The pipeline file of the last start. Empty: not known.
struct LastStart {
  std::string text;                                  ///< without secrets
  std::map<std::string, std::string> sql_variables;  ///< of ${NAME} in its SQL, and their values
};

/// The table with what a sink's target has until it gets the whole result, without the database's
/// name before it.
std::string before_table(const std::string& sink);

}  // namespace sluice::state
