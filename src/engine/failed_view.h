#pragma once

#include <set>
#include <string>

#include "base/error.h"
#include "sql/database.h"
#include "sql/plan.h"

namespace sluice::engine {

/// What a batch's failure is to say when the SQL of a view could not compute a row (a cast, an
/// overflow, error()): which view, and the values of the first such row of the source that it
/// reads. Runs the views again, one after the other, and then halves of the source's rows: for
/// failures that end the pipeline, after the rollback. It leaves the temp views of `sources`
/// redefined, so that no further batch can run. Other errors stay as they are.
Error name_failed_view(sql::Session& session, const sql::Plan& plan,
                       const std::set<std::string>& sources, Error error);

}  // namespace sluice::engine
