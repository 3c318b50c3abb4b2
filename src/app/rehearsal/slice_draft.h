#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/rehearsal/live_slice.h"
#include "app/rehearsal/mask.h"
#include "app/rehearsal/needed_rows.h"
#include "app/rehearsal/recording_text.h"
#include "base/clock.h"
#include "config/pipeline_file.h"
#include "sluice/base/result.h"
#include "sluice/recording.h"

namespace sluice::app {

/// What a pipeline's sources gave, as the rows of a test.
struct SliceDraft {
  TestDraft test;  ///< without a name, variables and tables
  RowsOfTables tables;
  std::set<std::string> values;                ///< of the sources' rows
  std::map<std::string, std::string> columns;  ///< FileHead::columns
  std::vector<RecordedSource> sources;
  std::vector<std::string> notes;
  bool is_whole = true;  ///< the test is given all that the live run was given
};

/// "2024-05-01 12:30:00.250", in UTC.
std::string clock_text(Micros micros);

/// That the sources and tables can be recorded, asked before any of them is read. kUser, with the
/// place.
Status check_recordable(const config::PipelineFile& file);

/// `mask` outlives the call. kUser: a source that no test decodes.
Result<SliceDraft> draft_slice(const config::PipelineFile& file, const RecordRequest& request,
                               LiveSlice& slice, Mask& mask);

}  // namespace sluice::app
