#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/config_value.h"
#include "base/result.h"
#include "connector/sink.h"
#include "data/type.h"
#include "sql/database.h"

namespace sluice::sql {

/// A view as the pipeline file declares it.
struct ViewText {
  std::string name;
  std::string sql;
  /// Of the first character of `sql` in the file, for messages. Later lines keep the indentation
  /// that they have in the file: a place in line k > 1 of `sql` is line location.line + k - 1, same
  /// column.
  Location location;
};

enum class ViewKind : unsigned char {
  kStateless,   ///< runs on the batch alone
  kAggregate,   ///< folds the batch into state kept in the checkpoint
  kOverResult,  ///< SQL over the whole result of an aggregate (complete mode)
};

/// How one view runs incrementally. All SQL is DuckDB's, ready to run in the session; names of
/// other views and sources in it are those of temp views or tables that the engine provides.
struct ViewPlan {
  std::string name;
  ViewKind kind = ViewKind::kStateless;
  std::vector<std::string> inputs;  ///< sources and views that it reads, each once
  data::Schema schema;              ///< of its result

  /// kStateless and kOverResult: the rows of this batch (kOverResult: reads the whole results of
  /// its inputs).
  std::string select;

  // kAggregate only. The state table is state."<name>".
  std::string create_state;  ///< CREATE TABLE IF NOT EXISTS
  std::string partial;       ///< SELECT: this batch folded by key. The engine makes it a temp table
                             ///< named partial_table; its column "__rows" counts the input rows.
  std::string partial_table;
  std::string merge;     ///< statement that folds partial_table into the state
  std::string complete;  ///< SELECT: the whole result
  std::string update;    ///< SELECT: the result rows whose keys are in partial_table
  /// Of everything the state's shape and meaning depend on: an existing state with another one
  /// cannot be used.
  std::string fingerprint;

  /// Output modes that the view's result allows.
  std::set<connector::OutputMode> modes;
};

struct Plan {
  std::vector<ViewPlan> views;  ///< inputs before their users
  /// For every source, the columns that some view may read (all when in doubt): what needs decoding
  /// when a source is materialised.
  std::map<std::string, std::set<std::string>> source_columns;

  const ViewPlan* find(std::string_view name) const;
};

/// Sorts each view into a kind and makes its SQL. In `session` the sources are already defined
/// (sql::Scan); the planner adds a temp view for each stateless view so that later ones bind.
///
/// kUser errors say which construct is not possible, where in the SQL (file:line:column where it is
/// known) and what to write instead: user SQL may read only declared sources and views and a short
/// list of table functions (unnest, range, generate_series); statements other than SELECT, the
/// engine's own schema, file-reading functions, cycles, joins of streams, windows and all that has
/// no incremental form yet are refused by name.
Result<Plan> make_plan(Session& session, const std::vector<ViewText>& views,
                       const std::vector<std::string>& sources);

/// Why `mode` is not possible for the view (in Spark's terms, with what to do), or success.
Status check_mode(const ViewPlan& view, connector::OutputMode mode);

}  // namespace sluice::sql
