#pragma once

#include <string>
#include <string_view>

#include "sluice/base/result.h"
#include "sql/plan/plan_draft.h"
#include "sql/plan/view_order.h"
#include "sql/tree/view_reads.h"

namespace sluice::sql {

/// What a watermark is declared of: a relation of the draft, with its columns.
struct EventTimeOf {
  std::string_view kind;  ///< "source" or "view", for messages
  std::string name;
  const data::Schema& schema;
  std::string event_time;  ///< a column, or SQL over the columns
  Location location;       ///< for messages
};

/// Adds the event time to the plan: how the latest one of a batch is found, and what of the
/// relation carries the watermark. What the expression reads comes back. kUser, with the place of
/// the watermark, when it is no column and no expression of type TIMESTAMP or TIMESTAMPTZ.
Result<ViewReads> plan_event_time(PlanDraft& draft, const EventTimeOf& of);

/// The same for a view that has a watermark of its own and is planned as `plan`. kUser where its
/// rows are not those of a stream, or where something that it reads has a watermark already.
Status plan_event_time_of_view(PlanDraft& draft, const ViewNode& node, const ViewPlan& plan);

}  // namespace sluice::sql
