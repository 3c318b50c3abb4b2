#pragma once

#include <string>

#include "base/result.h"
#include "connector/address.h"
#include "connector/registry.h"

namespace sluice::app {

/// What the first file of a path looks like.
struct InferredColumns {
  connector::AddressOptions options;  ///< `schema`, and of CSV how the text is written
  std::string file;                   ///< that was looked at
  std::string columns;                ///< "id BIGINT, name VARCHAR"
};

/// The columns of text files that name no types themselves, as `sluice sql` sees them. `format`:
/// csv or json (objects, one a line). A file of up to 256 MiB is read to its end, of a larger one
/// the first rows are. kUser: no file, or one that is neither.
Result<InferredColumns> infer_columns(const std::string& format, const std::string& path,
                                      const connector::Context& context);

}  // namespace sluice::app
