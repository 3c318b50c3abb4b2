#include "config/sql_entry.h"

#include <algorithm>
#include <string_view>

namespace sluice::config {
namespace {

Location first_character(const ConfigValue& value, const SourceText& source) {
  Location location = value.location();
  const char first = source.at(location);
  if (value.quoted() && (first == '"' || first == '\'')) ++location.column;
  return location;
}

}  // namespace

Result<SqlEntry> read_sql(const ConfigValue& value, const SourceText& source) {
  if (value.secret()) {
    return value.error("a ${file:...} cannot be used in SQL; it would be shown in plans");
  }
  SqlEntry made{.sql = "", .location = first_character(value, source)};
  made.sql = source.with_layout(value.text(), made.location);
  return made;
}

SqlEntry select_all(const std::string& name, const ConfigValue& value, const SourceText& source) {
  constexpr std::string_view kFrom = "FROM ";
  SqlEntry made{.sql = std::string(kFrom) + name, .location = first_character(value, source)};
  made.location.column = std::max(1, made.location.column - static_cast<int>(kFrom.size()));
  return made;
}

}  // namespace sluice::config
