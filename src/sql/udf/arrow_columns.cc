#include "sql/udf/arrow_columns.h"

#include <cstring>
#include <limits>
#include <utility>

#include "base/utf8_text.h"
#include "data/fixed_width.h"
#include "sql/duckdb/duckdb_type.h"

namespace sluice::sql {
namespace {

using data::TypeId;

constexpr std::size_t kDecimalBytes = 16;

std::size_t bitmap_bytes(std::uint64_t rows) { return (rows + 7) / 8; }

bool bit_at(const char* bits, std::uint64_t row) {
  return ((static_cast<unsigned char>(bits[row / 8]) >> (row % 8)) & 1U) != 0;
}

void add_made(ArrowColumn& column, std::vector<char> bytes) {
  column.made.push_back(std::move(bytes));
  column.buffers.push_back({column.made.back().data(), column.made.back().size()});
}

std::vector<char> packed_bits(const bool* values, std::uint64_t rows) {
  std::vector<char> bits(bitmap_bytes(rows));
  for (std::uint64_t row = 0; row < rows; ++row) {
    if (values[row]) bits[row / 8] = static_cast<char>(bits[row / 8] | (1 << (row % 8)));
  }
  return bits;
}

template <class Small>
std::vector<char> widened(const void* values, std::uint64_t rows) {
  const auto* from = static_cast<const Small*>(values);
  std::vector<char> wide(rows * kDecimalBytes);
  for (std::uint64_t row = 0; row < rows; ++row) {
    const std::int64_t low = from[row];
    const std::int64_t high = low < 0 ? -1 : 0;
    std::memcpy(&wide[row * kDecimalBytes], &low, sizeof low);
    std::memcpy(&wide[(row * kDecimalBytes) + sizeof low], &high, sizeof high);
  }
  return wide;
}

template <class Small>
void narrow(const char* wide, std::uint64_t rows, void* values) {
  auto* to = static_cast<Small*>(values);
  for (std::uint64_t row = 0; row < rows; ++row) {
    std::int64_t low = 0;
    std::memcpy(&low, wide + (row * kDecimalBytes), sizeof low);
    to[row] = static_cast<Small>(low);  // Arrow's type has as many digits as this one
  }
}

Status add_texts(ArrowColumn& column, duckdb_vector vector, std::uint64_t rows) {
  std::vector<char> offsets((rows + 1) * sizeof(std::int32_t));
  std::size_t total = 0;
  for (std::uint64_t row = 0; row < rows; ++row) {
    if (!is_null(vector, row)) total += bytes_at(vector, row).size();
  }
  if (total > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    return user_error("texts of more than 2 GiB in one call of a Python function");
  }
  std::vector<char> bytes(total);
  std::size_t at = 0;
  for (std::uint64_t row = 0; row <= rows; ++row) {
    const auto offset = static_cast<std::int32_t>(at);
    std::memcpy(&offsets[row * sizeof offset], &offset, sizeof offset);
    if (row == rows || is_null(vector, row)) continue;
    const std::string_view text = bytes_at(vector, row);
    if (!text.empty()) std::memcpy(&bytes[at], text.data(), text.size());
    at += text.size();
  }
  add_made(column, std::move(offsets));
  add_made(column, std::move(bytes));
  return {};
}

Status wrong_buffers() {
  return user_error("gives an Arrow array whose buffers are too short for its rows");
}

Status fill_texts(std::string_view offsets, std::string_view bytes, bool is_text,
                  std::uint64_t rows, duckdb_vector vector) {
  if (offsets.size() < (rows + 1) * sizeof(std::int32_t)) return wrong_buffers();
  const auto offset_of = [&](std::uint64_t row) {
    std::int32_t offset = 0;
    std::memcpy(&offset, offsets.data() + (row * sizeof offset), sizeof offset);
    return offset;
  };
  for (std::uint64_t row = 0; row < rows; ++row) {
    if (is_null(vector, row)) continue;
    const std::int32_t begin = offset_of(row);
    const std::int32_t end = offset_of(row + 1);
    if (begin < 0 || end < begin || static_cast<std::size_t>(end) > bytes.size()) {
      return wrong_buffers();
    }
    const std::string_view value =
        bytes.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    if (is_text && !is_utf8(value)) {
      return user_error("gives a text that is not UTF-8; a BLOB may have any bytes");
    }
    set_bytes(vector, row, value);
  }
  return {};
}

void fill_decimals(std::string_view bytes, std::size_t size, std::uint64_t rows, void* values) {
  if (size == 2) narrow<std::int16_t>(bytes.data(), rows, values);
  if (size == 4) narrow<std::int32_t>(bytes.data(), rows, values);
  if (size == 8) narrow<std::int64_t>(bytes.data(), rows, values);
  if (size == kDecimalBytes) std::memcpy(values, bytes.data(), rows * kDecimalBytes);
}

/// Fills the vector from the buffers of a column, of which each may be too short.
Status fill(const std::vector<std::string_view>& buffers, const data::Type& type,
            std::uint64_t rows, duckdb_vector vector) {
  const std::size_t size = data::fixed_width(type);
  if (buffers.size() != (size == 0 ? 3U : 2U)) return wrong_buffers();
  if (!buffers[0].empty()) {
    if (buffers[0].size() < bitmap_bytes(rows)) return wrong_buffers();
    for (std::uint64_t row = 0; row < rows; ++row) {
      if (!bit_at(buffers[0].data(), row)) set_null(vector, row);
    }
  }
  if (size == 0) {
    return fill_texts(buffers[1], buffers[2], type.id() == TypeId::kVarchar, rows, vector);
  }
  void* const values = duckdb_vector_get_data(vector);
  if (type.id() == TypeId::kBoolean) {
    if (buffers[1].size() < bitmap_bytes(rows)) return wrong_buffers();
    for (std::uint64_t row = 0; row < rows; ++row) {
      static_cast<bool*>(values)[row] = bit_at(buffers[1].data(), row);
    }
    return {};
  }
  const bool is_decimal = type.id() == TypeId::kDecimal;
  if (buffers[1].size() < rows * (is_decimal ? kDecimalBytes : size)) return wrong_buffers();
  if (is_decimal) {
    fill_decimals(buffers[1], size, rows, values);
  } else {
    std::memcpy(values, buffers[1].data(), rows * size);
  }
  return {};
}

}  // namespace

bool is_arrow_type(const data::Type& type) {
  switch (type.id()) {
    case TypeId::kHugeint:  // Arrow has none of these
    case TypeId::kUuid:
    case TypeId::kInterval:
      return false;
    case TypeId::kVarchar:
    case TypeId::kBlob:
      return true;
    default:
      return data::fixed_width(type) > 0;
  }
}

ScalarFunction declaration_of(const UserFunction& function, ScalarCode code) {
  ScalarFunction made{.name = function.name.c_str(),
                      .arguments = {},
                      .returned = make_logical_type(*function.returns),
                      .code = code};
  for (const UserFunction::Argument& argument : function.arguments) {
    made.arguments.push_back(make_logical_type(*argument.type));
  }
  made.nulls_too = true;
  return made;
}

std::string arrow_name(const data::Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return "bool";
    case TypeId::kTinyint:
      return "int8";
    case TypeId::kUtinyint:
      return "uint8";
    case TypeId::kSmallint:
      return "int16";
    case TypeId::kUsmallint:
      return "uint16";
    case TypeId::kInteger:
      return "int32";
    case TypeId::kUinteger:
      return "uint32";
    case TypeId::kBigint:
      return "int64";
    case TypeId::kUbigint:
      return "uint64";
    case TypeId::kReal:
      return "float";
    case TypeId::kDouble:
      return "double";
    case TypeId::kDecimal:
      return "decimal(" + std::to_string(type.width()) + "," + std::to_string(type.scale()) + ")";
    case TypeId::kDate:
      return "date32";
    case TypeId::kTime:
      return "time";
    case TypeId::kTimestamp:
      return "timestamp";
    case TypeId::kTimestampTz:
      return "timestamptz";
    case TypeId::kBlob:
      return "binary";
    default:
      return "string";
  }
}

Result<ArrowColumn> to_arrow(duckdb_vector vector, const data::Type& type, std::uint64_t rows) {
  ArrowColumn column;
  column.made.reserve(2);  // buffers point into them
  // DuckDB's bits are Arrow's: of 64 rows a word, the lowest first.
  const std::uint64_t* const validity = duckdb_vector_get_validity(vector);
  column.buffers.push_back({validity, validity == nullptr ? 0 : bitmap_bytes(rows)});
  const std::size_t size = data::fixed_width(type);
  const void* const values = duckdb_vector_get_data(vector);
  if (size == 0) {
    SLUICE_TRY(add_texts(column, vector, rows));
  } else if (type.id() == TypeId::kBoolean) {
    add_made(column, packed_bits(static_cast<const bool*>(values), rows));
  } else if (type.id() == TypeId::kDecimal && size == 2) {
    add_made(column, widened<std::int16_t>(values, rows));
  } else if (type.id() == TypeId::kDecimal && size == 4) {
    add_made(column, widened<std::int32_t>(values, rows));
  } else if (type.id() == TypeId::kDecimal && size == 8) {
    add_made(column, widened<std::int64_t>(values, rows));
  } else {
    column.buffers.push_back({values, rows * size});
  }
  return column;
}

int arrow_buffers(const data::Type& type) { return data::fixed_width(type) == 0 ? 3 : 2; }

Status from_arrow_buffers(const std::vector<const void*>& buffers, const data::Type& type,
                          std::uint64_t rows, duckdb_vector vector) {
  const std::size_t size = data::fixed_width(type);
  const bool is_decimal = type.id() == TypeId::kDecimal;
  const auto view = [&](std::size_t number, std::size_t bytes) {
    const void* const data = buffers[number];
    return std::string_view(static_cast<const char*>(data), data == nullptr ? 0 : bytes);
  };
  std::vector<std::string_view> views = {view(0, bitmap_bytes(rows))};
  if (size > 0) {
    const std::size_t each = is_decimal ? kDecimalBytes : size;
    views.push_back(view(1, type.id() == TypeId::kBoolean ? bitmap_bytes(rows) : rows * each));
  } else {
    views.push_back(view(1, (rows + 1) * sizeof(std::int32_t)));
    if (views[1].empty()) return wrong_buffers();
    std::int32_t end = 0;
    std::memcpy(&end, views[1].data() + (rows * sizeof end), sizeof end);
    views.push_back(view(2, end < 0 ? 0 : static_cast<std::size_t>(end)));
  }
  return fill(views, type, rows, vector);
}

Status from_arrow(const std::vector<std::size_t>& lengths, std::string_view bytes,
                  const data::Type& type, std::uint64_t rows, duckdb_vector vector) {
  std::vector<std::string_view> buffers;
  for (const std::size_t length : lengths) {
    if (length > bytes.size()) return wrong_buffers();
    buffers.push_back(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return fill(buffers, type, rows, vector);
}

}  // namespace sluice::sql
