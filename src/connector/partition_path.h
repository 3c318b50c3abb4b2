#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sluice/base/result.h"

namespace sluice::connector {

/// A partition folder's name by Spark's rules (ExternalCatalogUtils.escapePathName): `key=value`;
/// control characters and `"#%'*/:=?\^[]{` as %XX, everything else as it is, letters beyond ASCII,
/// too. NULL and the empty text are __HIVE_DEFAULT_PARTITION__, which every reader takes for NULL.
/// kUser for what no folder can be called or no reader can read back: a NUL, or a name of more than
/// 255 bytes.
Result<std::string> partition_folder(std::string_view key, const std::optional<std::string>& value);

}  // namespace sluice::connector
