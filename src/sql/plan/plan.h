#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/config_value.h"
#include "connector/sink.h"
#include "data/type.h"
#include "sluice/base/result.h"
#include "sql/duckdb/database.h"
#include "sql/tree/view_text.h"
#include "sql/view/view_plan.h"

namespace sluice::sql {

/// A source as the planner sees it; its columns are those of the relation `name` in the session.
struct SourceText {
  std::string name;
  /// SQL over the source's columns, of type TIMESTAMP or TIMESTAMPTZ: when a row's event happened.
  /// Empty: the source has no watermark.
  std::string event_time;
  Location location;  ///< of the watermark, for messages
  /// Columns of which equal values are in one shard; empty: none are known.
  std::vector<std::string> partitioned_by{};
};

/// A sink's claim on a view.
struct SinkText {
  std::string name;
  std::string from;
  connector::OutputMode mode = connector::OutputMode::kAppend;
  bool deletes = false;  ///< it must know of rows that leave the result (ViewPlan::before)
  std::vector<std::string> key{};  ///< by which it finds its rows again; empty: not known
};

struct PlanRequest {
  std::vector<SourceText> sources;
  std::vector<ViewText> views;
  std::vector<SinkText> sinks;
  std::vector<std::string> tables{};  ///< names of relations whose rows do not come in batches
  /// SELECTs over all of these that nobody writes anywhere: they are looked at, and any SELECT will
  /// do. Their names are for messages alone, in words: "chart 'power'".
  std::vector<ViewText> queries{};
  /// The run has only a part of the sources' rows (sql/plan/shard_keys.h): a view whose state is
  /// over rows of several shards is refused.
  bool is_shard = false;
};

/// A query over what the pipeline has at the end of a batch: of sources and views on streams the
/// batch's rows, of the others the whole result.
struct QueryPlan {
  std::string name;
  std::string select;
  std::vector<std::string> inputs;  ///< sources, tables and views that it reads, each once
  data::Schema schema;
  bool is_of_batch = false;  ///< some of what it reads is the batch's rows alone
};

struct Plan {
  std::vector<ViewPlan> views;                  ///< inputs before their users
  std::vector<QueryPlan> queries;               ///< as the request has them
  std::map<std::string, data::Schema> sources;  ///< their columns
  std::map<std::string, data::Schema> tables;   ///< their columns
  std::set<std::string> streams;  ///< sources and views whose rows come batch by batch
  /// For every source, the columns that a query or some view that reaches a sink or a query may
  /// read (all when in doubt): what needs decoding when a source is materialised.
  std::map<std::string, std::set<std::string>> source_columns;
  /// For every source and view with a watermark: SELECT of the number of the batch's rows there,
  /// and of their latest event time, BIGINT microseconds (NULL: none has one).
  std::map<std::string, std::string> latest_event_time;
  /// Of a shard, by source and view: for each column that the rows are partitioned by, those of its
  /// own that have it. A relation whose rows of one key may be in several shards is not in it.
  std::map<std::string, std::vector<std::set<std::string>>> shard_keys{};
  /// Of a shard: views over tables alone, which each shard has in full.
  std::set<std::string> same_in_all_shards{};

  const ViewPlan* find(std::string_view name) const;
};

/// Sorts each view into a kind and makes its SQL; a view that one SELECT cannot keep up (several
/// joins, an aggregate of a join ...) becomes several. The planner adds a temp view for each
/// stateless view so that later ones bind.
/// REQUIRES: in `session` the sources and tables are defined (sql::Scan, sql::ParquetView), and no
/// view of these names.
///
/// kUser errors say which construct is not possible, where in the SQL (file:line:column where it is
/// known) and what to write instead. User SQL may read only declared sources, tables and views and
/// a short list of table functions (unnest, range, generate_series); statements other than SELECT,
/// the engine's own schema, functions that read files, cycles and all that has no incremental form
/// (ORDER BY or LIMIT over a stream, outer joins without bounds ...) are refused by name.
Result<Plan> make_plan(Session& session, const PlanRequest& request);

}  // namespace sluice::sql
