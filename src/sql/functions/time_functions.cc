#include "sql/functions/time_functions.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "formats/time_text.h"
#include "sql/duckdb/scalar_function.h"
#include "sql/functions/function_facts.h"
#include "sql/functions/time_pattern.h"

namespace sluice::sql {
namespace {

/// Compiles a pattern again only where it differs from the row above.
class PatternColumn {
 public:
  explicit PatternColumn(duckdb_vector vector) : vector_(vector) {}

  /// Null: not possible; see error().
  const TimePattern* at(idx_t row) {
    const std::string_view text = bytes_at(vector_, row);
    if (pattern_ && text == text_) return &*pattern_;
    text_ = text;
    auto compiled = TimePattern::compile(text);
    if (!compiled) {
      error_ = compiled.error().message();
      return nullptr;
    }
    pattern_ = *std::move(compiled);
    return &*pattern_;
  }
  const std::string& error() const { return error_; }

 private:
  duckdb_vector vector_;
  std::string text_;
  std::optional<TimePattern> pattern_;
  std::string error_;
};

std::string misfit(std::string_view text, std::string_view pattern) {
  constexpr std::size_t kShownMax = 60;
  return "'" + std::string(text.substr(0, kShownMax)) + "' does not fit the time pattern '" +
         std::string(pattern) + "'; try_to_date and try_to_timestamp return NULL instead";
}

template <bool strict>
void parse_times(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const duckdb_vector texts = duckdb_data_chunk_get_vector(input, 0);
  const duckdb_vector patterns = duckdb_data_chunk_get_vector(input, 1);
  auto* const values = static_cast<std::int64_t*>(duckdb_vector_get_data(output));
  const auto zone = zone_of(info);
  PatternColumn pattern_column(patterns);
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    if (is_null(texts, row) || is_null(patterns, row)) {
      set_null(output, row);
      continue;
    }
    const TimePattern* pattern = pattern_column.at(row);
    if (pattern == nullptr) {
      duckdb_scalar_function_set_error(info, pattern_column.error().c_str());
      return;
    }
    if (const auto time = pattern->parse(bytes_at(texts, row), *zone)) {
      values[row] = *time;
    } else if (strict) {
      const std::string message = misfit(bytes_at(texts, row), bytes_at(patterns, row));
      duckdb_scalar_function_set_error(info, message.c_str());
      return;
    } else {
      set_null(output, row);
    }
  }
}

void format_times(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const duckdb_vector times = duckdb_data_chunk_get_vector(input, 0);
  const duckdb_vector patterns = duckdb_data_chunk_get_vector(input, 1);
  const auto zone = zone_of(info);
  PatternColumn pattern_column(patterns);
  std::string text;
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    if (is_null(times, row) || is_null(patterns, row)) {
      set_null(output, row);
      continue;
    }
    const duckdb_timestamp time =
        static_cast<duckdb_timestamp*>(duckdb_vector_get_data(times))[row];
    const TimePattern* pattern = pattern_column.at(row);
    if (pattern == nullptr) {
      duckdb_scalar_function_set_error(info, pattern_column.error().c_str());
      return;
    }
    if (!duckdb_is_finite_timestamp(time)) {
      set_null(output, row);
      continue;
    }
    text.clear();
    pattern->format(time.micros, text, *zone);
    duckdb_vector_assign_string_element_len(output, row, text.data(), text.size());
  }
}

/// A time that is not an infinity of DuckDB's, at the zone's clock, as an instant.
std::int64_t instant_of(std::int64_t local, const TimeZone& zone) {
  return duckdb_is_finite_timestamp({local}) ? zone.to_instant(local) : local;
}

/// What Spark's CAST to TIMESTAMP makes of a text, a DATE or a TIMESTAMP; nothing of what is none.
std::optional<std::int64_t> read_instant(duckdb_vector vector, duckdb_type type, idx_t row,
                                         const TimeZone& zone) {
  const void* const values = duckdb_vector_get_data(vector);
  switch (type) {
    case DUCKDB_TYPE_VARCHAR: {
      bool names_zone = false;
      const auto time =
          formats::parse_timestamp(bytes_at(vector, row), formats::TimeForms::kSpark, &names_zone);
      return time && !names_zone ? zone.to_instant(*time) : time;
    }
    case DUCKDB_TYPE_DATE: {
      const duckdb_date date = static_cast<const duckdb_date*>(values)[row];
      if (!duckdb_is_finite_date(date)) return std::nullopt;
      return zone.to_instant(date.days * kDay);
    }
    case DUCKDB_TYPE_TIMESTAMP:
      return instant_of(static_cast<const std::int64_t*>(values)[row], zone);
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return static_cast<const std::int64_t*>(values)[row];
    default:
      return std::nullopt;
  }
}

void make_instants(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const duckdb_vector times = duckdb_data_chunk_get_vector(input, 0);
  const TypeHandle type(duckdb_vector_get_column_type(times));
  const duckdb_type id = duckdb_get_type_id(type.get());
  const auto zone = zone_of(info);
  auto* const values = static_cast<std::int64_t*>(duckdb_vector_get_data(output));
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    std::optional<std::int64_t> instant;
    if (!is_null(times, row)) instant = read_instant(times, id, row, *zone);
    if (instant) {
      values[row] = *instant;
    } else {
      set_null(output, row);
    }
  }
}

/// A constant pattern is looked at when the SQL is bound.
Status compile_constant(duckdb_bind_info info, duckdb_expression argument) {
  if (!duckdb_expression_is_foldable(argument)) return {};
  duckdb_client_context context = nullptr;
  duckdb_scalar_function_get_client_context(info, &context);
  duckdb_value value = nullptr;
  duckdb_error_data failure = duckdb_expression_fold(context, argument, &value);
  std::optional<std::string> pattern;
  if (!duckdb_error_data_has_error(failure) && !duckdb_is_null_value(value)) {
    pattern = take_text(duckdb_get_varchar(value));
  }
  duckdb_destroy_value(&value);
  duckdb_destroy_error_data(&failure);
  duckdb_destroy_client_context(&context);
  if (!pattern) return {};
  SLUICE_TRY(TimePattern::compile(*pattern));
  return {};
}

void check_pattern(duckdb_bind_info info) {
  duckdb_expression argument = duckdb_scalar_function_bind_get_argument(info, 1);
  const auto refuse = [&](const char* text) { duckdb_scalar_function_bind_set_error(info, text); };
  inside_callback(
      [&] {
        const Status compiled = compile_constant(info, argument);
        if (!compiled) refuse(compiled.error().message().c_str());
      },
      refuse);
  duckdb_destroy_expression(&argument);
}

Status register_one(DuckdbSession& session, const char* name, duckdb_type argument,
                    duckdb_type returned, ScalarCode code) {
  return register_function(session, {.name = name,
                                     .arguments = types_of({argument, DUCKDB_TYPE_VARCHAR}),
                                     .returned = TypeHandle(duckdb_create_logical_type(returned)),
                                     .code = code,
                                     .extra = new Facts(session.facts()),
                                     .delete_extra = delete_facts,
                                     .check = check_pattern});
}

Status register_instants(DuckdbSession& session) {
  return register_function(
      session, {.name = "sluice_instant",
                .arguments = types_of({DUCKDB_TYPE_ANY}),
                .returned = TypeHandle(duckdb_create_logical_type(DUCKDB_TYPE_TIMESTAMP_TZ)),
                .code = guarded<make_instants>,
                .extra = new Facts(session.facts()),
                .delete_extra = delete_facts});
}

}  // namespace

Status register_time_functions(DuckdbSession& session) {
  SLUICE_TRY(register_one(session, "sluice_parse_instant", DUCKDB_TYPE_VARCHAR,
                          DUCKDB_TYPE_TIMESTAMP_TZ, guarded<parse_times<true>>));
  SLUICE_TRY(register_one(session, "sluice_try_parse_instant", DUCKDB_TYPE_VARCHAR,
                          DUCKDB_TYPE_TIMESTAMP_TZ, guarded<parse_times<false>>));
  SLUICE_TRY(register_one(session, "sluice_format_time", DUCKDB_TYPE_TIMESTAMP_TZ,
                          DUCKDB_TYPE_VARCHAR, guarded<format_times>));
  return register_instants(session);
}

}  // namespace sluice::sql
