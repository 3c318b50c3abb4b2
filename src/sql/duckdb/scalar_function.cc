#include "sql/duckdb/scalar_function.h"

#include <string>

namespace sluice::sql {

Status register_function(DuckdbSession& session, const ScalarFunction& function) {
  const ScalarFunctionHandle handle(duckdb_create_scalar_function());
  duckdb_scalar_function_set_name(handle.get(), function.name);
  for (const TypeHandle& argument : function.arguments) {
    duckdb_scalar_function_add_parameter(handle.get(), argument.get());
  }
  if (function.any_number) {
    const TypeHandle any(duckdb_create_logical_type(DUCKDB_TYPE_ANY));
    duckdb_scalar_function_set_varargs(handle.get(), any.get());
  }
  if (function.any_number || function.nulls_too) {
    duckdb_scalar_function_set_special_handling(handle.get());
  }
  duckdb_scalar_function_set_return_type(handle.get(), function.returned.get());
  duckdb_scalar_function_set_function(handle.get(), function.code.callback());
  if (function.extra != nullptr) {
    duckdb_scalar_function_set_extra_info(handle.get(), function.extra, function.delete_extra);
  }
  if (function.start != nullptr) duckdb_scalar_function_set_init(handle.get(), function.start);
  if (function.check != nullptr) duckdb_scalar_function_set_bind(handle.get(), function.check);
  if (duckdb_register_scalar_function(session.connection(), handle.get()) != DuckDBSuccess) {
    return internal_error(std::string("DuckDB does not take the function name=") + function.name);
  }
  return {};
}

std::vector<TypeHandle> types_of(std::initializer_list<duckdb_type> types) {
  std::vector<TypeHandle> handles;
  for (const duckdb_type type : types) handles.emplace_back(duckdb_create_logical_type(type));
  return handles;
}

Status register_function(DuckdbSession& session, const char* name,
                         std::initializer_list<duckdb_type> arguments, duckdb_type returned,
                         ScalarCode code) {
  return register_function(
      session, ScalarFunction{.name = name,
                              .arguments = types_of(arguments),
                              .returned = TypeHandle(duckdb_create_logical_type(returned)),
                              .code = code});
}

}  // namespace sluice::sql
