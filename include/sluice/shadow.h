#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "sluice/base/result.h"
#include "sluice/pipeline.h"
#include "sluice/progress.h"

namespace sluice {

struct ShadowOptions {
  std::size_t rows = 10;  ///< that are shown of each sink and sort: changed, added, removed
  /// By sink: the columns by which a row before and one after are the same row. Without: those of
  /// the sink's key or of the view's groups, or else all columns.
  std::map<std::string, std::vector<std::string>> keys;
  RunListener* listener = nullptr;  ///< of both runs; not owned; null: none
};

/// A row in which what a sink would have now differs from what it had by the file of the last
/// start. Values as SQL shows them; null: NULL.
struct RowDifference {
  enum class Sort : unsigned char { kChanged, kAdded, kRemoved };
  struct Change {
    std::string column;
    std::optional<std::string> before;
    std::optional<std::string> after;
  };
  Sort sort = Sort::kChanged;
  /// By column, in their order: of a row that has changed its key, of another all that is compared.
  std::vector<std::pair<std::string, std::optional<std::string>>> row;
  std::vector<Change> changes;  ///< of kChanged
};

/// What a sink has by the two files. Rows are counted.
struct SinkDifference {
  std::string name;
  bool is_new = false;      ///< the file of the last start does not have it; nothing is compared
  bool is_dropped = false;  ///< only that one has it
  std::int64_t before = 0;
  std::int64_t after = 0;
  /// The columns by which rows are the same row; null: by all that both have.
  std::optional<std::vector<std::string>> key;
  std::int64_t same = 0;
  std::int64_t changed = 0;
  std::int64_t added = 0;
  std::int64_t removed = 0;
  std::map<std::string, std::int64_t> changed_columns;  ///< rows with another value in the column
  std::vector<std::string> notes;   ///< columns that come, go or have another type; other remarks
  std::vector<RowDifference> rows;  ///< the first of each sort

  bool differs() const;
};

struct Shadowed {
  struct Source {
    std::string name;
    std::string to;           ///< offset, JSON
    std::int64_t before = 0;  ///< records that this call has read for the file of the last start
    std::int64_t after = 0;   ///< and for the file as it is now
    std::int64_t before_dead_letters = 0;  ///< of them, those that did not decode
    std::int64_t after_dead_letters = 0;
  };
  std::int64_t batch = 0;  ///< of the checkpoint: the last one whose records were read
  bool went_on = false;    ///< from where an earlier call was
  std::vector<Source> sources;
  /// Rows that came too late for a view in this call, by the file of the last start and as it is
  /// now. Which rows are late depends on how batches are cut, so the pipeline may have written
  /// others.
  std::int64_t late_before = 0;
  std::int64_t late_after = 0;
  std::vector<SinkDifference> sinks;

  bool differs() const;
};

/// Runs the pipeline as its checkpoint's last start had it, and as its file has it now, on the same
/// records: from where the sources' `start` says up to where the checkpoint is. Both run in the
/// folder `shadow` of the checkpoint, with state and rows of their own: the pipeline, which may
/// run meanwhile, its sinks and its offsets are as they were. Called again it goes on from there;
/// rebuild() takes the new version's state over. Blocks.
///
/// Errors: kUser (a source whose records cannot be had again ...), kConflict (another call is at
/// work), kCancelled (`stop`), and those of a run. What was read is kept.
Result<Shadowed> shadow(const Pipeline& pipeline, const ShadowOptions& options,
                        std::stop_token stop);

/// Removes what shadow() has made of the pipeline; false: there was nothing. kConflict while it is
/// at work.
Result<bool> discard_shadow(const Pipeline& pipeline);

/// For people, several lines; `+`, `-` and `~` begin rows.
std::string shadow_text(const Shadowed& shadowed);
/// One JSON object (docs/guide/changes.md).
std::string shadow_json(const Shadowed& shadowed);

}  // namespace sluice
