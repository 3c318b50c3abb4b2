#pragma once

#include <cstdint>
#include <vector>

#include "lake/table.h"

namespace sluice::lake {

/// Size that files are put together to, unless the table says another one.
inline constexpr std::int64_t kTargetBytesDefault = 128LL << 20;

/// delta.targetFileSize of the table ("104857600", "128mb"), or the default.
std::int64_t target_file_bytes(const TableState& state);

/// Files in groups of about `target_bytes`, neighbours in one partition together. A file that is
/// larger has a group of its own.
std::vector<std::vector<DataFile>> file_bins(std::vector<DataFile> files,
                                             std::int64_t target_bytes);

}  // namespace sluice::lake
