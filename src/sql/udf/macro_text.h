#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sql {

/// A function of SQL as the pipeline file has it.
struct MacroText {
  struct Argument {
    std::string name;  ///< lower case
    std::string type;  ///< "": none
  };
  std::vector<Argument> arguments;
  std::string body;
  std::string returns;  ///< a type; "": none
};

/// By name, lower case.
using MacroTexts = std::map<std::string, MacroText>;

/// `sql` with the functions' bodies in the place of their calls, all else as it is written: what a
/// reader or another engine is shown. Calls with another number of arguments are left alone.
std::string with_macro_texts(std::string_view sql, const MacroTexts& macros);

}  // namespace sluice::sql
