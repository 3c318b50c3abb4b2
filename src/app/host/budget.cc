#include "app/host/budget.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "sql/duckdb/database.h"

namespace sluice::app {
namespace {

/// As `memory_limit` of a file has at least.
constexpr std::int64_t kMemoryLeast = 64LL << 20;

constexpr std::array<std::pair<std::string_view, int>, 6> kUnits = {
    {{" bytes", 0}, {" KiB", 10}, {" MiB", 20}, {" GiB", 30}, {" TiB", 40}, {" PiB", 50}}};

std::int64_t memory_asked(const std::vector<Limits>& asked) {
  std::int64_t sum = 0;
  for (const Limits& limits : asked) sum += limits.memory_bytes;
  return sum;
}

std::string mebibytes(std::int64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace

Result<std::int64_t> parse_memory_text(const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, number);
  const auto unit =
      std::ranges::find(kUnits, std::string_view(rest, static_cast<std::size_t>(end - rest)),
                        &std::pair<std::string_view, int>::first);
  if (problem != std::errc() || unit == kUnits.end()) {
    return internal_error("DuckDB's memory limit is not understood: " + text);
  }
  return static_cast<std::int64_t>(number * static_cast<double>(1LL << unit->second));
}

Result<Limits> machine_limits() {
  SLUICE_ASSIGN(const auto database, sql::Database::open_bare("", {}));
  SLUICE_ASSIGN(const auto session, database->connect());
  SLUICE_ASSIGN(const auto memory, session->value("SELECT current_setting('memory_limit')"));
  SLUICE_ASSIGN(const auto threads, session->value("SELECT current_setting('threads')"));
  Limits all;
  SLUICE_ASSIGN(all.memory_bytes, parse_memory_text(memory.value_or("")));
  all.threads = std::stoi(threads.value_or("1"));
  return all;
}

std::vector<Limits> divide(const Limits& all, const std::vector<Limits>& asked) {
  if (asked.size() < 2) return asked;
  const auto without_memory = std::ranges::count(asked, 0, &Limits::memory_bytes);
  const auto without_threads = std::ranges::count(asked, 0, &Limits::threads);
  int threads = all.threads;
  for (const Limits& limits : asked) threads -= limits.threads;
  std::vector<Limits> parts = asked;
  for (Limits& part : parts) {
    if (part.memory_bytes == 0) {
      part.memory_bytes =
          std::max(kMemoryLeast, (all.memory_bytes - memory_asked(asked)) / without_memory);
    }
    if (part.threads == 0) {
      // Rounded up: a core that nobody uses is worse than one that two want.
      const auto sharers = static_cast<int>(without_threads);
      part.threads = std::max(1, (threads + sharers - 1) / sharers);
    }
  }
  return parts;
}

std::string overcommitment(const Limits& all, const std::vector<Limits>& asked) {
  const std::int64_t sum = memory_asked(asked);
  if (asked.size() < 2 || sum <= all.memory_bytes) return "";
  return "the pipelines' engine: {memory_limit: ...} are " + mebibytes(sum) +
         " together, and 80 % of the machine's memory is " + mebibytes(all.memory_bytes) +
         "; the system may kill the process: give them less";
}

}  // namespace sluice::app
