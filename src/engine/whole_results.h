#pragma once

#include <map>
#include <string>

#include "data/type.h"
#include "engine/pipeline.h"
#include "sql/plan/plan.h"

namespace sluice::engine {

/// Sinks that get the whole result, since views were made again (rebuild.h), and whether
/// state::before_table() has what their target has.
using WholeResults = std::map<std::string, bool>;

/// Of what the checkpoint has noted, the sinks that are in the pipeline. Warns of those that are
/// not: they get it once they are back; and of those that cannot take it: they never will.
WholeResults whole_results_due(const Pipeline& pipeline, const sql::Plan& plan,
                               const WholeResults& noted);
/// Whether it is among `due`, and can take the whole result.
bool takes_whole(const SinkPart& sink, const sql::Plan& plan, const WholeResults& due);

/// Whether the rows of a view can be had whole, and not only as they change.
bool has_whole(const sql::Plan& plan, const std::string& view);

/// SELECT of them, after BatchSql::read_whole() and run(). REQUIRES: has_whole().
std::string whole_rows(const sql::Plan& plan, const std::string& view);

/// The first column of the sink's key that rows with one schema have and those with the other have
/// not, or of another type, so that keys of the one cannot be deleted by the other; "": none.
std::string key_that_differs(const SinkPart& sink, const data::Schema& was, const data::Schema& is);

}  // namespace sluice::engine
