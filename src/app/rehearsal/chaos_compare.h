#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/rehearsal/kept_table.h"
#include "config/pipeline_file.h"
#include "engine/explained_pipeline.h"
#include "sluice/tests.h"

namespace sluice::app {

/// What of the rows that a table got is there at the end.
enum class EndRule : unsigned char {
  kAllRows,     ///< all of them
  kNewest,      ///< of each key the newest, unless it deletes the key
  kLastBatch,   ///< those of the last batch
  kNotDefined,  ///< who reads them cannot know: nothing says which rows take whose place
};

struct End {
  EndRule rule = EndRule::kAllRows;
  std::vector<std::string> key{};  ///< of kNewest; empty: there is one row
};

/// What a sink has at the end however its input is cut.
End end_of(const config::SinkEntry& sink, const engine::ExplainedPipeline& planned);

/// The sink writes what is new in a whole result, so that the result says more than its rows.
bool writes_changes_of_result(const config::SinkEntry& sink,
                              const engine::ExplainedPipeline& planned);

/// Columns whose values differ between two runs in which the same happened (now(), uuid() ...).
/// Null: so do the rows.
std::optional<std::set<std::string>> changing_columns(const KeptTable& one, const KeptTable& other);

/// In what `wild` is not what `calm` is, at the end. Rows are compared in any order, without the
/// columns `left_out`; fractions need not be the same in their last digits, since sums of them
/// depend on their order. Null: in nothing.
std::optional<TestDifference> difference(const KeptTable& calm, const KeptTable& wild,
                                         const End& end, const std::set<std::string>& left_out);

}  // namespace sluice::app
