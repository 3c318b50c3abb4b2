#pragma once

#include <set>
#include <string>

#include "sluice/base/result.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// What a view's SQL does with the streams it reads.
enum class StreamUse : unsigned char {
  kNone,       ///< reads no stream: the same rows at any time
  kRowByRow,   ///< each record gives its rows, whatever other records there are
  kDistinct,   ///< row by row, and of rows that are the same only the first one
  kJoin,       ///< the outermost SELECT is row by row over a join of two streams
  kAggregate,  ///< the outermost SELECT groups or aggregates the rows of one stream
};

/// Whether a SELECT groups its rows or has aggregates.
bool has_aggregates(const Json& select);
/// SELECT DISTINCT or, with `on`, SELECT DISTINCT ON.
bool has_distinct(const Json& select, bool on = false);

/// Sorts a view's SQL, and refuses by name what has no incremental form: joins of streams anywhere
/// but in the FROM of the outermost SELECT (view_parts.h takes others out before), ORDER BY, LIMIT,
/// window functions, set operations other than UNION, samples, subqueries over a stream in
/// expressions, aggregates and DISTINCT anywhere but in the outermost SELECT. Whatever reads no
/// stream (a subquery over unnest, say) may do anything.
///
/// `streams`: names, lower case, whose rows come batch by batch.
Result<StreamUse> check_streams(const ViewSql& view, const std::set<std::string>& streams);

/// What the map form of a view asks for (`deduplicate`) must fit what its SQL does.
Status check_deduplicate(const ViewSql& view, StreamUse use);

}  // namespace sluice::sql
