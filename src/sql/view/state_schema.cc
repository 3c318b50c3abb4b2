#include "sql/view/state_schema.h"

#include "data/type.h"

namespace sluice::sql {

Result<std::string> state_schema(Session& session) {
  SLUICE_ASSIGN(const auto catalog, session.value("SELECT current_database()"));
  return data::quote_identifier(catalog.value_or("memory")) + ".state.";
}

}  // namespace sluice::sql
