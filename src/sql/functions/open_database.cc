#include "sql/functions/open_database.h"

#include "sql/duckdb/duckdb_session.h"
#include "sql/functions/blob_functions.h"
#include "sql/functions/decimal_function.h"
#include "sql/functions/json_functions.h"
#include "sql/functions/text_casts.h"
#include "sql/functions/text_functions.h"
#include "sql/functions/time_functions.h"
#include "sql/functions/variant_functions.h"

namespace sluice::sql {

Result<std::unique_ptr<Database>> open_database(const std::string& path,
                                                const DatabaseOptions& options) {
  SLUICE_ASSIGN(std::unique_ptr<Database> database, Database::open_bare(path, options));
  SLUICE_ASSIGN(const std::unique_ptr<Session> connected, database->connect());
  DuckdbSession& session = DuckdbSession::of(*connected);
  SLUICE_TRY(register_time_functions(session));
  SLUICE_TRY(register_text_functions(session));
  SLUICE_TRY(register_text_casts(session));
  SLUICE_TRY(register_blob_functions(session));
  SLUICE_TRY(register_json_functions(session));
  SLUICE_TRY(register_decimal_function(session));
  SLUICE_TRY(register_variant_functions(session));
  return database;
}

}  // namespace sluice::sql
