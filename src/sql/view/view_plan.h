#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "connector/sink.h"
#include "data/type.h"
#include "sluice/base/result.h"

namespace sluice::sql {

/// How the name of a temp table ends that holds the rows of a table read in full.
inline constexpr std::string_view kStaticTableEnding = "__table";

enum class ViewKind : unsigned char {
  kStateless,  ///< runs on the batch alone
  kAggregate,  ///< folds the batch into state kept in the checkpoint
  kDistinct,   ///< lets the first row of each key through; the state keeps the keys
  kJoin,       ///< joins two streams, each of whose rows wait in the checkpoint for partners
  /// SQL over the whole result of an aggregate, or over tables alone. With a sink in update or
  /// upsert mode the state keeps the result, so that what is new in it is known.
  kOverResult,
};

/// One statement of what a view with state does in a batch.
struct Step {
  enum class Counts : unsigned char {
    kNothing,
    kRows,  ///< the statement's one value is the number of input rows
    /// Input rows that came too late, a row of the result for each of some lengths of time: by how
    /// many microseconds the watermark's delay was too short for them, and how many they are.
    kLate,
  };
  std::string sql;
  Counts counts = Counts::kNothing;
};

/// Of what a view's state is made (sql/view/kept_state.h).
struct StateOrigin {
  std::string sql;                 ///< of the view, as the user wrote it
  std::string deduplicate;         ///< the rule, as text; "": none
  std::vector<std::string> reads;  ///< the views and sources whose rows it takes, sorted
  std::string columns;             ///< of the state's tables: names and types
  /// What of the SQL the state depends on, as SQL of the planner's: views for which it is the same
  /// may differ in the rest.
  std::string meaning;
};

/// How one view runs incrementally. All SQL is DuckDB's, ready to run in the session; names of
/// other views and sources in it are those of temp views or tables that the engine provides.
///
/// Two variables of the session are its clock, both BIGINT microseconds: sluice_watermark, by which
/// results become final and state is given up, and sluice_late, the watermark of the batch before,
/// by which rows are too late.
struct ViewPlan {
  std::string name;
  ViewKind kind = ViewKind::kStateless;
  std::vector<std::string> inputs;  ///< sources and views that it reads, each once
  data::Schema schema;              ///< of its result

  /// Temp view that the engine defines as `name` once the state tables are there; empty: the
  /// planner's own stays.
  std::string definition;

  // With state only.
  std::vector<std::string> state_tables;  ///< in the schema `state`
  std::string create_state;               ///< CREATE TABLE IF NOT EXISTS ...
  std::vector<Step> fold;                 ///< in order, once a batch, in its transaction
  std::string complete;                   ///< SELECT: the whole result
  std::string update;                     ///< SELECT after fold: result rows of the batch's keys
  std::string append;                     ///< SELECT after fold: rows that became final
  /// SELECT after fold: rows that the result had before the batch, of its keys or those that it has
  /// no more; rows of `update` take the place of some. Empty: none can have left, or no sink asks.
  std::string before;
  std::vector<std::string> evict;  ///< after the sinks have their rows
  /// SELECT of the input rows that came too late, with all columns of FROM (of a join of streams
  /// one STRUCT a side, named as it); empty: none can be. Set whether or not the view says `late:`.
  std::string late;
  /// Results become final or state is given up when the watermark moves, data or not.
  bool waits_for_watermark = false;
  StateOrigin origin;  ///< a state of another one cannot be used

  /// Output modes that the view's result allows.
  std::set<connector::OutputMode> modes;
  /// Why another mode is not possible, and what to write: "for session windows: ...".
  std::map<connector::OutputMode, std::string> refused_modes;

  /// What `sluice check` warns of, without the view's name; "": nothing.
  std::string warning;

  bool has_state() const { return !create_state.empty(); }
  /// SELECT of the rows that a sink with this mode gets in a batch.
  std::string rows(connector::OutputMode mode) const;
};

/// How the engine calls the rows of ViewPlan::before.
std::string before_name(const std::string& view);

/// Why `mode` is not possible for the view (in Spark's terms, with what to do), or success.
Status check_mode(const ViewPlan& view, connector::OutputMode mode);

}  // namespace sluice::sql
