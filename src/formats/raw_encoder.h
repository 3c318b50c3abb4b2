#pragma once

#include <memory>
#include <vector>

#include "base/options.h"
#include "data/type.h"
#include "formats/encoder.h"
#include "formats/registry.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// The bytes of one column (VARCHAR, BLOB, JSON) as they are; a NULL is a record without a value.
/// kUser: there is no such column, or it is of another type.
Result<std::unique_ptr<Encoder>> make_raw_encoder(const data::Schema& schema,
                                                  const std::string& column);

/// The format `raw`, which has no decoder: a source without a format is raw.
FormatKind raw_format();

}  // namespace sluice::formats
