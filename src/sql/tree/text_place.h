#pragma once

#include <cstdint>
#include <string_view>

#include "base/config_value.h"

namespace sluice::sql {

/// The place of the byte `offset` of a text that begins at `start`. Columns count characters.
Location locate(const Location& start, std::string_view text, std::uint64_t offset);

}  // namespace sluice::sql
