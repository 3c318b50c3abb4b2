#pragma once

#include <cstdint>
#include <string>

namespace sluice {

/// "1,234,567"; "-12".
std::string count_text(std::int64_t count);
/// "812 B", "1.2 MB", "3.40 GB": powers of 1000.
std::string bytes_text(std::int64_t bytes);
/// "8 ms", "1.24 s", "2 min 05 s", "3 h 12 min".
std::string duration_text(std::int64_t micros);
/// As a pipeline file takes it, in parts that are not 0: "7m", "1m30s", "250ms".
std::string duration_option_text(std::int64_t micros);
/// "99.9 %", "100 %": one decimal where it is not 0.
std::string percent_text(double percent);
/// "125,000 rows/s"; "-" when no time has passed.
std::string rate_text(std::int64_t rows, std::int64_t micros);
/// "1 batch", "2 batches".
std::string counted(std::int64_t count, const std::string& one, const std::string& many);

}  // namespace sluice
