#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "engine/batch_in_hand.h"
#include "engine/batch_sql.h"
#include "engine/pipeline.h"
#include "engine/watch_notes_table.h"
#include "sluice/base/result.h"

namespace sluice::engine {

/// The watchers of a pipeline, all at once. Engine thread only.
class Watch {
 public:
  /// Both outlive it.
  Watch(const Pipeline& pipeline, BatchSql& sql) : pipeline_(pipeline), sql_(sql) {}
  /// Says to them how the run ended, if they were opened.
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// Gives each its queries as planned.
  Status check() const;
  Status open(sql::Session& session, Micros now);
  /// As Watcher::look.
  Result<bool> look(const BatchInHand& batch);
  /// As Watcher::between; in idle time (null) after those were asked that are due.
  Status between(Micros now, const BatchProgress* progress);
  /// No batch is to come soon: whatever was left out is looked at.
  Status rest(Micros now);
  /// As Watcher::resume.
  void resume(Micros now) const;
  /// The earliest moment that one of them has asked for.
  std::optional<Micros> next() const;
  /// How the run has ended; an error unless it is said.
  void set_end(Status how) { end_ = std::move(how); }

 private:
  Status look_between(Micros now, bool rests);

  const Pipeline& pipeline_;
  BatchSql& sql_;
  std::optional<WatchNotesTable> notes_;  ///< null: not open
  sql::Session* session_ = nullptr;       ///< not owned; null: not open
  data::BatchId last_ = -1;               ///< the last batch that was looked at
  Status end_;
};

}  // namespace sluice::engine
