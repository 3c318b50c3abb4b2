#include "sql/duckdb/session_zone.h"

#include <cstdint>
#include <vector>

#include "data/type.h"
#include "sql/duckdb/database_facts.h"
#include "sql/duckdb/duckdb_session.h"

namespace sluice::sql {
namespace {

/// The offset in seconds at the UTC time `t`.
std::string offset_at(const std::string& zone, const std::string& t) {
  return "CAST(epoch(timezone(" + zone + ", timezone('UTC', " + t + "))) - epoch(" + t +
         ") AS BIGINT)";
}

/// Steps by which the time of a change is found: of each the greatest number, which is one of the
/// step before.
struct StepSize {
  const char* interval;
  int count;
};
constexpr StepSize kSteps[] = {{"1 day", 7},     {"1 hour", 24},    {"10 minutes", 6},
                               {"1 minute", 10}, {"10 seconds", 6}, {"1 second", 10}};

/// Times `a` after which, within the step before, comes a change: the last ones by this step.
std::string narrowed(const std::string& zone, const std::string& times, const StepSize& step) {
  const std::string interval = " * INTERVAL '" + std::string(step.interval) + "'";
  return "(SELECT a + (min(i) - 1)" + interval + " AS a FROM (SELECT a, i FROM " + times +
         ", range(1, " + std::to_string(step.count + 1) + ") AS r(i) WHERE " +
         offset_at(zone, "a + i" + interval) + " <> " + offset_at(zone, "a") + ") GROUP BY a)";
}

}  // namespace

Status set_time_zone(Session& session, const std::string& name) {
  SLUICE_TRY(session.execute("SET TimeZone = " + data::quote_literal(name)));
  SessionZone& known = DuckdbSession::of(session).facts()->zone;
  if (name == known.get()->name()) return {};
  SLUICE_ASSIGN(TimeZone zone, read_time_zone(session, name));
  known.set(std::move(zone));
  return {};
}

Result<TimeZone> read_time_zone(Session& session, const std::string& name) {
  const std::string zone = data::quote_literal(name);
  // No zone changes twice within a week.
  std::string times = "(SELECT a FROM (SELECT a, " + offset_at(zone, "a") +
                      " AS now, lead(now) OVER (ORDER BY a) AS next FROM range(TIMESTAMP "
                      "'1880-01-01', TIMESTAMP '2080-01-10', INTERVAL '7 days') AS w(a)) WHERE now "
                      "<> next)";
  for (const StepSize& step : kSteps) times = narrowed(zone, times, step);
  SLUICE_ASSIGN(const Rows rows, session.query("SELECT CAST(epoch(a) AS BIGINT) + 1, " +
                                               offset_at(zone, "a + INTERVAL '1 second'") +
                                               " FROM " + times + " ORDER BY 1"));
  SLUICE_ASSIGN(const auto first,
                session.value("SELECT " + offset_at(zone, "TIMESTAMP '1880-01-01'")));
  std::vector<TimeZone::Change> changes;
  for (const auto& row : rows.values) {
    changes.push_back({std::stoll(row[0].value_or("0")),
                       static_cast<std::int32_t>(std::stoll(row[1].value_or("0")))});
  }
  return TimeZone(name, static_cast<std::int32_t>(std::stoll(first.value_or("0"))),
                  std::move(changes));
}

}  // namespace sluice::sql
