#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/config_value.h"
#include "data/type.h"

namespace sluice::sql {

/// A function that the pipeline file declares: an SQL expression, or a function of a Python file or
/// a shared library.
struct UserFunction {
  enum class Language : unsigned char { kSql, kPython, kLibrary };

  struct Argument {
    std::string name;
    std::optional<data::Type> type;  ///< what is given is cast to it; null: it stays as it is
  };

  std::string name;
  Location location;
  Language language = Language::kSql;
  std::vector<Argument> arguments;
  std::optional<data::Type> returns;
  std::string sql;  ///< an expression over the arguments, laid out as ViewText::sql; kSql only
  Location sql_location;
  std::string file;   ///< of the others
  std::string calls;  ///< the function's name in that file
};

/// What a function that is not SQL's can take and give: these types only.
bool is_arrow_type(const data::Type& type);
/// What one of a library or of the program can give: these, and lists and structs of them.
bool is_given_type(const data::Type& type);
/// Their names, for messages.
inline constexpr const char* kArrowTypes =
    "BOOLEAN, the integers up to 64 bits, REAL, DOUBLE, DECIMAL, VARCHAR, BLOB, DATE, TIME, "
    "TIMESTAMP and TIMESTAMPTZ";

}  // namespace sluice::sql
