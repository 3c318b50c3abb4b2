#include "sql/functions/text_casts.h"

#include <string>
#include <string_view>

#include "base/utf8_text.h"
#include "sql/duckdb/callback.h"
#include "sql/duckdb/scalar_function.h"

namespace sluice::sql {
namespace {

/// Less than DuckDB's own for a cast to VARCHAR, so that a function of text is preferred to one of
/// JSON, and more than that of any exact fit.
constexpr std::int64_t kImplicitCost = 140;

template <bool to_text>
void copy_each(idx_t count, duckdb_vector input, duckdb_vector output) {
  for (idx_t row = 0; row < count; ++row) {
    if (is_null(input, row)) {
      set_null(output, row);
      continue;
    }
    std::string_view bytes = bytes_at(input, row);
    std::string valid;
    if (to_text && !is_utf8(bytes)) {
      valid = with_valid_utf8(bytes);
      bytes = valid;
    }
    duckdb_vector_assign_string_element_len(output, row, bytes.data(), bytes.size());
  }
}

template <bool to_text>
bool copy_bytes(duckdb_function_info info, idx_t count, duckdb_vector input, duckdb_vector output) {
  bool done = true;
  inside_callback([&] { copy_each<to_text>(count, input, output); },
                  [&](const char* text) {
                    duckdb_cast_function_set_error(info, text);
                    done = false;
                  });
  return done;
}

Status register_one(DuckdbSession& session, duckdb_type from, duckdb_type to,
                    std::int64_t implicit_cost, duckdb_cast_function_t code) {
  const CastFunctionHandle cast(duckdb_create_cast_function());
  const TypeHandle source(duckdb_create_logical_type(from));
  const TypeHandle target(duckdb_create_logical_type(to));
  duckdb_cast_function_set_source_type(cast.get(), source.get());
  duckdb_cast_function_set_target_type(cast.get(), target.get());
  duckdb_cast_function_set_implicit_cast_cost(cast.get(), implicit_cost);
  duckdb_cast_function_set_function(cast.get(), code);
  if (duckdb_register_cast_function(session.connection(), cast.get()) == DuckDBSuccess) return {};
  return internal_error("DuckDB takes no cast between BLOB and VARCHAR");
}

}  // namespace

Status register_text_casts(DuckdbSession& session) {
  SLUICE_TRY(register_one(session, DUCKDB_TYPE_BLOB, DUCKDB_TYPE_VARCHAR, kImplicitCost,
                          copy_bytes<true>));
  // Never without a word: a text stays a text.
  return register_one(session, DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_BLOB, -1, copy_bytes<false>);
}

}  // namespace sluice::sql
