#include "sql/duckdb/duckdb_session.h"

#include <chrono>
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

Status DuckdbSession::bind(duckdb_prepared_statement prepared, std::size_t number,
                           const std::optional<std::string>& text) {
  const duckdb_state state =
      text ? duckdb_bind_varchar_length(prepared, number, text->data(), text->size())
           : duckdb_bind_null(prepared, number);
  if (state == DuckDBSuccess) return {};
  return internal_error("SQL has no parameter number=" + std::to_string(number));
}

Result<duckdb_prepared_statement> DuckdbSession::kept(const std::string& sql) {
  const auto found = kept_.find(sql);
  if (found != kept_.end()) return found->second.get();
  SLUICE_ASSIGN(PreparedHandle prepared, prepare(sql));
  if (kept_.size() >= kKeptMax) kept_.clear();
  return kept_.emplace(sql, std::move(prepared)).first->second.get();
}

Status DuckdbSession::run_bound(const std::string& sql,
                                const std::vector<std::optional<std::string>>& parameters,
                                const std::optional<std::string_view>& bytes) {
  SLUICE_ASSIGN(duckdb_prepared_statement const prepared, kept(sql));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    SLUICE_TRY(bind(prepared, i + 1, parameters[i]));
  }
  const std::size_t last = parameters.size() + 1;
  if (bytes && duckdb_bind_blob(prepared, last, bytes->data(), bytes->size()) != DuckDBSuccess) {
    return internal_error("SQL has no parameter number=" + std::to_string(last));
  }
  auto result = run_prepared(prepared);
  // What it holds may be the reason; it is planned again then.
  if (!result) kept_.erase(sql);
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
