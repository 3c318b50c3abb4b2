#include "sql/udf/python_functions.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "sql/duckdb/duckdb_session.h"
#include "sql/duckdb/scalar_function.h"
#include "sql/udf/arrow_columns.h"
#include "sql/udf/python_workers.h"

namespace sluice::sql {
namespace {

/// The Python functions of a pipeline, as long as DuckDB knows them.
struct PythonFunctions {
  explicit PythonFunctions(std::string python, std::vector<UserFunction> functions)
      : all(std::move(functions)), workers(std::move(python), all) {}

  const std::vector<UserFunction> all;
  PythonWorkers workers;
};

/// What DuckDB keeps of one of them.
struct Called {
  std::shared_ptr<PythonFunctions> functions;
  std::size_t number = 0;
};

Status call(const Called& called, duckdb_data_chunk input, duckdb_vector output) {
  const UserFunction& function = called.functions->all[called.number];
  const std::uint64_t rows = duckdb_data_chunk_get_size(input);
  std::vector<ArrowColumn> arguments;
  for (std::size_t i = 0; i < function.arguments.size(); ++i) {
    SLUICE_ASSIGN(ArrowColumn column, to_arrow(duckdb_data_chunk_get_vector(input, i),
                                               *function.arguments[i].type, rows));
    arguments.push_back(std::move(column));
  }
  SLUICE_ASSIGN(const PythonWorkers::Answer answer,
                called.functions->workers.call(called.number, rows, arguments));
  auto filled = from_arrow(answer.lengths, answer.bytes, *function.returns, rows, output);
  if (filled) return {};
  return user_error("E_FUNCTION_FAILED: function " + function.name + "() " +
                    filled.error().message());
}

void call_python(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto& called = *static_cast<Called*>(duckdb_scalar_function_get_extra_info(info));
  auto done = call(called, input, output);
  if (!done) duckdb_scalar_function_set_error(info, done.error().message().c_str());
}

Status check_python(const UserFunction& function) {
  std::error_code missing;
  if (!std::filesystem::is_regular_file(function.file, missing)) {
    return ConfigValue::null(function.location)
        .error("function '" + function.name + "' is in a file that does not exist: " +
               function.file + "; paths are relative to the working directory");
  }
  return {};
}

std::string python_program() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets variables.
  const char* const named = std::getenv("SLUICE_PYTHON");
  return named != nullptr && *named != '\0' ? named : "python3";
}

}  // namespace

Status register_python_functions(Session& session, std::vector<UserFunction> functions) {
  if (functions.empty()) return {};
  for (const UserFunction& function : functions) SLUICE_TRY(check_python(function));
  const auto all = std::make_shared<PythonFunctions>(python_program(), std::move(functions));
  for (std::size_t i = 0; i < all->all.size(); ++i) {
    auto kept = std::make_unique<Called>(Called{all, i});
    ScalarFunction made = declaration_of(all->all[i], guarded<call_python>);
    made.extra = kept.release();
    made.delete_extra = [](void* called) { delete static_cast<Called*>(called); };
    SLUICE_TRY(register_function(DuckdbSession::of(session), made));
  }
  return {};
}

}  // namespace sluice::sql
