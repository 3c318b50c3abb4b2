#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lake/column_fit.h"
#include "sluice_version.h"

namespace sluice::connectors {

/// How this program is named in the logs of tables that its sinks write.
inline constexpr std::string_view kDeltaEngine = "sluice/" SLUICE_VERSION;

struct DeltaSinkOptions {
  std::string path;  ///< without a slash at its end
  std::vector<std::string> partition_by;
  std::string compression;
  std::uint64_t rows_per_file = 0;                ///< 0: no limit
  std::uint64_t row_group_rows = 0;               ///< 0: DuckDB's
  std::map<std::string, std::string> properties;  ///< of a table that the sink makes
  lake::OnNewField on_new_field = lake::OnNewField::kFail;
  bool widen = false;         ///< the table's columns where rows need wider ones
  std::string replace_where;  ///< SQL; complete mode replaces these rows only
  bool compact = true;        ///< put the own small files together
};

}  // namespace sluice::connectors
