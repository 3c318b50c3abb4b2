#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "engine/watcher.h"
#include "questions/copy_desk.h"

namespace sluice::questions {

/// How much may be copied for one question.
struct CopyLimits {
  std::size_t rows = 1'000'000;
  std::size_t bytes = std::size_t{128} << 20;
  std::chrono::milliseconds time{1000};  ///< of the engine's thread
};

/// Copies what is asked of a run at its CopyDesk. Results are given between two batches, where the
/// run has such a moment; else, and where rows of a batch are asked for, they are read with the
/// next one and given once that is published. A relation whose rows cannot be computed is refused;
/// the batch that met it is made again, without it. Costs nothing while nobody asks.
class QuestionWatcher final : public engine::Watcher {
 public:
  /// Both outlive it.
  QuestionWatcher(CopyDesk& desk, const Clock& clock, CopyLimits limits = {})
      : desk_(desk), clock_(clock), limits_(limits) {}

  std::string name() const override { return "questions"; }
  std::vector<sql::ViewText> queries() const override { return {}; }
  Status check(std::span<const sql::QueryPlan> queries) override;
  bool reads_relations() const override { return true; }
  void introduce(std::vector<engine::WatchedRelation> relations) override;
  Status open(engine::WatchNotes& notes, Micros now) override;
  Result<bool> look(engine::WatchedBatch& batch) override;
  bool is_due(Micros now, bool rests) const override;
  Result<bool> look_between(engine::WatchedBatch& left) override;
  Status between(Micros now, const BatchProgress* progress) override;
  void end(const Status& how) override;

 private:
  /// An error is the answer, unless it is the run's (kTransient and the like).
  Result<Copies> copy(const CopyDesk::Wish& wish, engine::WatchedBatch& batch);
  Status add(const engine::WatchedRelation& relation, const std::vector<std::size_t>& columns,
             engine::WatchedBatch& batch, CopyDesk::Time begun, Copies& copies) const;

  CopyDesk& desk_;
  const Clock& clock_;
  const CopyLimits limits_;
  std::vector<engine::WatchedRelation> relations_;
  std::optional<std::pair<std::uint64_t, Copies>> coming_;  ///< of the batch in hand
};

}  // namespace sluice::questions
