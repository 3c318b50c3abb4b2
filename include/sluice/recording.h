#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sluice/pipeline.h"

namespace sluice {

struct RecordRequest {
  std::string output;             ///< NAME.test.yaml; "": x.test.yaml beside the pipeline's x.yaml
  std::string name;               ///< of the test; "": recorded_ and the day
  int batches_max = 3;            ///< with records in them
  std::int64_t records_max = 20;  ///< of a source in a batch
  std::chrono::microseconds timeout{10'000'000};
  std::vector<std::string> sinks;   ///< that the test speaks of; empty: all
  std::vector<std::string> masked;  ///< columns whose values are put in the place of others
  bool from_end = false;            ///< only what comes from now on, whatever `start` says
  bool append = false;              ///< the file may be there: the test is added to it
};

struct RecordedSource {
  std::string name;
  std::int64_t records = 0;       ///< in the test
  std::int64_t dead_letters = 0;  ///< of them, those that do not decode
};

struct Recording {
  std::string path;
  std::string test;
  std::int64_t batches = 0;
  std::vector<RecordedSource> sources;
  std::vector<std::string> notes;  ///< what was cut or left out, for people
};

/// Writes a unit test of the pipeline (docs/reference/tests.md) of what its sources give now, batch
/// by batch, and of what the engine makes of it. The sources are read as by preview(): nothing is
/// committed, published or removed, and no checkpoint is looked at. What the test expects is what
/// it was seen to give, run twice as `sluice test` runs it; the file is written last, or not at
/// all. Blocks at most `timeout` for the records and some time for those runs. Errors: kUser (a
/// file that is there, a source that cannot be recorded, nothing came ...), kTransient (a source
/// does not answer), kCancelled (`stop`).
Result<Recording> record_test(const Pipeline& pipeline, const RecordRequest& request,
                              std::stop_token stop);

}  // namespace sluice
