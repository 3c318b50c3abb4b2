#include "sql/udf/library_functions.h"

#include <cstring>
#include <filesystem>
#include <string>

#include <dlfcn.h>

#include "sql/udf/arrow_functions.h"

namespace sluice::sql {
namespace {

Error library_error(const UserFunction& function, const std::string& message) {
  return ConfigValue::null(function.location).error("function '" + function.name + "': " + message);
}

Result<ArrowFunction> code_of(const UserFunction& function) {
  std::error_code missing;
  if (!std::filesystem::is_regular_file(function.file, missing)) {
    return library_error(function, "there is no file " + function.file +
                                       "; paths are relative to the working directory");
  }
  // By its absolute path, else the system's folders would be searched for a bare name.
  const std::string path = std::filesystem::absolute(function.file, missing).string();
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): glibc keeps an error for each thread.
    return library_error(function, "cannot be loaded: " + std::string(::dlerror()));
  }
  void* const code = ::dlsym(library, function.calls.c_str());
  if (code == nullptr) {
    return library_error(function, function.file + " has no function '" + function.calls + "'");
  }
  sluice_function found = nullptr;
  std::memcpy(&found, &code, sizeof found);
  return ArrowFunction(
      [found](std::span<const ArrowArray* const> columns, ArrowArray& result) -> Status {
        const auto count = static_cast<std::int64_t>(columns.size());
        const char* wrong = found(columns.data(), count, &result);
        return wrong == nullptr ? Status() : user_error(wrong);
      });
}

}  // namespace

Status register_library_functions(Session& session, const std::vector<UserFunction>& functions) {
  for (const UserFunction& function : functions) {
    SLUICE_ASSIGN(ArrowFunction code, code_of(function));
    SLUICE_TRY(register_arrow_function(session, function, std::move(code)));
  }
  return {};
}

}  // namespace sluice::sql
