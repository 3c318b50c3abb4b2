#include "sql/udf/arrow_functions.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/border.h"
#include "sql/duckdb/duckdb_session.h"
#include "sql/duckdb/scalar_function.h"
#include "sql/udf/arrow_arrays.h"
#include "sql/udf/arrow_columns.h"

namespace sluice::sql {
namespace {

/// What DuckDB keeps of one.
struct KeptFunction {
  UserFunction declared;
  ArrowFunction code;
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

Status call(const KeptFunction& function, duckdb_data_chunk input, duckdb_vector output) {
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
  auto done = at_program("it", [&] { return function.code(arguments, *given.get()); });
  if (!done) return user_error(": " + done.error().message());
  return from_arrow_array(*given.get(), *declared.returns, rows, output);
}

void call_arrow(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto& function = *static_cast<KeptFunction*>(duckdb_scalar_function_get_extra_info(info));
  auto done = call(function, input, output);
  if (done) return;
  const std::string text =
      "E_FUNCTION_FAILED: function " + function.declared.name + "()" + done.error().message();
  duckdb_scalar_function_set_error(info, text.c_str());
}

}  // namespace

Status register_arrow_function(Session& session, const UserFunction& declared, ArrowFunction code) {
  auto kept = std::make_unique<KeptFunction>(KeptFunction{declared, std::move(code)});
  ScalarFunction made = declaration_of(declared, guarded<call_arrow>);
  made.extra = kept.release();
  made.delete_extra = [](void* extra) { delete static_cast<KeptFunction*>(extra); };
  return register_function(DuckdbSession::of(session), made);
}

}  // namespace sluice::sql
