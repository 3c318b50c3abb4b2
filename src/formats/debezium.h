#pragma once

#include "formats/registry.h"

namespace sluice::formats {

/// The format `debezium`: changes of a database's rows, in JSON or Avro; docs/reference/debezium.md
/// says exactly how.
FormatKind debezium_format();

}  // namespace sluice::formats
