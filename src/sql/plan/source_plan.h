#pragma once

#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/plan/plan_draft.h"
#include "sql/tree/view_reads.h"

namespace sluice::sql {

/// Adds a source to the plan: its columns, and the SQL of its event time. kUser, with the place of
/// the watermark, when that is no column and no expression of type TIMESTAMP or TIMESTAMPTZ.
Status plan_source(PlanDraft& draft, const SourceText& source);

/// Notes in Plan::source_columns what is read of those `inputs` that are sources.
void note_columns(PlanDraft& draft, const std::vector<std::string>& inputs, const ViewReads& reads);

}  // namespace sluice::sql
