#pragma once

#include <string>

#include "data/type.h"
#include "engine/pipeline.h"
#include "sluice/base/result.h"
#include "sql/duckdb/database.h"
#include "sql/view/view_plan.h"

namespace sluice::engine {

/// Whether a batch may have rows for the sink that delete their keys: its rows then have the last
/// column connector::kDeletesColumn. `view`: what the sink reads; null: a source.
bool may_delete(const SinkPart& sink, const sql::ViewPlan* view);

/// SELECT of the rows of a sink of mode upsert: the rows that changed, each with whether
/// `delete_when` is true for it, and those rows of the result before whose key no changed row
/// has. `rows`: SELECT of the rows that changed.
std::string upsert_select(const std::string& rows, const SinkPart& sink, const sql::ViewPlan* view);
/// SELECT of what makes a target the whole result, which `whole` selects. `before`: a table of the
/// rows that the result had when the target was last written, with its columns; "": none has left.
std::string whole_select(const std::string& whole, const SinkPart& sink, const sql::ViewPlan* view,
                         const std::string& before);

/// kUser unless the sink's key, order_by and leave_out fit rows with `schema`.
Status check_upsert(const SinkPart& sink, const data::Schema& schema);

/// kUser, with its place in the file, unless the sink's delete_when does.
Status check_delete_when(sql::Session& session, const SinkPart& sink, const data::Schema& schema);

/// `schema` without what the sink is to leave out.
data::Schema written_schema(const SinkPart& sink, const data::Schema& schema);

}  // namespace sluice::engine
