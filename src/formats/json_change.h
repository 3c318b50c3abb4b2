#pragma once

#include <string_view>

#include "formats/change_batch.h"

namespace sluice::formats {

/// Which state of a row a change stands for. kRow: the one after it or, of a delete, the one
/// before.
enum class RowImage : unsigned char { kRow, kAfter, kBefore };

/// Takes apart an envelope of Debezium in JSON, with or without the schema around it. What is no
/// such envelope, or has no row (a truncate), is a broken row (Payload::broken). The whole text is
/// checked.
Change read_json_change(std::string_view message, RowImage image);

}  // namespace sluice::formats
