#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/graph.h"
#include "engine/pipeline.h"
#include "sluice/base/error.h"
#include "sql/duckdb/database.h"
#include "sql/plan/plan.h"

namespace sluice::engine {

/// A source's rows of the failed batch.
struct FailedSource {
  std::string name;
  /// SELECT of the rows in the order of the batch, its columns, and then those of `hidden`.
  std::function<Result<std::string>()> rows;
  std::vector<std::string> hidden{};  ///< that views do not see
  /// Where the row-th of them came from: "in/1.jsonl line=2"; SQL over the row when empty.
  std::function<std::string(std::int64_t row)> place{};
  std::string place_sql{};
};

struct FailedBatch {
  const Pipeline& pipeline;
  const sql::Plan& plan;
  const Graph& graph;
  std::vector<FailedSource> sources;
  const Clock& clock;
};

/// What a batch's failure is to say when the SQL of a view could not compute a row (a cast, an
/// overflow, error()): which view, and where the row came from that it cannot compute, with its
/// values. Runs the views again, one after the other, and then the one that fails over halves of a
/// source's rows, for some seconds at most: for failures that end the pipeline, after the rollback.
/// It leaves the temp views of sources redefined, so that no further batch can run. Other errors
/// stay as they are.
Error name_failed_view(sql::Session& session, const FailedBatch& batch, Error error);

}  // namespace sluice::engine
