#include "sql/udf/define_functions.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "data/type.h"
#include "sql/duckdb/database_facts.h"
#include "sql/duckdb/duckdb_session.h"
#include "sql/functions/spark_functions.h"
#include "sql/tree/ast.h"
#include "sql/udf/library_functions.h"
#include "sql/udf/macros.h"
#include "sql/udf/program_functions.h"
#include "sql/udf/python_functions.h"

namespace sluice::sql {
namespace {

Error error_at(const UserFunction& function, const std::string& message) {
  return ConfigValue::null(function.location).error("function '" + function.name + "' " + message);
}

/// Whether SQL knows the name already, as a function of any kind or as a word of its own.
Status check_name(Session& session, const UserFunction& function) {
  const std::string name = lower(function.name);
  const auto is_it = [&name](const SparkFunction& other) { return other.name == name; };
  const bool is_spark = std::ranges::any_of(spark_functions(), is_it) ||
                        !private_name(name).empty() || name == "window" || name == "session_window";
  bool is_known = is_spark;
  if (!is_known) {
    const auto tried = session.describe("SELECT " + data::quote_identifier(name) + "()");
    is_known = tried || tried.error().message().find("does not exist") == std::string::npos;
  }
  if (!is_known) {
    // Without quotes: words with a syntax of their own (coalesce) are no functions to DuckDB.
    const auto called = session.describe("SELECT " + name + "(NULL)");
    const std::string said = called ? "" : called.error().message();
    if (said.find("does not exist") != std::string::npos) return {};
    if (said.find("syntax error") != std::string::npos) {
      return error_at(function, "is a reserved word of SQL; choose another");
    }
  }
  return error_at(function, "has the name of a function that " +
                                std::string(is_spark ? "Spark" : "DuckDB") +
                                " has; choose another, since SQL would mean either");
}

}  // namespace

Status define_functions(Session& session, const std::vector<UserFunction>& functions) {
  const std::vector<UserFunction> of_program = program_functions();
  if (functions.empty() && of_program.empty()) return {};
  for (const UserFunction& function : of_program) SLUICE_TRY(check_name(session, function));
  SLUICE_TRY(register_program_functions(session));
  std::map<UserFunction::Language, std::vector<UserFunction>> by_language;
  for (const UserFunction& function : functions) {
    const std::string name = lower(function.name);
    if (std::ranges::find(of_program, name, &UserFunction::name) != of_program.end()) {
      return error_at(function, "has the name of one that the program has; choose another");
    }
    SLUICE_TRY(check_name(session, function));
    by_language[function.language].push_back(function);
  }
  SLUICE_ASSIGN(Macros macros, Macros::make(session, by_language[UserFunction::Language::kSql]));
  if (!macros.empty()) {
    DuckdbSession::of(session).facts()->macros = std::make_shared<const Macros>(std::move(macros));
  }
  SLUICE_TRY(register_library_functions(session, by_language[UserFunction::Language::kLibrary]));
  return register_python_functions(session, by_language[UserFunction::Language::kPython]);
}

}  // namespace sluice::sql
