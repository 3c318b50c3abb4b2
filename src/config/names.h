#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/config_value.h"
#include "sluice/base/result.h"

namespace sluice::config {

/// Of each name that a pipeline file gives.
inline constexpr std::size_t kNameBytesMax = 100;

/// Letters, digits and '_', not a digit first.
bool is_identifier(std::string_view text);

/// The names that a pipeline file has given so far. SQL ignores case, so they must differ by more.
/// Errors: kUser, with the place of the name.
class Names {
 public:
  /// Takes the name of a source or view (`what` says which); they share one space of names.
  Status claim_table(const ConfigValue::Entry& entry, std::string_view what);
  /// Takes the name of a sink, which may be that of a view.
  Status claim_sink(const ConfigValue::Entry& entry);
  /// Takes the name of a chart, which may be that of anything else.
  Status claim_chart(const ConfigValue::Entry& entry);
  /// Takes the name of a function, which may be that of anything else.
  Status claim_function(const ConfigValue::Entry& entry);
  bool has_table(std::string_view name) const;
  /// The source or view that the text `value` names, in the spelling of its declaration.
  Result<std::string> find_table(const ConfigValue& value) const;

 private:
  using Taken = std::vector<std::pair<std::string, Location>>;

  static Status claim(const ConfigValue::Entry& entry, std::string_view what, Taken& taken);

  Taken tables_;
  Taken sinks_;
  Taken charts_;
  Taken functions_;
};

}  // namespace sluice::config
