#pragma once

#include <string>
#include <vector>

#include "base/config_value.h"
#include "config/source_text.h"
#include "config/sql_entry.h"
#include "sluice/base/result.h"

namespace sluice::config {

/// A function of the pipeline file's own, `functions.NAME`: an SQL expression over its arguments,
/// or a function of a Python file or a shared library.
struct FunctionEntry {
  /// `type`: an SQL type as it is written; null: none given.
  struct Argument {
    std::string name;
    Location location;
    ConfigValue type;
  };

  std::string name;
  Location location;  ///< of the name
  std::vector<Argument> arguments;
  ConfigValue returns;   ///< an SQL type, or null
  std::string language;  ///< "sql", "python" or "library"
  SqlEntry sql;          ///< of an expression
  std::string file;      ///< of the others
  std::string calls;     ///< the function in that file
};

/// Reads the entry `functions.NAME`; `source` is the file that it is in.
Result<FunctionEntry> read_function(const ConfigValue::Entry& entry, const SourceText& source);

}  // namespace sluice::config
