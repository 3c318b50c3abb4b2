#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/config_value.h"

namespace sluice::app {

/// Puts others in the place of the values of some columns: of the same shape (letters for letters,
/// digits for digits), the same one for the same value wherever it is, so that joins and groups
/// stay what they were. Which one is by chance, new with each object: nobody can try out names.
class Mask {
 public:
  /// `columns`: also the names of fields of STRUCTs; in any case. `salt`: the chance.
  Mask(const std::vector<std::string>& columns, std::uint64_t salt);

  bool is_empty() const { return columns_.empty(); }
  bool has(const std::string& column) const;
  /// A row with other values in those columns, at any depth.
  ConfigValue row(const ConfigValue& row);
  /// A text, whatever it is: dates and UUIDs stay such.
  std::string text(const std::string& text);
  /// All letters and digits of a record that nobody can take apart.
  std::string scrambled(const std::string& bytes);
  /// Another scalar is one of those that were masked: the key of a record, for one.
  ConfigValue known(const ConfigValue& value) const;
  /// Columns that no row had.
  std::vector<std::string> unused() const;

 private:
  ConfigValue masked(const ConfigValue& value);
  ConfigValue walk(const ConfigValue& value, bool inside);
  std::string number(const std::string& digits);
  std::string once(const std::string& text);

  std::map<std::string, std::string> columns_;  // lower case -> as it was given
  std::set<std::string> used_;                  // of them
  const std::uint64_t salt_;
  std::map<std::string, std::string> made_;  // by what it was
  std::set<std::string> taken_;              // what was made
};

}  // namespace sluice::app
