#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "base/result.h"
#include "data/decoder.h"

namespace sluice::formats {

/// A format by its key in a pipeline file (`format: {json: {...}}`): options and factory. Every
/// format has the options `schema` (columns and types) and `on_error` (dead_letter, null, fail);
/// with `null` the decoder writes NULL for a field that does not fit and rejects only records that
/// are broken as a whole; telling dead_letter from fail is the engine's.
struct FormatKind {
  std::string name;
  std::string text;  ///< one sentence for the reference page
  std::vector<OptionSpec> options;
  /// kUser errors carry the place of the option.
  std::function<Result<std::unique_ptr<data::Decoder>>(const Options&)> make;
};

/// All formats, in order of name.
const std::vector<FormatKind>& all_formats();
const FormatKind* find_format(std::string_view name);

}  // namespace sluice::formats
