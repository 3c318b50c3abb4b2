#pragma once

#include <cstdint>
#include <string>

#include "connector/address.h"
#include "connector/registry.h"
#include "data/type.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// What the first file of a path looks like.
struct InferredColumns {
  data::Schema schema;
  connector::AddressOptions options;  ///< of CSV, how the text is written
  std::string file;                   ///< that was looked at
};

/// Of a file, that are looked at in any case.
inline constexpr std::int64_t kWholeBytesMax = std::int64_t{256} << 20;

/// The columns of text files that name no types themselves, as `sluice sql` sees them. `format`:
/// csv or json (objects, one a line). A file of up to kWholeBytesMax is read to its end, of a
/// larger one the first rows are. Numbers of more digits than a DOUBLE keeps are texts. kUser: no
/// file, or one that is neither.
Result<InferredColumns> infer_columns(const std::string& format, const std::string& path,
                                      const connector::Context& context);

}  // namespace sluice::app
