#include "sql/functions/spark_functions.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "data/type.h"

namespace sluice::sql {
namespace {

// The zone of what has none is the session's. DuckDB reads more texts than Spark does, and its
// error says what is wrong.
#define SLUICE_INSTANT "coalesce(sluice_instant(x), CAST(CAST(x AS VARCHAR) AS TIMESTAMPTZ))"

constexpr std::string_view kUnixTimestamp =
    "CAST(system.main.trunc(epoch(" SLUICE_INSTANT ")) AS BIGINT)";
constexpr std::string_view kUnixTimestampOfText =
    "CAST(system.main.trunc(epoch(sluice_parse_instant(CAST(x AS VARCHAR), p))) AS BIGINT)";
constexpr std::string_view kTrunc =
    "CAST(CASE WHEN lower(unit) IN ('year', 'yyyy', 'yy') THEN date_trunc('year', CAST(d AS DATE)) "
    "WHEN lower(unit) IN ('month', 'mon', 'mm') THEN date_trunc('month', CAST(d AS DATE)) WHEN "
    "lower(unit) = 'quarter' THEN date_trunc('quarter', CAST(d AS DATE)) WHEN lower(unit) = 'week' "
    "THEN date_trunc('week', CAST(d AS DATE)) END AS DATE)";

constexpr SparkFunction kFunctions[] = {
    // What window() becomes (window_calls.h): microseconds, aligned to 1970 as Spark's.
    {"sluice_window_at", "t TIMESTAMP, size, slide, shift, nth",
     "struct_pack(\"start\" := make_timestamp(epoch_us(t) - ((epoch_us(t) - shift) % slide + "
     "slide) "
     "% slide - nth * slide), \"end\" := make_timestamp(epoch_us(t) - ((epoch_us(t) - shift) % "
     "slide + slide) % slide - nth * slide + size))"},
    {"sluice_window_at", "t TIMESTAMPTZ, size, slide, shift, nth",
     "struct_pack(\"start\" := make_timestamptz(epoch_us(t) - ((epoch_us(t) - shift) % slide + "
     "slide) % slide - nth * slide), \"end\" := make_timestamptz(epoch_us(t) - ((epoch_us(t) - "
     "shift) % slide + slide) % slide - nth * slide + size))"},
    {"sluice_window", "t TIMESTAMP, size, slide, shift, nth",
     "sluice_window_at(t, size, slide, shift, nth)"},
    {"sluice_window", "t TIMESTAMPTZ, size, slide, shift, nth",
     "sluice_window_at(t, size, slide, shift, nth)"},
    {"sluice_window", "t STRUCT(\"start\" TIMESTAMP, \"end\" TIMESTAMP), size, slide, shift, nth",
     "sluice_window_at(t.\"end\" - INTERVAL 1 MICROSECOND, size, slide, shift, nth)"},
    {"sluice_window",
     "t STRUCT(\"start\" TIMESTAMPTZ, \"end\" TIMESTAMPTZ), size, slide, shift, nth",
     "sluice_window_at(t.\"end\" - INTERVAL 1 MICROSECOND, size, slide, shift, nth)"},
    // The time of an event, for comparison with a watermark; of a window, its last moment's.
    {"sluice_event_us", "t TIMESTAMP", "epoch_us(t)"},
    {"sluice_event_us", "t TIMESTAMPTZ", "epoch_us(t)"},
    {"sluice_event_us", "t STRUCT(\"start\" TIMESTAMP, \"end\" TIMESTAMP)",
     "epoch_us(t.\"end\") - 1"},
    {"sluice_event_us", "t STRUCT(\"start\" TIMESTAMPTZ, \"end\" TIMESTAMPTZ)",
     "epoch_us(t.\"end\") - 1"},
    {"session_window", "t TIMESTAMP, gap",
     "struct_pack(\"start\" := t, \"end\" := t + CAST(gap AS INTERVAL))"},
    {"session_window", "t TIMESTAMPTZ, gap",
     "struct_pack(\"start\" := t, \"end\" := t + CAST(gap AS INTERVAL))"},
    {"window_time", "w", "w.\"end\" - INTERVAL 1 MICROSECOND"},
    // Dates and times. What is not a date is an error, as in Spark 4; try_... give NULL.
    {"to_date", "x", "CAST(x AS DATE)"},
    {"to_date", "x, p", "CAST(sluice_parse_instant(CAST(x AS VARCHAR), p) AS DATE)"},
    {"try_to_date", "x", "TRY_CAST(x AS DATE)"},
    {"try_to_date", "x, p", "CAST(sluice_try_parse_instant(CAST(x AS VARCHAR), p) AS DATE)"},
    // With one number it is DuckDB's own.
    {"spark_to_timestamp", "x",
     "CASE WHEN typeof(x) IN ('VARCHAR', 'DATE', 'TIMESTAMP', 'TIMESTAMP WITH TIME ZONE') "
     "THEN " SLUICE_INSTANT " ELSE system.main.to_timestamp(TRY_CAST(x AS DOUBLE)) END"},
    {"spark_to_timestamp", "x, p", "sluice_parse_instant(CAST(x AS VARCHAR), p)"},
    {"try_to_timestamp", "x",
     "coalesce(sluice_instant(x), TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMPTZ))"},
    {"try_to_timestamp", "x, p", "sluice_try_parse_instant(CAST(x AS VARCHAR), p)"},
    {"date_format", "x, p", "sluice_format_time(" SLUICE_INSTANT ", p)"},
    {"from_unixtime", "s",
     "sluice_format_time(make_timestamptz(CAST(s AS BIGINT) * 1000000), 'yyyy-MM-dd HH:mm:ss')"},
    {"from_unixtime", "s, p",
     "sluice_format_time(make_timestamptz(CAST(s AS BIGINT) * 1000000), p)"},
    // Cut towards zero; unix_seconds goes down.
    {"unix_timestamp", "", "CAST(floor(epoch(now())) AS BIGINT)"},
    {"unix_timestamp", "x", kUnixTimestamp},
    {"unix_timestamp", "x, p", kUnixTimestampOfText},
    {"to_unix_timestamp", "x", kUnixTimestamp},
    {"to_unix_timestamp", "x, p", kUnixTimestampOfText},
    {"timestamp_seconds", "s", "system.main.to_timestamp(CAST(s AS DOUBLE))"},
    {"timestamp_millis", "s", "timezone('UTC', make_timestamp(CAST(s AS BIGINT) * 1000))"},
    {"timestamp_micros", "s", "timezone('UTC', make_timestamp(CAST(s AS BIGINT)))"},
    {"unix_seconds", "x", "CAST(floor(epoch(" SLUICE_INSTANT ")) AS BIGINT)"},
    {"unix_millis", "x", "epoch_ms(" SLUICE_INSTANT ")"},
    {"unix_micros", "x", "epoch_us(" SLUICE_INSTANT ")"},
    {"unix_date", "d", "CAST(d AS DATE) - DATE '1970-01-01'"},
    {"date_from_unix_date", "n", "DATE '1970-01-01' + CAST(n AS INTEGER)"},
    {"add_months", "d, n", "CAST(CAST(d AS DATE) + to_months(CAST(n AS INTEGER)) AS DATE)"},
    // With an INTERVAL it is DuckDB's own.
    {"spark_date_add", "d, n", "d + n"},
    {"spark_date_add", "d DATE, n BIGINT", "d + CAST(n AS INTEGER)"},
    {"spark_date_add", "d TIMESTAMP, n BIGINT", "CAST(d AS DATE) + CAST(n AS INTEGER)"},
    {"spark_date_add", "d TIMESTAMPTZ, n BIGINT", "CAST(d AS DATE) + CAST(n AS INTEGER)"},
    {"spark_date_add", "d VARCHAR, n BIGINT", "CAST(d AS DATE) + CAST(n AS INTEGER)"},
    {"spark_date_sub", "d, n", "CAST(d AS DATE) - CAST(n AS INTEGER)"},
    {"spark_date_sub", "part, a, b", "datesub(part, a, b)"},
    {"spark_datediff", "e, s", "CAST(e AS DATE) - CAST(s AS DATE)"},
    {"spark_datediff", "part, a, b", "date_diff(part, a, b)"},
    {"months_between", "e, s",
     "round(CASE WHEN day(e) = day(s) OR (CAST(e AS DATE) = last_day(e) AND CAST(s AS DATE) = "
     "last_day(s)) THEN (year(e) - year(s)) * 12 + month(e) - month(s) ELSE (year(e) - year(s)) * "
     "12 + month(e) - month(s) + ((day(e) - day(s)) * 86400 + epoch(sluice_instant(e)) - "
     "epoch(sluice_instant(CAST(e AS DATE))) - epoch(sluice_instant(s)) + "
     "epoch(sluice_instant(CAST(s AS DATE)))) / 2678400.0::DOUBLE END, 8)"},
    {"curdate", "", "current_date"},
    {"next_day", "d, name",
     "CASE WHEN regexp_full_match(name, "
     "'(?i)su(n(day)?)?|mo(n(day)?)?|tu(e(sday)?)?|we(d(nesday)?)?|th(u(rsday)?)?|fr(i(day)?)?|sa("
     "t(urday)?)?') THEN CAST(d AS DATE) + CAST((list_position(['su', 'mo', 'tu', 'we', 'th', "
     "'fr', 'sa'], lower(name[:2])) - dayofweek(CAST(d AS DATE)) + 5) % 7 + 1 AS INTEGER) WHEN "
     "name IS NOT NULL THEN CAST(error('next_day: ' || name || ' is not a day of the week; write "
     "Mon, Tue ...') AS DATE) END"},
    // Of a number it is DuckDB's own.
    {"spark_trunc", "x", "system.main.trunc(x)"},
    {"spark_trunc", "x, n", "system.main.trunc(x, n)"},
    {"spark_trunc", "d DATE, unit VARCHAR", kTrunc},
    {"spark_trunc", "d TIMESTAMP, unit VARCHAR", kTrunc},
    {"spark_trunc", "d TIMESTAMPTZ, unit VARCHAR", kTrunc},
    {"spark_trunc", "d VARCHAR, unit VARCHAR", kTrunc},
    // When a clock of the zone shows t; of two times the first, where DuckDB takes the second.
    {"sluice_at_zone", "zone, t",
     "CASE WHEN timezone(zone, timezone(zone, t) - (timezone(zone, timezone(zone, t) - INTERVAL 3 "
     "HOUR) + INTERVAL 3 HOUR - t)) = t THEN timezone(zone, t) - (timezone(zone, timezone(zone, t) "
     "- INTERVAL 3 HOUR) + INTERVAL 3 HOUR - t) ELSE timezone(zone, t) END"},
    // Spark moves the instant, and shows it in the session's zone.
    {"from_utc_timestamp", "t, zone",
     "timezone(current_setting('TimeZone'), make_timestamptz(epoch_us(timezone(zone, CAST(t AS "
     "TIMESTAMPTZ)))))"},
    {"to_utc_timestamp", "t, zone",
     "timezone(current_setting('TimeZone'), sluice_at_zone(zone, timezone('UTC', CAST(t AS "
     "TIMESTAMPTZ))))"},
    // Conditions.
    {"nvl", "a, b", "coalesce(a, b)"},
    {"nvl2", "a, b, c", "CASE WHEN a IS NOT NULL THEN b ELSE c END"},
    {"nanvl", "a, b", "CASE WHEN isnan(a) THEN b ELSE a END"},
    {"zeroifnull", "a", "coalesce(a, 0)"},
    {"nullifzero", "a", "nullif(a, 0)"},
    {"isnull", "a", "a IS NULL"},
    {"isnotnull", "a", "a IS NOT NULL"},
    {"raise_error", "message", "error(message)"},
    {"equal_null", "a, b", "a IS NOT DISTINCT FROM b"},
    // Numbers.
    {"pmod", "a, b", "CASE WHEN a % b < 0 THEN (a % b + b) % b ELSE a % b END"},
    {"bround", "x", "round_even(x, 0)"},
    {"bround", "x, n", "round_even(x, n)"},
    {"signum", "x", "CAST(sign(x) AS DOUBLE)"},
    {"try_add", "a, b", "TRY(a + b)"},
    {"try_subtract", "a, b", "TRY(a - b)"},
    {"try_multiply", "a, b", "TRY(a * b)"},
    {"try_divide", "a, b", "CASE WHEN b = 0 THEN NULL ELSE a / b END"},
    {"shiftleft", "a, n", "a << n"},
    {"shiftright", "a, n", "a >> n"},
    {"rand", "", "random()"},
    {"spark_factorial", "n",
     "CASE WHEN n BETWEEN 0 AND 20 THEN CAST(system.main.factorial(CAST(n AS INTEGER)) AS BIGINT) "
     "END"},
    {"rint", "x", "round_even(CAST(x AS DOUBLE), 0)"},
    {"hypot", "a, b", "sqrt(CAST(a AS DOUBLE) * a + CAST(b AS DOUBLE) * b)"},
    {"log1p", "x", "CASE WHEN x > -1 THEN ln(1 + x) END"},
    {"expm1", "x", "exp(x) - 1"},
    {"negative", "x", "-x"},
    {"positive", "x", "x"},
    // Texts.
    {"locate", "part, s", "instr(s, part)"},
    {"locate", "part, s, n",
     "CASE WHEN n IS NULL OR (n < 1 AND part IS NOT NULL AND s IS NOT NULL) THEN 0 WHEN part = '' "
     "AND s IS NOT NULL THEN 1 WHEN instr(substr(s, n), part) = 0 THEN 0 ELSE instr(substr(s, n), "
     "part) + n - 1 END"},
    {"charindex", "part, s", "instr(s, part)"},
    {"find_in_set", "s, texts",
     "CASE WHEN s IS NOT NULL AND texts IS NOT NULL THEN "
     "coalesce(list_position(string_split(texts, ','), s), 0) END"},
    {"spark_lpad", "s, n", "system.main.lpad(s, n, ' ')"},
    {"spark_lpad", "s, n, p", "system.main.lpad(s, n, p)"},
    {"spark_rpad", "s, n", "system.main.rpad(s, n, ' ')"},
    {"spark_rpad", "s, n, p", "system.main.rpad(s, n, p)"},
    {"btrim", "s", "trim(s)"},
    {"btrim", "s, letters", "trim(s, letters)"},
    {"regexp_count", "s, p", "CAST(len(regexp_extract_all(s, p)) AS INTEGER)"},
    {"startswith", "s, p", "starts_with(s, p)"},
    {"endswith", "s, p", "ends_with(s, p)"},
    {"rlike", "s, p", "regexp_matches(s, p)"},
    {"regexp_like", "s, p", "regexp_matches(s, p)"},
    {"space", "n", "repeat(' ', n)"},
    {"initcap", "s",
     "array_to_string(list_transform(string_split(lower(s), ' '), lambda w: upper(w[1]) || w[2:]), "
     "' ')"},
    {"substring_index", "s, d, n",
     "CASE WHEN n > 0 THEN array_to_string(string_split(s, d)[:n], d) "
     "WHEN n < 0 THEN array_to_string(string_split(s, d)[n:], d) ELSE '' END"},
    {"unbase64", "s", "from_base64(s)"},
    {"sha", "s", "sha1(s)"},
    {"sha2", "s VARCHAR, bits INTEGER", "sluice_sha2(encode(s), bits)"},
    {"sha2", "s BLOB, bits INTEGER", "sluice_sha2(s, bits)"},
    {"crc32", "s VARCHAR", "sluice_crc32(encode(s))"},
    {"crc32", "s BLOB", "sluice_crc32(s)"},
    {"get_json_object", "s, path", "sluice_get_json_object(s, path)"},
    // Lists and maps.
    {"size", "c",
     "CAST(CASE WHEN typeof(c) LIKE 'MAP(%' THEN cardinality(TRY_CAST(c AS MAP(VARCHAR, VARCHAR))) "
     "ELSE len(TRY_CAST(c AS VARCHAR[])) END AS INTEGER)"},
    {"spark_element_at", "c, k", "c[k]"},
    {"try_element_at", "c, k", "c[k]"},
    {"get", "l, i", "CASE WHEN i >= 0 THEN l[i + 1] END"},
    {"map_contains_key", "m, k", "list_contains(map_keys(m), k)"},
    {"map_from_arrays", "k, v", "map(k, v)"},
    {"spark_array_distinct", "l", "list_filter(l, lambda e, i: list_position(l, e) = i)"},
    {"spark_array_position", "l, x",
     "CASE WHEN l IS NOT NULL AND x IS NOT NULL THEN CAST(coalesce(list_position(l, x), 0) AS "
     "BIGINT) END"},
    {"array_union", "a, b",
     "CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN list_filter(list_concat(a, b), lambda e, i: "
     "list_position(list_concat(a, b), e) = i) END"},
    {"spark_array_intersect", "a, b",
     "CASE WHEN b IS NOT NULL THEN list_filter(a, lambda e, i: list_position(a, e) = i AND "
     "list_position(b, e) IS NOT NULL) END"},
    {"array_except", "a, b",
     "CASE WHEN b IS NOT NULL THEN list_filter(a, lambda e, i: list_position(a, e) = i AND "
     "list_position(b, e) IS NULL) END"},
    {"array_compact", "l", "list_filter(l, lambda e: e IS NOT NULL)"},
    {"array_size", "l", "CAST(len(l) AS INTEGER)"},
    {"array_join", "l, d", "array_to_string(l, d)"},
    {"array_join", "l, d, n",
     "array_to_string(list_transform(l, lambda e: coalesce(CAST(e AS VARCHAR), n)), d)"},
    {"array_max", "l", "list_max(l)"},
    {"array_min", "l", "list_min(l)"},
    {"array_remove", "l, x", "list_filter(l, lambda e: e IS NULL OR e <> x)"},
    {"array_repeat", "x, n", "list_transform(range(CAST(n AS BIGINT)), lambda i: x)"},
    {"arrays_overlap", "a, b", "list_has_any(a, b)"},
    {"sort_array", "l", "list_sort(l, 'ASC', 'NULLS FIRST')"},
    {"slice", "l, s, n",
     "list_slice(l, s, CASE WHEN s < 0 AND s + n >= 0 THEN len(l) ELSE s + n - 1 END)"},
    {"sequence", "a, b", "generate_series(a, b)"},
    {"sequence", "a, b, step", "generate_series(a, b, step)"},
    {"explode", "l", "unnest(l)"},
    {"explode_outer", "l", "unnest(CASE WHEN len(l) > 0 THEN l ELSE [NULL] END)"},
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kAdvice = {{
    {"array", "write [a, b]"},
    {"map", "write MAP {k: v}"},
    {"transform", "write list_transform(l, lambda x: x + 1)"},
    {"aggregate", "write list_reduce(l, lambda a, x: a + x)"},
    {"exists", "write len(list_filter(l, lambda x: x > 0)) > 0"},
    {"forall", "write len(list_filter(l, lambda x: NOT x > 0)) = 0"},
    {"posexplode", "it must be alone in the select list: SELECT id, posexplode(l) FROM ..."},
    {"posexplode_outer",
     "it must be alone in the select list: SELECT id, posexplode_outer(l) FROM ..."},
    {"format_number", "write format('{:,.2f}', x)"},
    {"string", "write CAST(x AS VARCHAR)"},
    {"timestampdiff", "write date_diff('minute', a, b)"},
    {"timestampadd", "write t + INTERVAL 5 MINUTE"},
    {"dateadd", "write d + INTERVAL 5 DAY, or date_add(d, 5)"},
    {"inline", "write unnest(l, max_depth := 2)"},
}};

}  // namespace

std::span<const SparkFunction> spark_functions() { return kFunctions; }

Status define_spark_functions(Session& session, const std::set<std::string>& names) {
  std::string sql;
  std::string_view open;
  const bool windows = names.contains("sluice_window");
  const bool zones = names.contains("to_utc_timestamp");
  for (const SparkFunction& function : kFunctions) {
    const bool below = (windows && function.name == "sluice_window_at") ||
                       (zones && function.name == "sluice_at_zone");
    if (!below && !names.contains(std::string(function.name))) continue;
    if (function.name != open) {
      sql += "; CREATE OR REPLACE TEMP MACRO " + data::quote_identifier(std::string(function.name));
      open = function.name;
    } else {
      sql += ",";
    }
    sql += "(" + std::string(function.parameters) + ") AS " + std::string(function.body);
  }
  return sql.empty() ? Status() : session.execute(sql.substr(2));
}

std::string private_name(std::string_view name) {
  const std::string made = "spark_" + std::string(name);
  return std::ranges::find(kFunctions, made, &SparkFunction::name) == std::end(kFunctions) ? ""
                                                                                           : made;
}

std::string_view spark_advice(std::string_view name) {
  const auto found = std::find_if(kAdvice.begin(), kAdvice.end(),
                                  [name](const auto& entry) { return entry.first == name; });
  return found == kAdvice.end() ? std::string_view() : found->second;
}

}  // namespace sluice::sql
