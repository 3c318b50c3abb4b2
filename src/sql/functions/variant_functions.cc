#include "sql/functions/variant_functions.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/time_zone.h"
#include "formats/binary_text.h"
#include "formats/json_compact.h"
#include "formats/number_writer.h"
#include "formats/time_writer.h"
#include "sql/duckdb/duckdb_type.h"
#include "sql/duckdb/scalar_function.h"
#include "sql/functions/function_facts.h"

namespace sluice::sql {
namespace {

using VectorHandle = HandleOwner<duckdb_vector, duckdb_destroy_vector>;

struct SelectionDeleter {
  using pointer = duckdb_selection_vector;
  void operator()(duckdb_selection_vector selection) const {
    duckdb_destroy_selection_vector(selection);
  }
};
using SelectionHandle =
    std::unique_ptr<std::remove_pointer_t<duckdb_selection_vector>, SelectionDeleter>;

/// The kinds of values, by the numbers that DuckDB's storage gives them since version 1.5.
enum class Kind : std::uint8_t {
  kNull = 0,
  kTrue = 1,
  kFalse = 2,
  kInt8 = 3,
  kInt16 = 4,
  kInt32 = 5,
  kInt64 = 6,
  kFloat = 13,
  kDouble = 14,
  kDecimal = 15,
  kText = 16,
  kBytes = 17,
  kUuid = 18,
  kDate = 19,
  kTime = 20,
  kTimestamp = 24,
  kTimestampNanos = 25,
  kInstant = 27,
  kObject = 29,
  kArray = 30,
};

/// Reads what a value has in the row's bytes: numbers as they are in memory, lengths as LEB128.
/// What is not there is 0 or empty, and a problem.
class Bytes {
 public:
  /// `problem` outlives this.
  Bytes(std::string_view rest, std::string& problem) : rest_(rest), problem_(&problem) {}

  template <class T>
  T number() {
    T value{};
    const std::string_view taken = take(sizeof value);
    if (!taken.empty()) std::memcpy(&value, taken.data(), sizeof value);
    return value;
  }

  std::uint32_t length() {
    std::uint32_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = number<std::uint8_t>();
      value |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  std::string_view text() { return take(length()); }

 private:
  std::string_view take(std::size_t count) {
    if (count > rest_.size()) {
      *problem_ = "a VARIANT ends too early";
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
  std::string* problem_;
};

template <class T>
T slot(duckdb_vector vector, std::uint64_t row) {
  return static_cast<const T*>(duckdb_vector_get_data(vector))[row];
}

/// Offset in minutes: "+01:00", "-03:30".
void append_offset(std::string& out, std::int64_t minutes) {
  const auto two = [&out](std::int64_t number) {
    out += static_cast<char>('0' + number / 10);
    out += static_cast<char>('0' + number % 10);
  };
  out += minutes < 0 ? '-' : '+';
  two(std::abs(minutes) / 60);
  out += ':';
  two(std::abs(minutes) % 60);
}

/// The VARIANTs of a chunk as DuckDB keeps them: a STRUCT of four lists for each row, `keys` of its
/// objects, `children` (key and value of each member of an object or array, by their numbers),
/// `values` (kind, and where its bytes begin) and `data`, the bytes. Value 0 is the whole.
class Variants {
 public:
  /// `vector` is flat to its depth.
  Variants(duckdb_vector vector, const TimeZone& zone)
      : key_lists_(child(vector, 0)),
        member_lists_(child(vector, 1)),
        value_lists_(child(vector, 2)),
        bytes_(child(vector, 3)),
        zone_(zone) {
    const duckdb_vector members = duckdb_list_vector_get_child(member_lists_);
    const duckdb_vector values = duckdb_list_vector_get_child(value_lists_);
    keys_ = duckdb_list_vector_get_child(key_lists_);
    member_keys_ = child(members, 0);
    member_values_ = child(members, 1);
    kinds_ = child(values, 0);
    offsets_ = child(values, 1);
  }

  void append(std::string& out, std::uint64_t row, std::uint32_t value = 0) const {
    const std::uint64_t at = first(value_lists_, row) + value;
    Bytes bytes(bytes_at(bytes_, row).substr(slot<std::uint32_t>(offsets_, at)), problem_);
    const auto kind = static_cast<Kind>(slot<std::uint8_t>(kinds_, at));
    if (kind == Kind::kObject || kind == Kind::kArray) {
      append_members(out, row, kind == Kind::kObject, bytes);
    } else {
      append_scalar(out, kind, bytes);
    }
  }

  /// Of any value that was appended: then it has no text. "": none.
  const std::string& problem() const { return problem_; }

 private:
  static duckdb_vector child(duckdb_vector vector, std::uint64_t index) {
    return duckdb_struct_vector_get_child(vector, index);
  }
  static std::uint64_t first(duckdb_vector lists, std::uint64_t row) {
    return slot<duckdb_list_entry>(lists, row).offset;
  }

  void append_members(std::string& out, std::uint64_t row, bool named, Bytes bytes) const {
    out += named ? '{' : '[';
    const std::uint32_t count = bytes.length();
    const std::uint64_t from = first(member_lists_, row) + (count > 0 ? bytes.length() : 0);
    for (std::uint64_t at = from; at < from + count; ++at) {
      if (at > from) out += ',';
      if (named) {
        const auto key = first(key_lists_, row) + slot<std::uint32_t>(member_keys_, at);
        formats::append_json_string(out, bytes_at(keys_, key));
        out += ':';
      }
      append(out, row, slot<std::uint32_t>(member_values_, at));
    }
    out += named ? '}' : ']';
  }

  void append_scalar(std::string& out, Kind kind, Bytes bytes) const {
    switch (kind) {
      case Kind::kNull:
        out += "null";
        return;
      case Kind::kTrue:
        out += "true";
        return;
      case Kind::kFalse:
        out += "false";
        return;
      case Kind::kInt8:
        out += std::to_string(bytes.number<std::int8_t>());
        return;
      case Kind::kInt16:
        out += std::to_string(bytes.number<std::int16_t>());
        return;
      case Kind::kInt32:
        out += std::to_string(bytes.number<std::int32_t>());
        return;
      case Kind::kInt64:
        out += std::to_string(bytes.number<std::int64_t>());
        return;
      case Kind::kFloat: {
        const auto number = bytes.number<float>();
        const std::string_view quote = std::isfinite(number) ? "" : "\"";
        out += quote;
        formats::append_float(out, number);
        out += quote;
        return;
      }
      case Kind::kDouble: {
        const auto number = bytes.number<double>();
        const std::string_view quote = std::isfinite(number) ? "" : "\"";
        out += quote;
        formats::append_double(out, number);
        out += quote;
        return;
      }
      case Kind::kDecimal:
        append_stripped_decimal(out, bytes);
        return;
      case Kind::kText:
        formats::append_json_string(out, bytes.text());
        return;
      default:
        out += '"';
        append_quoted(out, kind, bytes);
        out += '"';
    }
  }

  static void append_stripped_decimal(std::string& out, Bytes bytes) {
    const std::uint32_t width = bytes.length();
    auto scale = static_cast<int>(bytes.length());
    formats::Int128 value = width <= 4    ? bytes.number<std::int16_t>()
                            : width <= 9  ? bytes.number<std::int32_t>()
                            : width <= 18 ? bytes.number<std::int64_t>()
                                          : bytes.number<formats::Int128>();
    for (; scale > 0 && value % 10 == 0; --scale) value /= 10;
    formats::append_decimal(out, value, scale);
  }

  void append_quoted(std::string& out, Kind kind, Bytes bytes) const {
    switch (kind) {
      case Kind::kBytes:
        formats::append_base64(out, bytes.text());
        return;
      case Kind::kUuid:
        formats::append_uuid(out, bytes.number<formats::Int128>());
        return;
      case Kind::kDate:
        formats::append_date(out, bytes.number<std::int32_t>());
        return;
      case Kind::kTime:
        formats::append_time(out, bytes.number<std::int64_t>());
        return;
      case Kind::kTimestamp:
        formats::append_timestamp(out, bytes.number<std::int64_t>());
        return;
      case Kind::kTimestampNanos:
        append_nanos(out, bytes.number<std::int64_t>());
        return;
      case Kind::kInstant:
        append_instant(out, bytes.number<std::int64_t>());
        return;
      default:
        problem_ = "a VARIANT has a value that has no JSON (DuckDB's kind " +
                   std::to_string(static_cast<int>(kind)) + ")";
    }
  }

  void append_instant(std::string& out, std::int64_t micros) const {
    const std::int64_t local = zone_.to_local(micros);
    formats::append_timestamp(out, local);
    append_offset(out, (local - micros) / kMinute);
  }

  static void append_nanos(std::string& out, std::int64_t nanos) {
    const std::int64_t rest = (nanos % 1000 + 1000) % 1000;
    const std::int64_t micros = (nanos - rest) / 1000;
    formats::append_timestamp(out, micros);
    if (rest == 0) return;
    if (micros % 1'000'000 == 0) out += '.';
    const std::size_t digits = out.size() - out.rfind('.') - 1;
    out.append(6 - digits, '0');
    out += std::to_string(1000 + rest).substr(1);
    while (out.back() == '0') out.pop_back();
  }

  duckdb_vector key_lists_;
  duckdb_vector member_lists_;
  duckdb_vector value_lists_;
  duckdb_vector bytes_;
  duckdb_vector keys_ = nullptr;
  duckdb_vector member_keys_ = nullptr;
  duckdb_vector member_values_ = nullptr;
  duckdb_vector kinds_ = nullptr;
  duckdb_vector offsets_ = nullptr;
  const TimeZone& zone_;
  mutable std::string problem_;
};

/// A copy that is flat to its depth: DuckDB flattens a function's arguments, but not what is inside
/// them, and a VARIANT's keys are a dictionary.
VectorHandle flat_copy(duckdb_vector vector, idx_t rows) {
  const TypeHandle type(duckdb_vector_get_column_type(vector));
  VectorHandle copy(duckdb_create_vector(type.get(), rows));
  const SelectionHandle all(duckdb_create_selection_vector(rows));
  sel_t* const selected = duckdb_selection_vector_get_data_ptr(all.get());
  for (idx_t row = 0; row < rows; ++row) selected[row] = static_cast<sel_t>(row);
  duckdb_vector_copy_sel(vector, copy.get(), all.get(), rows, 0, 0);
  return copy;
}

void variant_texts(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const idx_t rows = duckdb_data_chunk_get_size(input);
  if (rows == 0) return;
  const auto zone = zone_of(info);
  const duckdb_vector values = duckdb_data_chunk_get_vector(input, 0);
  // DuckDB makes no VARIANT by its type's number alone, so that the function takes any type.
  const TypeHandle type(duckdb_vector_get_column_type(values));
  if (duckdb_get_type_id(type.get()) != DUCKDB_TYPE_VARIANT) {
    return duckdb_scalar_function_set_error(info, "sluice_variant_json takes a VARIANT");
  }
  const VectorHandle copy = flat_copy(values, rows);
  const Variants variants(copy.get(), *zone);
  std::string text;
  for (idx_t row = 0; row < rows; ++row) {
    if (is_null(copy.get(), row)) {
      set_null(output, row);
      continue;
    }
    text.clear();
    variants.append(text, row);
    if (!variants.problem().empty()) {
      return duckdb_scalar_function_set_error(info, variants.problem().c_str());
    }
    set_bytes(output, row, text);
  }
}

}  // namespace

Status register_variant_functions(DuckdbSession& session) {
  return register_function(session, {.name = "sluice_variant_json",
                                     .arguments = types_of({DUCKDB_TYPE_ANY}),
                                     .returned = make_logical_type(data::TypeId::kJson),
                                     .code = guarded<variant_texts>,
                                     .extra = new Facts(session.facts()),
                                     .delete_extra = delete_facts});
}

}  // namespace sluice::sql
