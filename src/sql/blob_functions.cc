#include "sql/blob_functions.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/utf8_text.h"
#include "formats/binary_text.h"
#include "sql/value_text.h"

namespace sluice::sql {
namespace {

/// The arguments of one row.
class Arguments {
 public:
  Arguments(duckdb_data_chunk input, idx_t row) : input_(input), row_(row) {}

  std::string_view bytes(idx_t column) const {
    auto& value = static_cast<duckdb_string_t*>(
        duckdb_vector_get_data(duckdb_data_chunk_get_vector(input_, column)))[row_];
    return {duckdb_string_t_data(&value), duckdb_string_t_length(value)};
  }
  std::int64_t number(idx_t column) const {
    return static_cast<std::int64_t*>(
        duckdb_vector_get_data(duckdb_data_chunk_get_vector(input_, column)))[row_];
  }
  idx_t count() const { return duckdb_data_chunk_get_column_count(input_); }
  bool has_null() const {
    for (idx_t i = 0; i < count(); ++i) {
      if (is_null(duckdb_data_chunk_get_vector(input_, i), row_)) return true;
    }
    return false;
  }

 private:
  duckdb_data_chunk input_;
  idx_t row_;
};

void set_null(duckdb_vector output, idx_t row) {
  duckdb_vector_ensure_validity_writable(output);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(output), row);
}

/// A value of a row; throws std::exception with a message for the user.
using Bytes = std::string (*)(const Arguments&);

template <Bytes value>
void write_bytes(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  try {
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
      const Arguments arguments(input, row);
      if (arguments.has_null()) {
        set_null(output, row);
        continue;
      }
      const std::string bytes = value(arguments);
      duckdb_vector_assign_string_element_len(output, row, bytes.data(), bytes.size());
    }
  } catch (const std::exception& failure) {
    duckdb_scalar_function_set_error(info, failure.what());
  }
}

void write_sizes(duckdb_function_info /*info*/, duckdb_data_chunk input, duckdb_vector output) {
  auto* const sizes = static_cast<std::int64_t*>(duckdb_vector_get_data(output));
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    const Arguments arguments(input, row);
    if (arguments.has_null()) {
      set_null(output, row);
    } else {
      sizes[row] = static_cast<std::int64_t>(arguments.bytes(0).size());
    }
  }
}

/// Spark's substring: from 1, 0 is 1, from the end where negative.
std::string part_of(const Arguments& arguments) {
  const std::string_view bytes = arguments.bytes(0);
  const auto size = static_cast<std::int64_t>(bytes.size());
  const std::int64_t from = std::clamp(arguments.number(1), -size - 1, size + 1);
  const std::int64_t first = from > 0 ? from - 1 : from < 0 ? from + size : 0;
  const std::int64_t length = arguments.count() > 2 ? arguments.number(2) : size;
  const std::int64_t end = std::min(size, first + std::clamp<std::int64_t>(length, 0, size + 1));
  const std::int64_t start = std::max<std::int64_t>(first, 0);
  if (start >= end) return "";
  return std::string(
      bytes.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(end - start)));
}

std::string beginning_of(const Arguments& arguments) {
  const std::string_view bytes = arguments.bytes(0);
  const std::int64_t length = std::max<std::int64_t>(arguments.number(1), 0);
  return std::string(bytes.substr(0, static_cast<std::size_t>(length)));
}

std::string reversed(const Arguments& arguments) {
  const std::string_view bytes = arguments.bytes(0);
  return {bytes.rbegin(), bytes.rend()};
}

std::string as_text(std::string_view bytes) {
  return is_utf8(bytes) ? std::string(bytes) : with_valid_utf8(bytes);
}

template <bool blob_first>
std::string joined(const Arguments& arguments) {
  const std::string_view first = arguments.bytes(0);
  const std::string_view second = arguments.bytes(1);
  return blob_first ? as_text(first) + std::string(second) : std::string(first) + as_text(second);
}

std::string base64_of(const Arguments& arguments) {
  std::string text;
  formats::append_base64(text, arguments.bytes(0));
  return text;
}

struct WrongArgument : std::exception {
  explicit WrongArgument(std::string text) : message(std::move(text)) {}
  const char* what() const noexcept override { return message.c_str(); }
  std::string message;
};

void check_charset(std::string_view charset) {
  std::string name;
  for (const char c : charset) {
    name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  if (name == "UTF-8" || name == "UTF8") return;
  throw WrongArgument("the charset '" + std::string(charset.substr(0, 20)) +
                      "' is not possible, UTF-8 is");
}

std::string decoded(const Arguments& arguments) {
  check_charset(arguments.bytes(1));
  const std::string_view bytes = arguments.bytes(0);
  if (!is_utf8(bytes)) {
    throw WrongArgument(
        "decode: the bytes are not UTF-8; CAST(x AS VARCHAR) puts U+FFFD in their "
        "place");
  }
  return std::string(bytes);
}

std::string encoded(const Arguments& arguments) {
  check_charset(arguments.bytes(1));
  return std::string(arguments.bytes(0));
}

Status register_one(DuckdbSession& session, const char* name,
                    std::initializer_list<duckdb_type> arguments, duckdb_type returned,
                    duckdb_scalar_function_t code) {
  const ScalarFunctionHandle function(duckdb_create_scalar_function());
  const TypeHandle result(duckdb_create_logical_type(returned));
  duckdb_scalar_function_set_name(function.get(), name);
  for (const duckdb_type argument : arguments) {
    const TypeHandle type(duckdb_create_logical_type(argument));
    duckdb_scalar_function_add_parameter(function.get(), type.get());
  }
  duckdb_scalar_function_set_return_type(function.get(), result.get());
  duckdb_scalar_function_set_function(function.get(), code);
  if (duckdb_register_scalar_function(session.connection(), function.get()) != DuckDBSuccess) {
    return internal_error(std::string("DuckDB does not take the function name=") + name);
  }
  return {};
}

}  // namespace

Status register_blob_functions(DuckdbSession& session) {
  constexpr duckdb_type kBlob = DUCKDB_TYPE_BLOB;
  constexpr duckdb_type kText = DUCKDB_TYPE_VARCHAR;
  constexpr duckdb_type kNumber = DUCKDB_TYPE_BIGINT;
  for (const char* name : {"length", "len", "char_length", "character_length"}) {
    SLUICE_TRY(register_one(session, name, {kBlob}, kNumber, write_sizes));
  }
  SLUICE_TRY(register_one(session, "octet_length", {kText}, kNumber, write_sizes));
  for (const char* name : {"substr", "substring"}) {
    SLUICE_TRY(register_one(session, name, {kBlob, kNumber}, kBlob, write_bytes<part_of>));
    SLUICE_TRY(register_one(session, name, {kBlob, kNumber, kNumber}, kBlob, write_bytes<part_of>));
  }
  SLUICE_TRY(register_one(session, "left", {kBlob, kNumber}, kBlob, write_bytes<beginning_of>));
  SLUICE_TRY(register_one(session, "reverse", {kBlob}, kBlob, write_bytes<reversed>));
  SLUICE_TRY(register_one(session, "||", {kBlob, kText}, kText, write_bytes<joined<true>>));
  SLUICE_TRY(register_one(session, "||", {kText, kBlob}, kText, write_bytes<joined<false>>));
  for (const char* name : {"base64", "to_base64"}) {
    SLUICE_TRY(register_one(session, name, {kText}, kText, write_bytes<base64_of>));
  }
  SLUICE_TRY(register_one(session, "decode", {kBlob, kText}, kText, write_bytes<decoded>));
  return register_one(session, "encode", {kText, kText}, kBlob, write_bytes<encoded>);
}

}  // namespace sluice::sql
