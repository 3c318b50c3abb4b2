#include "sql/duckdb/duckdb_session.h"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>

#include "formats/shown_value.h"
#include "sql/duckdb/duckdb_error.h"
#include "sql/duckdb/duckdb_type.h"
#include "sql/duckdb/duckdb_vector.h"

namespace sluice::sql {
namespace {

Error result_error(duckdb_result* result) {
  const char* message = duckdb_result_error(result);
  return make_error(duckdb_result_error_type(result),
                    message == nullptr ? "SQL failed without a message" : message);
}

/// Runs a statement to its end. As duckdb_execute_prepared(), which however spins on a lock while
/// the last tasks run on other threads: a quarter of the CPU of a long COPY.
Result<ResultHandle> run_prepared(duckdb_prepared_statement prepared) {
  constexpr std::chrono::microseconds kNap{50};
  duckdb_pending_result raw = nullptr;
  const duckdb_state started = duckdb_pending_prepared(prepared, &raw);
  const PendingHandle pending(raw);
  duckdb_pending_state state = DUCKDB_PENDING_ERROR;
  if (started == DuckDBSuccess) {
    do {
      state = duckdb_pending_execute_task(pending.get());
      if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE) std::this_thread::sleep_for(kNap);
    } while (!duckdb_pending_execution_is_finished(state));
  }
  if (state == DUCKDB_PENDING_ERROR) {
    const char* message = duckdb_pending_error(pending.get());
    return make_error(message == nullptr ? "SQL failed without a message" : message);
  }
  ResultHandle result;
  if (duckdb_execute_pending(pending.get(), result.get()) != DuckDBSuccess) {
    return result_error(result.get());
  }
  return result;
}

template <class Number>
std::optional<Number> to_number(const std::string& text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && after == end ? std::optional(number) : std::nullopt;
}

Result<Rows> read_rows(duckdb_result* result) {
  Rows rows;
  std::vector<data::Type> types;
  for (idx_t i = 0; i < duckdb_column_count(result); ++i) {
    rows.columns.emplace_back(duckdb_column_name(result, i));
    const TypeHandle type(duckdb_column_logical_type(result, i));
    types.push_back(read_logical_type(type.get()));
    if (types.back().id() == data::TypeId::kOther && types.back().to_string() != "\"NULL\"") {
      return internal_error("column " + rows.columns.back() + " of type " +
                            types.back().to_string() + " has no text form: cast it to VARCHAR");
    }
  }
  std::vector<data::VectorReader> columns;
  for (const data::Type& type : types) columns.push_back(make_reader(type));
  while (const ChunkHandle chunk{duckdb_fetch_chunk(*result)}) {
    for (idx_t i = 0; i < types.size(); ++i) {
      aim_reader(columns[i], duckdb_data_chunk_get_vector(chunk.get(), i), types[i]);
    }
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk.get()); ++row) {
      auto& values = rows.values.emplace_back();
      for (idx_t i = 0; i < types.size(); ++i) {
        values.emplace_back();
        if (columns[i].is_null(row)) continue;
        formats::append_shown(values.back().emplace(), columns[i], types[i], row);
      }
    }
  }
  SLUICE_TRY(DuckdbSession::check(result));
  return rows;
}

}  // namespace

Status Session::execute(const std::string& sql) {
  SLUICE_TRY(query(sql));
  return {};
}

Result<std::optional<std::string>> Session::value(const std::string& sql) {
  SLUICE_ASSIGN(Rows rows, query(sql));
  if (rows.values.empty() || rows.values[0].empty()) return std::optional<std::string>();
  return std::move(rows.values[0][0]);
}

Result<PreparedHandle> DuckdbSession::prepare(const std::string& sql) {
  duckdb_prepared_statement raw = nullptr;
  const duckdb_state state = duckdb_prepare(connection_.get(), sql.c_str(), &raw);
  PreparedHandle prepared(raw);
  if (state == DuckDBSuccess) return prepared;
  const char* message = duckdb_prepare_error(raw);
  return make_error(message == nullptr ? "SQL cannot be prepared" : message);
}

Result<ResultHandle> DuckdbSession::run(const std::string& sql) {
  // duckdb_query() would give the first statement's rows, so each is run on its own.
  duckdb_extracted_statements raw = nullptr;
  const idx_t count = duckdb_extract_statements(connection_.get(), sql.c_str(), &raw);
  const ExtractedHandle statements(raw);
  if (count == 0) {
    const char* message = duckdb_extract_statements_error(raw);
    if (message != nullptr) return make_error(message);
  }
  ResultHandle last;
  for (idx_t i = 0; i < count; ++i) {
    duckdb_prepared_statement raw_prepared = nullptr;
    const duckdb_state state =
        duckdb_prepare_extracted_statement(connection_.get(), statements.get(), i, &raw_prepared);
    const PreparedHandle prepared(raw_prepared);
    if (state != DuckDBSuccess) return make_error(duckdb_prepare_error(prepared.get()));
    SLUICE_ASSIGN(last, run_prepared(prepared.get()));
  }
  return last;
}

Result<ResultHandle> DuckdbSession::stream(const std::string& select) {
  SLUICE_ASSIGN(const PreparedHandle prepared, prepare(select));
  ResultHandle result;
  if (duckdb_execute_prepared_streaming(prepared.get(), result.get()) != DuckDBSuccess) {
    return result_error(result.get());
  }
  return result;
}

Status DuckdbSession::check(duckdb_result* result) {
  if (duckdb_result_error(result) != nullptr) return result_error(result);
  return {};
}

Result<Rows> DuckdbSession::query(const std::string& sql) {
  SLUICE_ASSIGN(ResultHandle result, run(sql));
  return read_rows(result.get());
}

Result<std::optional<std::string>> DuckdbSession::call(const std::string& function,
                                                       const std::string& argument) {
  PreparedHandle& prepared = calls_[function];
  if (!prepared) {
    SLUICE_ASSIGN(prepared, prepare("SELECT " + function + "(CAST(? AS VARCHAR))"));
  }
  if (duckdb_bind_varchar_length(prepared.get(), 1, argument.data(), argument.size()) !=
      DuckDBSuccess) {
    return internal_error("function=" + function + " takes no text");
  }
  SLUICE_ASSIGN(ResultHandle result, run_prepared(prepared.get()));
  SLUICE_ASSIGN(Rows rows, read_rows(result.get()));
  return std::move(rows.values.at(0).at(0));
}

Status DuckdbSession::bind(const Kept& kept, std::size_t number,
                           const std::optional<std::string>& text) {
  duckdb_prepared_statement const statement = kept.statement.get();
  const idx_t place = number + 1;
  const duckdb_type type = number < kept.types.size() ? kept.types[number] : DUCKDB_TYPE_INVALID;
  duckdb_state state = DuckDBError;
  if (!text) {
    state = duckdb_bind_null(statement, place);
  } else if (const auto whole = to_number<std::int64_t>(*text);
             type == DUCKDB_TYPE_BIGINT && whole) {
    state = duckdb_bind_int64(statement, place, *whole);
  } else if (const auto small = to_number<std::int32_t>(*text);
             type == DUCKDB_TYPE_INTEGER && small) {
    state = duckdb_bind_int32(statement, place, *small);
  } else if (const auto natural = to_number<std::uint64_t>(*text);
             type == DUCKDB_TYPE_UBIGINT && natural) {
    state = duckdb_bind_uint64(statement, place, *natural);
  } else {
    state = duckdb_bind_varchar_length(statement, place, text->data(), text->size());
  }
  if (state == DuckDBSuccess) return {};
  return internal_error("SQL has no parameter number=" + std::to_string(place));
}

Result<DuckdbSession::Kept*> DuckdbSession::kept(const std::string& sql, const std::string& nulls) {
  const std::string key = sql + nulls;
  if (const auto found = kept_.find(key); found != kept_.end()) return &found->second;
  Kept made;
  SLUICE_ASSIGN(made.statement, prepare(sql));
  for (idx_t i = 1; i <= duckdb_nparams(made.statement.get()); ++i) {
    made.types.push_back(duckdb_param_type(made.statement.get(), i));
  }
  if (kept_.size() >= kKeptMax) kept_.clear();
  return &kept_.emplace(key, std::move(made)).first->second;
}

Status DuckdbSession::run_bound(const std::string& sql,
                                const std::vector<std::optional<std::string>>& parameters,
                                const std::optional<std::string_view>& bytes) {
  std::string nulls = "\n";
  for (const auto& parameter : parameters) nulls += parameter ? 'v' : 'n';
  SLUICE_ASSIGN(const Kept* const statement, kept(sql, nulls));
  duckdb_prepared_statement const prepared = statement->statement.get();
  for (std::size_t i = 0; i < parameters.size(); ++i)
    SLUICE_TRY(bind(*statement, i, parameters[i]));
  const std::size_t last = parameters.size() + 1;
  if (bytes && duckdb_bind_blob(prepared, last, bytes->data(), bytes->size()) != DuckDBSuccess) {
    return internal_error("SQL has no parameter number=" + std::to_string(last));
  }
  auto result = run_prepared(prepared);
  // What it holds may be the reason; it is planned again then.
  if (!result) kept_.erase(sql + nulls);
  return result ? Status() : Status(std::move(result).error());
}

Status DuckdbSession::execute(const std::string& sql,
                              const std::vector<std::optional<std::string>>& parameters) {
  return run_bound(sql, parameters, std::nullopt);
}

Status DuckdbSession::execute_with_bytes(const std::string& sql,
                                         const std::vector<std::optional<std::string>>& parameters,
                                         std::string_view bytes) {
  return run_bound(sql, parameters, bytes);
}

Result<data::Schema> DuckdbSession::describe(const std::string& select) {
  SLUICE_ASSIGN(const PreparedHandle prepared, prepare(select));
  data::Schema schema;
  for (idx_t i = 0; i < duckdb_prepared_statement_column_count(prepared.get()); ++i) {
    const char* name = duckdb_prepared_statement_column_name(prepared.get(), i);
    const TypeHandle type(duckdb_prepared_statement_column_logical_type(prepared.get(), i));
    schema.add({take_text(const_cast<char*>(name)), read_logical_type(type.get())});
  }
  return schema;
}

}  // namespace sluice::sql
