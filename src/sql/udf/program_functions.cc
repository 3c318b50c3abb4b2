#include "sql/udf/program_functions.h"

#include <algorithm>
#include <cctype>
#include <mutex>
#include <utility>

#include "base/border.h"
#include "sluice/program_function.h"
#include "sql/tree/ast.h"
#include "sql/udf/arrow_functions.h"

namespace sluice {
namespace sql {
namespace {

struct Added {
  UserFunction declared;
  ArrowFunction code;
};

struct AllAdded {
  std::mutex mutex;  // guards the other
  std::vector<Added> functions;
};

AllAdded& all_added() {
  static AllAdded all;
  return all;
}

Status check_name(const std::string& name) {
  const bool is_name =
      !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
      std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  if (is_name) return {};
  return user_error("function '" + name + "': its name must be letters, digits and '_'");
}

Result<data::Type> type_of(const std::string& function, const std::string& text,
                           bool (*is_known)(const data::Type&)) {
  auto type = data::Type::parse(text);
  if (!type) return std::move(type).error().with("function '" + function + "'");
  if (is_known(*type)) return type;
  return user_error("function '" + function + "' cannot have a " + type->to_string() +
                    "; there are: " + kArrowTypes);
}

Result<UserFunction> declared_by(const FunctionDeclaration& declaration) {
  SLUICE_TRY(check_name(declaration.name));
  UserFunction made;
  made.name = lower(declaration.name);
  for (const std::string& argument : declaration.arguments) {
    SLUICE_ASSIGN(auto type, type_of(made.name, argument, is_arrow_type));
    made.arguments.push_back({"argument" + std::to_string(made.arguments.size() + 1), type});
  }
  SLUICE_ASSIGN(made.returns, type_of(made.name, declaration.returns, is_given_type));
  if (made.arguments.empty()) return user_error("function '" + made.name + "' needs an argument");
  if (!declaration.code) return user_error("function '" + made.name + "' has no code");
  return made;
}

}  // namespace

std::vector<UserFunction> program_functions() {
  const std::lock_guard lock(all_added().mutex);
  std::vector<UserFunction> declared;
  for (const Added& each : all_added().functions) declared.push_back(each.declared);
  return declared;
}

Status register_program_functions(Session& session) {
  const std::lock_guard lock(all_added().mutex);
  for (const Added& each : all_added().functions) {
    SLUICE_TRY(register_arrow_function(session, each.declared, each.code));
  }
  return {};
}

}  // namespace sql

Status add_function(FunctionDeclaration declaration) {
  return at_border("add a function", [&]() -> Status {
    SLUICE_ASSIGN(sql::UserFunction declared, sql::declared_by(declaration));
    sql::AllAdded& all = sql::all_added();
    const std::lock_guard lock(all.mutex);
    for (const sql::Added& other : all.functions) {
      if (other.declared.name != declared.name) continue;
      return user_error("the program has a function '" + declared.name + "' already");
    }
    all.functions.push_back({std::move(declared), std::move(declaration.code)});
    return {};
  });
}

}  // namespace sluice
