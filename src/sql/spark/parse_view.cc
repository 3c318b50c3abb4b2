#include "sql/spark/parse_view.h"

#include <string>
#include <utility>

#include "sql/spark/spark_aggregates.h"
#include "sql/spark/spark_calls.h"
#include "sql/spark/window_calls.h"
#include "sql/udf/macros.h"

namespace sluice::sql {

Result<ViewSql> parse_view(Session& session, const ViewText& view) {
  SLUICE_ASSIGN(ViewSql parsed, ViewSql::parse(session, view));
  Json query = parsed.query();
  SLUICE_ASSIGN(const bool called, expand_macros(session, parsed, query));
  SLUICE_ASSIGN(const bool expanded, expand_windows(session, parsed, query));
  SLUICE_ASSIGN(const bool replaced, replace_aggregates(session, query));
  SLUICE_ASSIGN(const bool translated, replace_spark_calls(session, parsed, query));
  if (!called && !expanded && !replaced && !translated) return parsed;
  SLUICE_ASSIGN(std::string statement, query_text(session, query));
  parsed.rewrite(std::move(query), std::move(statement));
  return parsed;
}

}  // namespace sluice::sql
