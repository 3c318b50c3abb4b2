#include "sql/plan/plan_draft.h"

#include "data/type.h"

namespace sluice::sql {

Status PlanDraft::define(const std::string& name, const std::string& select) {
  return session.execute("CREATE OR REPLACE TEMP VIEW " + data::quote_identifier(name) + " AS " +
                         select);
}

}  // namespace sluice::sql
