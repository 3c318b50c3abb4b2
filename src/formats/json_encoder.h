#pragma once

#include <memory>

#include "formats/encoder.h"
#include "formats/json_writer.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// Rows as JSON objects, in the way of `form`. `zone`: of TIMESTAMPTZ. kUser for a column that has
/// no JSON (has_json).
Result<std::unique_ptr<Encoder>> make_json_encoder(const data::Schema& schema, JsonForm form,
                                                   const TimeZone& zone);

}  // namespace sluice::formats
