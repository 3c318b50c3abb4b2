#include "sql/functions/blob_functions.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8_text.h"
#include "formats/binary_text.h"
#include "sql/duckdb/scalar_function.h"

namespace sluice::sql {
namespace {

/// The arguments of one row.
class Arguments {
 public:
  Arguments(duckdb_data_chunk input, idx_t row) : input_(input), row_(row) {}

  std::string_view bytes(idx_t column) const {
    return bytes_at(duckdb_data_chunk_get_vector(input_, column), row_);
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

/// A value of a row; its error ends the query.
using BytesFunction = Result<std::string> (*)(const Arguments&);

template <BytesFunction value>
void write_values(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    const Arguments arguments(input, row);
    if (arguments.has_null()) {
      set_null(output, row);
      continue;
    }
    const auto bytes = value(arguments);
    if (!bytes) return duckdb_scalar_function_set_error(info, bytes.error().message().c_str());
    set_bytes(output, row, *bytes);
  }
}

template <BytesFunction value>
constexpr ScalarCode kWriteBytes = guarded<write_values<value>>;

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
Result<std::string> part_of(const Arguments& arguments) {
  const std::string_view bytes = arguments.bytes(0);
  const auto size = static_cast<std::int64_t>(bytes.size());
  const std::int64_t from = std::clamp(arguments.number(1), -size - 1, size + 1);
  const std::int64_t first = from > 0 ? from - 1 : from < 0 ? from + size : 0;
  const std::int64_t length = arguments.count() > 2 ? arguments.number(2) : size;
  const std::int64_t end = std::min(size, first + std::clamp<std::int64_t>(length, 0, size + 1));
  const std::int64_t start = std::max<std::int64_t>(first, 0);
  if (start >= end) return std::string();
  return std::string(
      bytes.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(end - start)));
}

Result<std::string> beginning_of(const Arguments& arguments) {
  const std::string_view bytes = arguments.bytes(0);
  const std::int64_t length = std::max<std::int64_t>(arguments.number(1), 0);
  return std::string(bytes.substr(0, static_cast<std::size_t>(length)));
}

Result<std::string> reversed(const Arguments& arguments) {
  const std::string_view bytes = arguments.bytes(0);
  return std::string(bytes.rbegin(), bytes.rend());
}

std::string as_text(std::string_view bytes) {
  return is_utf8(bytes) ? std::string(bytes) : with_valid_utf8(bytes);
}

template <bool blob_first>
Result<std::string> joined(const Arguments& arguments) {
  const std::string_view first = arguments.bytes(0);
  const std::string_view second = arguments.bytes(1);
  return blob_first ? as_text(first) + std::string(second) : std::string(first) + as_text(second);
}

Result<std::string> base64_of(const Arguments& arguments) {
  std::string text;
  formats::append_base64(text, arguments.bytes(0));
  return text;
}

Status check_charset(std::string_view charset) {
  std::string name;
  for (const char c : charset) {
    name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  if (name == "UTF-8" || name == "UTF8") return {};
  return user_error("the charset '" + std::string(charset.substr(0, 20)) +
                    "' is not supported; use UTF-8");
}

Result<std::string> decoded(const Arguments& arguments) {
  SLUICE_TRY(check_charset(arguments.bytes(1)));
  const std::string_view bytes = arguments.bytes(0);
  if (!is_utf8(bytes)) {
    return user_error(
        "decode: the bytes are not UTF-8; CAST(x AS VARCHAR) puts U+FFFD in their "
        "place");
  }
  return std::string(bytes);
}

Result<std::string> encoded(const Arguments& arguments) {
  SLUICE_TRY(check_charset(arguments.bytes(1)));
  return std::string(arguments.bytes(0));
}

}  // namespace

Status register_blob_functions(DuckdbSession& session) {
  constexpr duckdb_type kBlob = DUCKDB_TYPE_BLOB;
  constexpr duckdb_type kText = DUCKDB_TYPE_VARCHAR;
  constexpr duckdb_type kNumber = DUCKDB_TYPE_BIGINT;
  for (const char* name : {"length", "len", "char_length", "character_length"}) {
    SLUICE_TRY(register_function(session, name, {kBlob}, kNumber, guarded<write_sizes>));
  }
  SLUICE_TRY(register_function(session, "octet_length", {kText}, kNumber, guarded<write_sizes>));
  for (const char* name : {"substr", "substring"}) {
    SLUICE_TRY(register_function(session, name, {kBlob, kNumber}, kBlob, kWriteBytes<part_of>));
    SLUICE_TRY(
        register_function(session, name, {kBlob, kNumber, kNumber}, kBlob, kWriteBytes<part_of>));
  }
  SLUICE_TRY(
      register_function(session, "left", {kBlob, kNumber}, kBlob, kWriteBytes<beginning_of>));
  SLUICE_TRY(register_function(session, "reverse", {kBlob}, kBlob, kWriteBytes<reversed>));
  SLUICE_TRY(register_function(session, "||", {kBlob, kText}, kText, kWriteBytes<joined<true>>));
  SLUICE_TRY(register_function(session, "||", {kText, kBlob}, kText, kWriteBytes<joined<false>>));
  for (const char* name : {"base64", "to_base64"}) {
    SLUICE_TRY(register_function(session, name, {kText}, kText, kWriteBytes<base64_of>));
  }
  SLUICE_TRY(register_function(session, "decode", {kBlob, kText}, kText, kWriteBytes<decoded>));
  return register_function(session, "encode", {kText, kText}, kBlob, kWriteBytes<encoded>);
}

}  // namespace sluice::sql
