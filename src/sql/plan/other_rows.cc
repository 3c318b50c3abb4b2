#include "sql/plan/other_rows.h"

#include <utility>

#include "data/type.h"
#include "sql/spark/parse_view.h"

namespace sluice::sql {

using data::quote_identifier;

Status read_other_rows(Session& session, Json& query,
                       const std::map<std::string, std::string>& tables) {
  ViewText shadow;
  for (const auto& [name, table] : tables) {
    shadow.sql += (shadow.sql.empty() ? "WITH " : ", ") + quote_identifier(name) +
                  " AS (SELECT * FROM " + quote_identifier(table) + ")";
  }
  shadow.sql += " SELECT 1";
  SLUICE_ASSIGN(const ViewSql shadows, parse_view(session, shadow));
  Json& own = query["cte_map"]["map"];
  Json both = shadows.query()["cte_map"]["map"];
  for (Json& entry : own) both.push_back(std::move(entry));
  own = std::move(both);
  return {};
}

}  // namespace sluice::sql
