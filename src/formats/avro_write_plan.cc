#include "formats/avro_write_plan.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "formats/avro_bytes.h"
#include "formats/avro_plan.h"
#include "formats/binary_text.h"
#include "formats/number_text.h"
#include "formats/time_writer.h"
#include "formats/whole_number.h"

namespace sluice::formats {
namespace {

using data::Field;
using data::Type;
using data::TypeId;

bool is_timestamp(TypeId type) {
  return type == TypeId::kTimestamp || type == TypeId::kTimestampTz;
}

bool fits_integer(const AvroNode& node, TypeId type) {
  switch (node.logical) {
    case AvroLogical::kNone:
      return is_whole(type);
    case AvroLogical::kDate:
      return type == TypeId::kDate;
    case AvroLogical::kTimeMillis:
    case AvroLogical::kTimeMicros:
      return type == TypeId::kTime;
    default:
      return is_timestamp(type);
  }
}

bool fits_bytes(const AvroNode& node, const Type& type) {
  switch (node.logical) {
    case AvroLogical::kDecimal:
      return is_whole(type.id()) || (type.id() == TypeId::kDecimal && type.scale() <= node.scale);
    case AvroLogical::kUuid:
      return type.id() == TypeId::kUuid || (node.kind == AvroKind::kString && is_text(type.id()));
    case AvroLogical::kDuration:
      return type.id() == TypeId::kInterval;
    default:
      if (node.kind == AvroKind::kString) return is_text(type.id()) || type.id() == TypeId::kUuid;
      return type.id() == TypeId::kBlob || (node.kind == AvroKind::kBytes && is_text(type.id()));
  }
}

/// Of a union's branches the one that a value of the type would have by itself.
bool is_natural(const AvroNode& node, const Type& type) {
  switch (node.kind) {
    case AvroKind::kInt:
      return type.id() != TypeId::kBigint && type.id() != TypeId::kUinteger &&
             type.id() != TypeId::kUbigint && type.id() != TypeId::kHugeint;
    case AvroKind::kDouble:
      return type.id() == TypeId::kDouble;
    case AvroKind::kBytes:
      return !is_text(type.id());
    case AvroKind::kEnum:
      return false;
    default:
      return true;
  }
}

class AvroWriteCompiler {
 public:
  explicit AvroWriteCompiler(const AvroSchema& target) : target_(target) {}

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the column's type.
  Result<AvroWrite> compile(AvroNodeId id, const Type& type, const std::string& path) {
    const AvroNode& node = target_.at(id);
    if (node.kind == AvroKind::kUnion) return choose(node, type, path);
    AvroWrite write;
    write.kind = node.kind;
    write.logical = node.logical;
    write.from = type;
    write.path = path;
    write.size = node.size;
    write.precision = node.precision;
    write.scale = node.scale;
    write.symbols = node.symbols;
    if (node.kind == AvroKind::kRecord && type.id() == TypeId::kStruct) {
      SLUICE_TRY(fill(write, node, type.children(), path));
      return write;
    }
    const bool is_list = node.kind == AvroKind::kArray && type.id() == TypeId::kList;
    const bool is_map = node.kind == AvroKind::kMap && type.id() == TypeId::kMap &&
                        type.children()[0].type.id() == TypeId::kVarchar;
    if (is_list || is_map) {
      SLUICE_ASSIGN(AvroWrite element,
                    compile(node.children[0], type.children().back().type, path + "[]"));
      write.children.push_back(std::move(element));
      return write;
    }
    if (fits(node, type)) return write;
    return user_error(
        "column '" + path + "' is a " + type.to_string() +
        ", which does not fit the schema's type of the field; CAST it in the view, or "
        "change the schema");
  }

  /// A field for each column, and a column, or a default, for each field.
  // NOLINTNEXTLINE(misc-no-recursion)
  Status fill(AvroWrite& write, const AvroNode& node, const std::vector<Field>& columns,
              const std::string& path) {
    std::vector<bool> used(columns.size(), false);
    for (const AvroField& field : node.fields) {
      const int found = data::Schema(columns).find(field.name);
      const std::string name = (path.empty() ? "" : path + ".") + field.name;
      write.sources.push_back(found);
      write.constants.emplace_back();
      if (found < 0) {
        write.children.emplace_back();
        if (!field.default_json || !append_avro_default(target_, field.node, *field.default_json,
                                                        write.constants.back())) {
          return user_error("the schema has a field '" + name +
                            "' without a default, and there is no such column; add it to the view, "
                            "or give the field a default");
        }
        continue;
      }
      const auto at = static_cast<std::size_t>(found);
      used[at] = true;
      SLUICE_ASSIGN(AvroWrite child, compile(field.node, columns[at].type, name));
      write.children.push_back(std::move(child));
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (used[i]) continue;
      return user_error("the schema has no field for column '" + (path.empty() ? "" : path + ".") +
                        columns[i].name + "'; leave it out in the view, or add it to the schema");
    }
    return {};
  }

 private:
  static bool fits(const AvroNode& node, const Type& type) {
    switch (node.kind) {
      case AvroKind::kBoolean:
        return type.id() == TypeId::kBoolean;
      case AvroKind::kInt:
      case AvroKind::kLong:
        return fits_integer(node, type.id());
      case AvroKind::kFloat:
        return type.id() == TypeId::kReal;
      case AvroKind::kDouble:
        return type.id() == TypeId::kReal || type.id() == TypeId::kDouble;
      case AvroKind::kBytes:
      case AvroKind::kString:
      case AvroKind::kFixed:
        return fits_bytes(node, type);
      case AvroKind::kEnum:
        return type.id() == TypeId::kVarchar;
      default:
        return false;
    }
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Result<AvroWrite> choose(const AvroNode& node, const Type& type, const std::string& path) {
    std::int32_t null_branch = -1;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      if (target_.at(node.children[i]).kind == AvroKind::kNull) {
        null_branch = static_cast<std::int32_t>(i);
      }
    }
    if (auto members = compile_members(node, type, path)) {
      members->null_branch = null_branch;
      return *std::move(members);
    }
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      if (!is_natural(target_.at(node.children[i]), type)) continue;
      auto made = compile(node.children[i], type, path);
      if (!made) continue;
      made->value_branch = static_cast<std::int32_t>(i);
      made->null_branch = null_branch;
      return made;
    }
    Result<AvroWrite> last = user_error("column '" + path + "': the schema's field is always null");
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      if (static_cast<std::int32_t>(i) == null_branch) continue;
      last = compile(node.children[i], type, path);
      if (!last) continue;
      last->value_branch = static_cast<std::int32_t>(i);
      last->null_branch = null_branch;
      return last;
    }
    return last;
  }

  /// A union of several types as it is read: a STRUCT with a field for each. Null: it is none.
  // NOLINTNEXTLINE(misc-no-recursion)
  std::optional<AvroWrite> compile_members(const AvroNode& node, const Type& type,
                                           const std::string& path) {
    if (type.id() != TypeId::kStruct) return std::nullopt;
    AvroWrite write;
    write.kind = AvroKind::kUnion;
    write.from = type;
    write.path = path;
    const std::vector<Field>& members = type.children();
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      if (target_.at(node.children[i]).kind == AvroKind::kNull) continue;
      const std::size_t member = write.children.size();
      const std::string name = "member" + std::to_string(member);
      if (member == members.size() || members[member].name != name) return std::nullopt;
      auto made = compile(node.children[i], members[member].type, path + "." + name);
      if (!made) return std::nullopt;
      write.children.push_back(*std::move(made));
      write.sources.push_back(static_cast<std::int32_t>(i));
    }
    const bool is_all = write.children.size() == members.size() && members.size() > 1;
    return is_all ? std::optional(std::move(write)) : std::nullopt;
  }

  const AvroSchema& target_;
};

Error unfit(const AvroWrite& write, const std::string& why) {
  return user_error("E_VALUE_DOES_NOT_FIT: column '" + write.path + "': " + why);
}

/// Towards the past, as Spark writes them.
std::int64_t floored(std::int64_t value, std::int64_t unit) {
  return value / unit - (value % unit < 0 ? 1 : 0);
}

class AvroRowWriter {
 public:
  explicit AvroRowWriter(std::string& out) : out_(out) {}

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the column's type.
  Status append(const AvroWrite& write, const data::VectorReader& column, std::uint64_t row) {
    if (column.is_null(row)) {
      if (write.null_branch >= 0) {
        append_avro_long(out_, write.null_branch);
        return {};
      }
      return unfit(
          write,
          "it is NULL in a row, and the schema's field takes none; write coalesce() in the "
          "view, or make the field a union with null");
    }
    if (write.value_branch >= 0) append_avro_long(out_, write.value_branch);
    switch (write.kind) {
      case AvroKind::kBoolean:
        out_ += column.at<std::uint8_t>(row) != 0 ? '\1' : '\0';
        return {};
      case AvroKind::kInt:
      case AvroKind::kLong:
        return integer(write, column, row);
      case AvroKind::kFloat:
        append_avro_real(out_, column.at<float>(row));
        return {};
      case AvroKind::kDouble:
        append_avro_real(out_, write.from.id() == TypeId::kReal ? double{column.at<float>(row)}
                                                                : column.at<double>(row));
        return {};
      case AvroKind::kBytes:
      case AvroKind::kString:
      case AvroKind::kFixed:
        return bytes(write, column, row);
      case AvroKind::kEnum:
        return symbol(write, column.text(row));
      case AvroKind::kArray:
      case AvroKind::kMap:
        return container(write, column, row);
      case AvroKind::kUnion:
        return member(write, column, row);
      default:
        return record(write, column.children, row);
    }
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Status record(const AvroWrite& write, data::ChunkReader columns, std::uint64_t row) {
    for (std::size_t i = 0; i < write.children.size(); ++i) {
      if (write.sources[i] < 0) {
        out_ += write.constants[i];
        continue;
      }
      SLUICE_TRY(
          append(write.children[i], columns[static_cast<std::size_t>(write.sources[i])], row));
    }
    return {};
  }

 private:
  Status integer(const AvroWrite& write, const data::VectorReader& column, std::uint64_t row) {
    const TypeId type = write.from.id();
    if (type == TypeId::kDate) {
      const auto days = column.at<std::int32_t>(row);
      if (days == std::numeric_limits<std::int32_t>::max() ||
          days == -std::numeric_limits<std::int32_t>::max())
        return unfit(write, "a date is infinite");
      append_avro_long(out_, days);
      return {};
    }
    if (is_timestamp(type) && !is_finite_timestamp(column.at<std::int64_t>(row))) {
      return unfit(write, "a time is infinite");
    }
    if (type == TypeId::kTime || is_timestamp(type))
      return time(write, column.at<std::int64_t>(row));
    const Int128 value = whole_number(column, write.from, row);
    const bool is_int = write.kind == AvroKind::kInt;
    const std::int64_t most = is_int ? std::numeric_limits<std::int32_t>::max()
                                     : std::numeric_limits<std::int64_t>::max();
    if (value > most || value < -Int128{most} - 1) {
      return unfit(write, is_int ? "a number is larger than the schema's int"
                                 : "a number is larger than the schema's long");
    }
    append_avro_long(out_, static_cast<std::int64_t>(value));
    return {};
  }

  Status time(const AvroWrite& write, std::int64_t micros) {
    switch (write.logical) {
      case AvroLogical::kTimeMillis:
      case AvroLogical::kTimestampMillis:
      case AvroLogical::kLocalTimestampMillis:
        append_avro_long(out_, floored(micros, 1000));
        return {};
      case AvroLogical::kTimestampNanos:
      case AvroLogical::kLocalTimestampNanos: {
        std::int64_t nanos = 0;
        if (__builtin_mul_overflow(micros, std::int64_t{1000}, &nanos)) {
          return unfit(write,
                       "a time is beyond what nanoseconds since 1970 can say (1677 to 2262)");
        }
        append_avro_long(out_, nanos);
        return {};
      }
      default:
        append_avro_long(out_, micros);
        return {};
    }
  }

  Status bytes(const AvroWrite& write, const data::VectorReader& column, std::uint64_t row) {
    const TypeId type = write.from.id();
    if (write.logical == AvroLogical::kDecimal)
      return decimal(write, whole_number(column, write.from, row));
    if (type == TypeId::kInterval) return duration(write, column.at<data::IntervalSlot>(row));
    if (type == TypeId::kUuid) {
      const auto value = column.at<Int128>(row);
      if (write.kind == AvroKind::kString) {
        append_avro_long(out_, 36);
        append_uuid(out_, value);
      } else {
        big_endian(static_cast<Uint128>(value) ^ Uint128{1} << 127, 16);
      }
      return {};
    }
    const std::string_view text = column.text(row);
    if (write.kind != AvroKind::kFixed) {
      append_avro_bytes(out_, text);
      return {};
    }
    if (text.size() != write.size) {
      return unfit(write, "a value of " + std::to_string(text.size()) +
                              " bytes, and the schema's fixed has " + std::to_string(write.size));
    }
    out_ += text;
    return {};
  }

  void big_endian(Uint128 value, std::size_t size) {
    for (std::size_t i = size; i > 0; --i) {
      out_ += static_cast<char>(i > 16 ? 0 : static_cast<unsigned char>(value >> (8 * (i - 1))));
    }
  }

  Status decimal(const AvroWrite& write, Int128 value) {
    const int from = write.from.id() == TypeId::kDecimal ? write.from.scale() : 0;
    const int more = write.scale - from;
    const auto too_large = [&write] {
      return unfit(write, "a number is larger than the schema's decimal(" +
                              std::to_string(write.precision) + "," + std::to_string(write.scale) +
                              ")");
    };
    if (value != 0 && more > 38) return too_large();
    if (value != 0 &&
        __builtin_mul_overflow(value, static_cast<Int128>(power_of_ten(more)), &value)) {
      return too_large();
    }
    if (write.precision <= 38) {
      const auto limit = static_cast<Int128>(power_of_ten(write.precision));
      if (value >= limit || value <= -limit) return too_large();
    }
    std::size_t size = 1;
    while (size < 16 && (value >> (8 * size - 1)) != 0 && (value >> (8 * size - 1)) != -1) ++size;
    if (write.kind == AvroKind::kBytes) {
      append_avro_long(out_, static_cast<std::int64_t>(size));
      big_endian(static_cast<Uint128>(value), size);
      return {};
    }
    if (size > write.size) return too_large();
    for (std::size_t i = 16; i < write.size; ++i) out_ += value < 0 ? '\xff' : '\0';
    big_endian(static_cast<Uint128>(value), std::min<std::size_t>(write.size, 16));
    return {};
  }

  Status duration(const AvroWrite& write, data::IntervalSlot value) {
    if (value.months < 0 || value.days < 0 || value.micros < 0 || value.micros % 1000 != 0 ||
        value.micros / 1000 > std::numeric_limits<std::uint32_t>::max()) {
      return unfit(write, "an Avro duration is whole milliseconds, and never negative");
    }
    append_avro_real(out_, static_cast<std::uint32_t>(value.months));
    append_avro_real(out_, static_cast<std::uint32_t>(value.days));
    append_avro_real(out_, static_cast<std::uint32_t>(value.micros / 1000));
    return {};
  }

  Status symbol(const AvroWrite& write, std::string_view text) {
    const auto found = std::ranges::find(write.symbols, text);
    if (found == write.symbols.end()) {
      return unfit(write, "'" + std::string(text) + "' is none of the enum's symbols");
    }
    append_avro_long(out_, found - write.symbols.begin());
    return {};
  }

  /// The one of a union's members that is not NULL.
  // NOLINTNEXTLINE(misc-no-recursion)
  Status member(const AvroWrite& write, const data::VectorReader& column, std::uint64_t row) {
    std::size_t found = write.children.size();
    for (std::size_t i = 0; i < write.children.size(); ++i) {
      if (column.children[i].is_null(row)) continue;
      if (found < i) return unfit(write, "two members of a union have a value in one row");
      found = i;
    }
    if (found == write.children.size()) {
      return unfit(write, "no member of a union has a value in a row; NULL is the STRUCT itself");
    }
    append_avro_long(out_, write.sources[found]);
    return append(write.children[found], column.children[found], row);
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Status container(const AvroWrite& write, const data::VectorReader& column, std::uint64_t row) {
    const auto slot = column.at<data::ListSlot>(row);
    const bool is_map = write.kind == AvroKind::kMap;
    const data::VectorReader& elements = column.children[0];
    if (slot.length > 0) append_avro_long(out_, static_cast<std::int64_t>(slot.length));
    for (std::uint64_t i = slot.offset; i < slot.offset + slot.length; ++i) {
      if (is_map) append_avro_bytes(out_, elements.children[0].text(i));
      SLUICE_TRY(append(write.children[0], is_map ? elements.children[1] : elements, i));
    }
    append_avro_long(out_, 0);
    return {};
  }

  std::string& out_;
};

}  // namespace

Result<AvroWritePlan> AvroWritePlan::compile(const AvroSchema& target, const data::Schema& schema) {
  if (target.root().kind != AvroKind::kRecord) {
    return user_error("the schema is no record, and a row is one");
  }
  AvroWritePlan plan;
  SLUICE_TRY(AvroWriteCompiler(target).fill(plan.root_, target.root(), schema.fields(), ""));
  return plan;
}

Status AvroWritePlan::append(data::ChunkReader columns, std::uint64_t row, std::string& out) const {
  return AvroRowWriter(out).record(root_, columns, row);
}

}  // namespace sluice::formats
