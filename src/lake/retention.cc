#include "lake/retention.h"

#include <charconv>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "base/ascii_text.h"

namespace sluice::lake {
namespace {

using std::chrono::microseconds;

/// Months and years have no length; Spark refuses them here, too.
std::optional<microseconds> unit_length(std::string unit) {
  if (unit.size() > 1 && unit.ends_with('s')) unit.pop_back();
  using namespace std::chrono_literals;
  const std::pair<const char*, microseconds> units[] = {
      {"week", 24h * 7}, {"day", 24h},         {"hour", 1h},        {"minute", 1min},
      {"second", 1s},    {"millisecond", 1ms}, {"microsecond", 1us}};
  for (const auto& [name, length] : units) {
    if (unit == name) return length;
  }
  return std::nullopt;
}

std::optional<microseconds> read_interval(std::string_view text) {
  std::istringstream words(lower_case(text));
  microseconds sum{0};
  bool found = false;
  for (std::string word; words >> word;) {
    if (word == "interval" && !found) continue;
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
    std::string unit;
    if (error != std::errc() || end != word.data() + word.size() || count < 0 || !(words >> unit)) {
      return std::nullopt;
    }
    const auto length = unit_length(std::move(unit));
    if (!length || count > microseconds::max() / *length / 2) return std::nullopt;
    sum += *length * count;
    found = true;
  }
  return found ? std::optional(sum) : std::nullopt;
}

}  // namespace

Result<microseconds> retention(const TableState& state, const std::string& property,
                               microseconds default_time) {
  const auto found = state.configuration.find(property);
  if (found == state.configuration.end()) return default_time;
  const auto time = read_interval(found->second);
  if (time) return *time;
  return user_error("the table property " + property + "=" + found->second +
                    " is not an interval; write it as: interval 7 days");
}

}  // namespace sluice::lake
