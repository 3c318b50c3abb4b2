#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::cli {

/// `text` with blanks after it, up to `width`.
std::string padded(std::string text, std::size_t width);

/// Left-aligned columns, two blanks between them; the first row is the head.
std::string text_columns(const std::vector<std::vector<std::string>>& rows);

/// "2024-05-01 12:00:00" in UTC, "-" for 0.
std::string time_text(std::int64_t milliseconds);

}  // namespace sluice::cli
