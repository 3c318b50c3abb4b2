#include "config/names.h"

#include <algorithm>
#include <cctype>

#include "base/ascii_text.h"
#include "base/list_text.h"
#include "base/nearest.h"
#include "config/keys.h"

namespace sluice::config {
namespace {

/// Names must be read by people, and those `in_sql` by SQL without quotes.
Status check_name(const ConfigValue::Entry& entry, std::string_view what, bool in_sql) {
  const ConfigValue at = ConfigValue::null(entry.key_location);
  const std::string subject = "the " + std::string(what) + " name '" + entry.key + "'";
  if (!is_identifier(entry.key) || entry.key.size() > kNameBytesMax) {
    return at.error(subject +
                    " is not an identifier; use letters, digits and '_', not starting with a "
                    "digit");
  }
  const std::string name = lower_case(entry.key);
  if (in_sql && std::ranges::find(reserved_words(), name) != reserved_words().end()) {
    return at.error(subject + " is a reserved word of SQL; choose another");
  }
  if (name.starts_with("__") || name.starts_with("sluice_")) {
    return at.error(subject +
                    " is reserved; choose one that does not start with '__' or 'sluice_'");
  }
  return {};
}

}  // namespace

bool is_identifier(std::string_view text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0) return false;
  return std::ranges::all_of(text,
                             [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

Status Names::claim(const ConfigValue::Entry& entry, std::string_view what, Taken& taken) {
  SLUICE_TRY(check_name(entry, what, /*in_sql=*/what != "sink" && what != "chart"));
  for (const auto& [name, location] : taken) {
    if (lower_case(name) != lower_case(entry.key)) continue;
    return ConfigValue::null(entry.key_location)
        .error("the " + std::string(what) + " name '" + entry.key + "' is taken by '" + name +
               "' on line " + std::to_string(location.line) + "; choose another");
  }
  taken.emplace_back(entry.key, entry.key_location);
  return {};
}

Status Names::claim_table(const ConfigValue::Entry& entry, std::string_view what) {
  return claim(entry, what, tables_);
}

Status Names::claim_sink(const ConfigValue::Entry& entry) { return claim(entry, "sink", sinks_); }

Status Names::claim_function(const ConfigValue::Entry& entry) {
  return claim(entry, "function", functions_);
}

Status Names::claim_chart(const ConfigValue::Entry& entry) {
  return claim(entry, "chart", charts_);
}

bool Names::has_table(std::string_view name) const {
  return std::ranges::any_of(
      tables_, [&](const auto& taken) { return lower_case(taken.first) == lower_case(name); });
}

Result<std::string> Names::find_table(const ConfigValue& value) const {
  std::vector<std::string> names;
  for (const auto& [name, location] : tables_) {
    if (lower_case(name) == lower_case(value.text())) return name;
    names.push_back(name);
  }
  const std::string guess = did_you_mean(value.text(), names);
  return value.error("'from' names '" + value.text() + "', which is not a source or view" +
                     (guess.empty() ? "; there are: " + joined(names) : guess));
}

}  // namespace sluice::config
