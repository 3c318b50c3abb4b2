#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/config_value.h"
#include "sluice/base/result.h"

namespace sluice::config {

/// What a file may hold at most; beyond is an error, before any memory is spent on it.
inline constexpr std::size_t kYamlBytesMax = std::size_t{1} << 20;
inline constexpr std::size_t kYamlDepthMax = 32;
inline constexpr std::size_t kYamlValuesMax = 100'000;

/// Reads one YAML document into a tree of located values. Refused, with line and column: anchors,
/// aliases and tags (nothing is ever expanded), duplicate keys, keys that are not plain text, a
/// second document, tabs as indentation, bytes that are not UTF-8. An empty file is a null value.
/// The place of a block scalar (| or >) is that of its first line of text. Errors: kUser.
Result<ConfigValue> parse_yaml(std::string_view text, const std::string& file);

}  // namespace sluice::config
