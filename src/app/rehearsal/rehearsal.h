#pragma once

#include <memory>
#include <string>

#include "app/composition/runnable.h"
#include "app/rehearsal/rows_sink.h"
#include "config/pipeline_file.h"
#include "connector/sink.h"

namespace sluice::app {

/// The file's pipeline for a run that leaves nothing: its sources, tables and views; no sinks,
/// charts, alerts, backups, and dead letters that go nowhere. The checkpoint is the folder
/// `checkpoint`, or one that is gone with the pipeline (""). kUser errors carry the place in the
/// file.
Result<std::unique_ptr<Runnable>> make_rehearsal(const config::PipelineFile& file,
                                                 const std::string& checkpoint = "");

/// A sink of a rehearsal.
engine::SinkPart rows_part(const std::string& name, const std::string& from,
                           connector::OutputMode mode, RowsSink::Take take);

/// Takes rows and forgets them.
RowsSink::Take no_rows();

}  // namespace sluice::app
