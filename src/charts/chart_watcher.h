#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "charts/chart_board.h"
#include "charts/chart_notes.h"
#include "engine/watcher.h"

namespace sluice::charts {

/// Fills the charts of a run. Queries over a batch's rows are asked in each batch; queries over
/// results at most once in the chart's `refresh`, so one that was left out is asked between two
/// batches. A chart whose query fails says so and is not asked again before the next run; batches
/// and other charts do not mind. What may not be lost of a chart's rows is noted with the batch;
/// rows that every look replaces are noted every few seconds.
class ChartWatcher final : public engine::Watcher {
 public:
  /// `board` outlives it; null: nobody looks, for checks alone.
  ChartWatcher(ChartBoard::Entries entries, config::UiEntry ui, ChartBoard* board);

  std::string name() const override { return "charts"; }
  std::vector<sql::ViewText> queries() const override;
  bool looks_at_each_batch() const override { return true; }
  Status check(std::span<const sql::QueryPlan> queries) override;
  Status open(engine::WatchNotes& notes, Micros now) override;
  Result<bool> look(engine::WatchedBatch& batch) override;
  bool is_due(Micros now, bool rests) const override;
  Result<bool> look_between(engine::WatchedBatch& left) override;
  Status between(Micros now, const BatchProgress* progress) override;
  std::optional<Micros> next() const override;
  void end(const Status& how) override;

 private:
  struct Chart {
    std::shared_ptr<const ChartSpec> spec;
    std::uint64_t definition = 0;
    ChartState state;                  ///< as the board has it
    std::optional<ChartState> coming;  ///< after the batch in hand
    Micros asked = kNever;             ///< when it was asked last
    Micros kept = kNever;              ///< when its rows were noted last, of kResult
    std::int64_t first = 0;            ///< the newest result's first time, of keeps_left_rows
    std::int64_t noted_first = 0;      ///< of the result that was noted last
    bool is_kept = true;               ///< its newest rows are noted, or added ones
    bool is_noting = false;            ///< the notes of the batch in hand have them
    bool is_left_out = false;          ///< a batch has come since it was asked
    bool has_failed = false;

    bool is_result() const { return spec->keeping == Keeping::kResult; }
    /// Its query gives results: it may be asked at any time.
    bool is_of_results() const { return !spec->query.is_of_batch; }
  };
  /// Of the notes.
  struct Size {
    std::size_t pieces = 0;
    std::size_t bytes = 0;  ///< of pieces that add
    std::size_t whole = 0;  ///< bytes of the piece that has all
  };
  static constexpr Micros kNever = -(Micros{1} << 60);

  /// The chart's `refresh` has passed.
  static bool is_due(const Chart& chart, Micros now);
  /// Null: its query has failed, which the chart says now.
  Result<std::optional<Change>> ask(Chart& chart, engine::WatchedBatch& batch);
  void fail(Chart& chart, const Error& error);
  void read_piece(const std::string& piece, std::vector<ChartState>& states);
  /// The chart of this name, if its rows still mean what they did; else null.
  const Chart* find(const std::string& name, std::uint64_t definition) const;
  /// The batch's part of the notes, in its transaction.
  Status note(Micros now);
  Status note_whole();
  /// So much that one piece in the place of all is due.
  static bool is_large(const Size& size);
  /// What is not noted yet, between two batches; `all`: also what may wait.
  Status note_rest(Micros now, bool all);
  /// The rows of a kResult are to be noted now.
  static bool is_to_note(const Chart& chart, Micros now);
  /// When the rows of a kResult are to be noted at the latest.
  static Micros keep_at(const Chart& chart);

  const ChartBoard::Entries entries_;  // of those that have a query
  const config::UiEntry ui_;
  ChartBoard* const board_;
  std::vector<Chart> charts_;
  engine::WatchNotes* notes_ = nullptr;
  // Of the notes, and with what the batch in hand adds:
  Size noted_;
  std::optional<Size> noted_coming_;
  std::vector<std::pair<std::size_t, Change>> changes_;  // of the batch in hand, by chart
  std::vector<NotedCharts::Added> unnoted_;              // since the last batch
};

}  // namespace sluice::charts
