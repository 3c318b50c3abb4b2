#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::formats {

/// What a file that should hold lines of UTF-8 is instead, judged by its `beginning` (a few KiB, or
/// the whole of a smaller one) and how to make it one: "is a zip archive; unpack it". Null: nothing
/// speaks against it. Files packed by gzip or zstd are not looked for.
std::optional<std::string> foreign_text(std::string_view beginning);

}  // namespace sluice::formats
