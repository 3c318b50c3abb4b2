#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sluice/base/result.h"

namespace sluice::lake {

/// The file that a deletion vector lies in, by its descriptor (PROTOCOL.md, "Deletion Vector
/// Descriptor Schema"): relative to the table, or absolute as it is there; null: it lies in the
/// log itself. kCorruption: no descriptor.
Result<std::optional<std::string>> vector_path(std::string_view descriptor);

}  // namespace sluice::lake
