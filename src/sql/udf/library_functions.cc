#include "sql/udf/library_functions.h"

#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <dlfcn.h>

#include "sluice/function.h"
#include "sql/duckdb/duckdb_session.h"
#include "sql/duckdb/duckdb_type.h"
#include "sql/duckdb/scalar_function.h"
#include "sql/udf/arrow_columns.h"

namespace sluice::sql {
namespace {

/// What DuckDB keeps of one.
struct LibraryFunction {
  UserFunction declared;
  sluice_function code = nullptr;
};

void release_nothing(ArrowArray* array) { array->release = nullptr; }

/// A column as the C interface has it; the buffers stay the column's.
struct Borrowed {
  std::vector<const void*> buffers;
  ArrowArray array{};

  void aim(const ArrowColumn& column, std::uint64_t rows) {
    for (const ArrowColumn::Buffer& buffer : column.buffers) {
      // Only validity may be absent.
      const bool is_absent = buffers.empty() && buffer.size == 0;
      buffers.push_back(is_absent ? nullptr : buffer.data);
    }
    array.length = static_cast<std::int64_t>(rows);
    array.null_count = buffers[0] == nullptr ? 0 : -1;
    array.n_buffers = static_cast<std::int64_t>(buffers.size());
    array.buffers = buffers.data();
    array.release = &release_nothing;
  }
};

/// Releases what a function has given.
class Given {
 public:
  Given() = default;
  ~Given() {
    if (array_.release != nullptr) array_.release(&array_);
  }
  Given(const Given&) = delete;
  Given& operator=(const Given&) = delete;

  ArrowArray* get() { return &array_; }

 private:
  ArrowArray array_{};
};

Status call(const LibraryFunction& function, duckdb_data_chunk input, duckdb_vector output) {
  const UserFunction& declared = function.declared;
  const std::uint64_t rows = duckdb_data_chunk_get_size(input);
  std::vector<ArrowColumn> columns;
  std::vector<Borrowed> borrowed(declared.arguments.size());
  std::vector<const ArrowArray*> arguments;
  columns.reserve(borrowed.size());
  for (std::size_t i = 0; i < borrowed.size(); ++i) {
    SLUICE_ASSIGN(ArrowColumn column, to_arrow(duckdb_data_chunk_get_vector(input, i),
                                               *declared.arguments[i].type, rows));
    columns.push_back(std::move(column));
    borrowed[i].aim(columns.back(), rows);
    arguments.push_back(&borrowed[i].array);
  }
  Given given;
  const auto count = static_cast<std::int64_t>(arguments.size());
  if (const char* wrong = function.code(arguments.data(), count, given.get()); wrong != nullptr) {
    return user_error(": " + std::string(wrong));
  }
  const ArrowArray& array = *given.get();
  if (array.length != static_cast<std::int64_t>(rows) || array.offset != 0) {
    return user_error(" gives " + std::to_string(array.length) + " values from offset " +
                      std::to_string(array.offset) + " on for " + std::to_string(rows) + " rows");
  }
  if (array.n_buffers != arrow_buffers(*declared.returns) || array.buffers == nullptr) {
    return user_error(" gives a column of another type than " + declared.returns->to_string());
  }
  std::vector<const void*> buffers(array.buffers, array.buffers + array.n_buffers);
  if (array.null_count == 0) buffers[0] = nullptr;
  auto filled = from_arrow_buffers(buffers, *declared.returns, rows, output);
  return filled ? Status() : user_error(" " + filled.error().message());
}

void call_function(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto& function =
      *static_cast<LibraryFunction*>(duckdb_scalar_function_get_extra_info(info));
  auto done = call(function, input, output);
  if (done) return;
  const std::string text =
      "E_FUNCTION_FAILED: function " + function.declared.name + "()" + done.error().message();
  duckdb_scalar_function_set_error(info, text.c_str());
}

Error error_at(const UserFunction& function, const std::string& message) {
  return ConfigValue::null(function.location).error("function '" + function.name + "': " + message);
}

Result<sluice_function> find_code(const UserFunction& function) {
  std::error_code missing;
  if (!std::filesystem::is_regular_file(function.file, missing)) {
    return error_at(function, "there is no file " + function.file +
                                  "; paths are relative to the working directory");
  }
  // By its absolute path, else the system's folders would be searched for a bare name.
  const std::string path = std::filesystem::absolute(function.file, missing).string();
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): glibc keeps an error for each thread.
    return error_at(function, "cannot be loaded: " + std::string(::dlerror()));
  }
  void* const code = ::dlsym(library, function.calls.c_str());
  if (code == nullptr) {
    return error_at(function, function.file + " has no function '" + function.calls + "'");
  }
  sluice_function found = nullptr;
  std::memcpy(&found, &code, sizeof found);
  return found;
}

}  // namespace

Status register_library_functions(Session& session, const std::vector<UserFunction>& functions) {
  for (const UserFunction& function : functions) {
    SLUICE_ASSIGN(const sluice_function code, find_code(function));
    auto kept = std::make_unique<LibraryFunction>(LibraryFunction{function, code});
    ScalarFunction made = declaration_of(function, guarded<call_function>);
    made.extra = kept.release();
    made.delete_extra = [](void* extra) { delete static_cast<LibraryFunction*>(extra); };
    SLUICE_TRY(register_function(DuckdbSession::of(session), made));
  }
  return {};
}

}  // namespace sluice::sql
