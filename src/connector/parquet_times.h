#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sluice/base/result.h"

namespace sluice::connector {

/// A row group of a Parquet file, and the times between which its rows lie by its statistics; null:
/// it has none, or no row has a time.
struct RowGroupTimes {
  std::uint64_t rows = 0;
  std::optional<Micros> earliest;
  std::optional<Micros> latest;
};

/// The row groups of the file whose FileMetaData (parquet.thrift) `metadata` is, by its top-level
/// column `column`. kUser: there is no such column, or it holds no TIMESTAMP or DATE whose
/// statistics have an order (INT96 has none). kCorruption: the metadata makes no sense.
Result<std::vector<RowGroupTimes>> read_row_group_times(std::string_view metadata,
                                                        const std::string& column);

}  // namespace sluice::connector
