#include "sql/view/state_storage.h"

#include <cstdlib>
#include <string>
#include <string_view>

#include "data/type.h"
#include "sql/view/state_schema.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

/// `type` as DuckDB prints it.
bool is_wide(const std::string& type) {
  constexpr std::string_view kDecimal = "DECIMAL(";
  if (type.starts_with(kDecimal)) return std::atoi(type.c_str() + kDecimal.size()) > 18;
  return type == "HUGEINT" || type == "UHUGEINT" || type == "UUID";
}

/// Defines an empty table again.
Status store_wide_columns_flat(Session& session, const std::string& table) {
  SLUICE_ASSIGN(const Rows rows,
                session.query("SELECT column_name, column_type FROM (DESCRIBE " + table + ")"));
  std::string columns;
  bool has_wide = false;
  for (const auto& row : rows.values) {
    const std::string type = row[1].value_or("");
    columns += (columns.empty() ? "" : ", ") + quote_identifier(row[0].value_or("")) + " " + type;
    if (!is_wide(type)) continue;
    columns += " USING COMPRESSION uncompressed";
    has_wide = true;
  }
  if (!has_wide) return {};
  return session.execute("CREATE OR REPLACE TABLE " + table + " (" + columns + ")");
}

}  // namespace

Status create_state(Session& session, const ViewPlan& view) {
  SLUICE_TRY(session.execute(view.create_state));
  SLUICE_ASSIGN(const std::string schema, state_schema(session));
  for (const std::string& name : view.state_tables) {
    const std::string table = schema + quote_identifier(name);
    SLUICE_ASSIGN(const auto row, session.value("SELECT 1 FROM " + table + " LIMIT 1"));
    if (!row) SLUICE_TRY(store_wide_columns_flat(session, table));
  }
  return {};
}

Status create_state_table(Session& session, const std::string& table, const std::string& select) {
  SLUICE_TRY(session.execute("CREATE OR REPLACE TABLE " + table + " AS SELECT * FROM (" + select +
                             ") LIMIT 0"));
  return store_wide_columns_flat(session, table);
}

}  // namespace sluice::sql
