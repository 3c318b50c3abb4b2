#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "sluice/base/result.h"
#include "sluice/transfer.h"

namespace sluice {

// What a source looks like, as a pipeline file to begin with. Any thread may call.

struct InferRequest {
  SourceChoice from;              ///< its schema is not looked at
  std::int64_t records = 10'000;  ///< the most that are looked at
  std::string to;                 ///< an address that the pipeline writes to; "": the console
};

struct InferredSource {
  std::string pipeline;  ///< the text of a pipeline file (Pipeline::parse), reasons as comments
  std::string schema;    ///< of it the schema alone: YAML, a column a line
  std::string json;      ///< the same for programs: docs/guide/infer.md
};

/// Reads records, and changes nothing. Records that do not decode are no error: they are counted.
/// Errors: kUser (nothing is there; E_NOTHING_TO_INFER: nothing is in it), kTransient (nobody
/// answers), kCancelled (`stop`).
Result<InferredSource> infer_source(const InferRequest& request, std::stop_token stop);

}  // namespace sluice
