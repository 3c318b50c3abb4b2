#pragma once

#include <string>

#include "base/config_value.h"
#include "config/source_text.h"
#include "sluice/base/result.h"

namespace sluice::config {

/// SQL of a pipeline file, with lines and columns as in the file (SourceText::with_layout).
struct SqlEntry {
  std::string sql;
  Location location;  ///< of its first character
};

/// The text `value`. kUser: a secret is in it.
Result<SqlEntry> read_sql(const ConfigValue& value, const SourceText& source);
/// SELECT * of `name`, which the text `value` names, placed so that its name is where it is in the
/// file.
SqlEntry select_all(const std::string& name, const ConfigValue& value, const SourceText& source);

}  // namespace sluice::config
