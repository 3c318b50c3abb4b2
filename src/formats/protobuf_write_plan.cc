#include "formats/protobuf_write_plan.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "formats/binary_text.h"
#include "formats/protobuf_bytes.h"
#include "formats/time_writer.h"
#include "formats/whole_number.h"

namespace sluice::formats {
namespace {

using data::Field;
using data::Type;
using data::TypeId;

bool fits(ProtoKind kind, const Type& type) {
  const TypeId id = type.id();
  switch (kind) {
    case ProtoKind::kDouble:
      return id == TypeId::kDouble || id == TypeId::kReal;
    case ProtoKind::kFloat:
      return id == TypeId::kReal;
    case ProtoKind::kBool:
      return id == TypeId::kBoolean;
    case ProtoKind::kString:
      return is_text(id) || id == TypeId::kUuid;
    case ProtoKind::kBytes:
      return is_text(id) || id == TypeId::kBlob;
    case ProtoKind::kEnum:
      return id == TypeId::kVarchar || is_whole(id);
    case ProtoKind::kMessage:
      return false;
    default:
      return is_whole(id) || (id == TypeId::kDecimal && type.scale() == 0);
  }
}

Error unfit(const ProtoWrite& write, const std::string& why) {
  return user_error("E_VALUE_DOES_NOT_FIT: column '" + write.path + "': " + why);
}

class ProtoWriteCompiler {
 public:
  explicit ProtoWriteCompiler(const ProtoSchema& target) : target_(target) {}

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the column's type.
  Result<std::vector<ProtoWrite>> fields(ProtoMessageId id, const std::vector<Field>& columns,
                                         const std::string& path) {
    const ProtoMessage& message = target_.at(id);
    std::vector<ProtoWrite> writes;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string name = path + columns[i].name;
      const auto field = std::ranges::find(message.fields, columns[i].name, &ProtoField::name);
      if (field == message.fields.end()) {
        return user_error("the message " + message.name + " has no field for column '" + name +
                          "'; leave it out in the view, or add it to the message");
      }
      SLUICE_ASSIGN(ProtoWrite write, one(*field, columns[i].type, name));
      write.source = static_cast<std::int32_t>(i);
      writes.push_back(std::move(write));
    }
    for (const ProtoField& field : message.fields) {
      if (!field.is_required) continue;
      if (std::ranges::find(columns, field.name, &Field::name) == columns.end()) {
        return user_error("the message " + message.name + " requires the field '" + field.name +
                          "', and there is no such column; add it to the view");
      }
    }
    std::ranges::sort(writes, {}, &ProtoWrite::number);
    return writes;
  }

 private:
  static Error refused(const std::string& path, const Type& type) {
    return user_error(
        "column '" + path + "' is a " + type.to_string() +
        ", which does not fit the message's field; CAST it in the view, or change the "
        "message");
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Result<ProtoWrite> one(const ProtoField& field, const Type& type, const std::string& path) {
    ProtoWrite write;
    write.kind = field.kind;
    write.number = static_cast<std::uint32_t>(field.number);
    write.is_repeated = field.is_repeated;
    write.is_map = field.is_map;
    write.is_packed = field.is_packed;
    write.is_required = field.is_required;
    write.oneof = field.oneof;
    if (field.is_group) return refused(path, type);
    write.omits_zero = !field.has_presence && !field.is_repeated;
    write.from = type;
    write.path = path;
    write.numbers = field.numbers;
    if (field.is_map) {
      if (type.id() != TypeId::kMap) return refused(path, type);
      SLUICE_ASSIGN(write.fields, fields(field.message, type.children(), path + "."));
      // Both parts of an entry are written, whatever they are.
      for (ProtoWrite& part : write.fields) part.omits_zero = false;
      return write;
    }
    if (field.is_repeated) {
      if (type.id() != TypeId::kList) return refused(path, type);
      write.from = type.children()[0].type;
    }
    if (field.kind == ProtoKind::kMessage) return message(std::move(write), field, path);
    if (!fits(field.kind, write.from)) return refused(path, type);
    return write;
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Result<ProtoWrite> message(ProtoWrite write, const ProtoField& field, const std::string& path) {
    const ProtoMessage& message = target_.at(field.message);
    const TypeId type = write.from.id();
    write.well_known = message.well_known;
    switch (message.well_known) {
      case ProtoWellKnown::kTimestamp:
        if (type == TypeId::kTimestamp || type == TypeId::kTimestampTz) return write;
        break;
      case ProtoWellKnown::kDuration:
        if (type == TypeId::kInterval) return write;
        break;
      case ProtoWellKnown::kWrapper: {
        SLUICE_ASSIGN(ProtoWrite value, one(message.fields[0], write.from, path));
        write.fields.push_back(std::move(value));
        return write;
      }
      case ProtoWellKnown::kNone:
        break;
    }
    write.well_known = ProtoWellKnown::kNone;
    if (type != TypeId::kStruct) return refused(path, write.from);
    SLUICE_ASSIGN(write.fields, fields(field.message, write.from.children(), path + "."));
    return write;
  }

  const ProtoSchema& target_;
};

struct Limits {
  Int128 least;
  Int128 most;
};

Limits limits_of(ProtoKind kind) {
  switch (kind) {
    case ProtoKind::kUint32:
    case ProtoKind::kFixed32:
      return {0, std::numeric_limits<std::uint32_t>::max()};
    case ProtoKind::kUint64:
    case ProtoKind::kFixed64:
      return {0, static_cast<Int128>(std::numeric_limits<std::uint64_t>::max())};
    case ProtoKind::kInt64:
    case ProtoKind::kSint64:
    case ProtoKind::kSfixed64:
      return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
    default:
      return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
  }
}

class ProtoRowWriter {
 public:
  explicit ProtoRowWriter(std::string& out) : out_(out) {}

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the column's type.
  Status append(const std::vector<ProtoWrite>& fields, data::ChunkReader columns,
                std::uint64_t row) {
    for (const ProtoWrite& field : fields) {
      const data::VectorReader& column = columns[static_cast<std::size_t>(field.source)];
      if (column.is_null(row)) {
        if (field.is_required)
          return unfit(field, "it is NULL in a row, and the message requires it");
        continue;
      }
      if (field.oneof >= 0) SLUICE_TRY(check_alone(fields, field, columns, row));
      SLUICE_TRY(append_field(field, column, row));
    }
    return {};
  }

 private:
  /// Of a oneof every reader keeps one member.
  static Status check_alone(const std::vector<ProtoWrite>& fields, const ProtoWrite& field,
                            data::ChunkReader columns, std::uint64_t row) {
    for (const ProtoWrite& other : fields) {
      if (&other == &field || other.oneof != field.oneof) continue;
      if (columns[static_cast<std::size_t>(other.source)].is_null(row)) continue;
      return unfit(field, "a row has a value here and in '" + other.path +
                              "', and the message has one of the two (a oneof)");
    }
    return {};
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Status append_field(const ProtoWrite& field, const data::VectorReader& column,
                      std::uint64_t row) {
    if (!field.is_repeated) return append_one(field, column, row, field.omits_zero);
    const auto slot = column.at<data::ListSlot>(row);
    const data::VectorReader& elements = column.children[0];
    if (slot.length == 0) return {};
    std::size_t start = 0;
    if (field.is_packed) {
      tag(field.number, ProtoWire::kBytes);
      start = out_.size();
    }
    for (std::uint64_t i = slot.offset; i < slot.offset + slot.length; ++i) {
      if (field.is_map) {
        tag(field.number, ProtoWire::kBytes);
        const std::size_t entry = out_.size();
        if (elements.children[1].is_null(i)) {
          return unfit(field, "a value of a map is NULL, and Protobuf has none");
        }
        SLUICE_TRY(append(field.fields, elements.children, i));
        put_length(entry);
        continue;
      }
      if (elements.is_null(i)) {
        return unfit(field,
                     "an element of a list is NULL, and Protobuf has none; leave it out in the "
                     "view: list_filter(l, x -> x IS NOT NULL)");
      }
      SLUICE_TRY(field.is_packed ? scalar(field, elements, i)
                                 : append_one(field, elements, i, /*omits_zero=*/false));
    }
    if (field.is_packed) put_length(start);
    return {};
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Status append_one(const ProtoWrite& field, const data::VectorReader& column, std::uint64_t row,
                    bool omits_zero) {
    const std::size_t before = out_.size();
    tag(field.number, wire_of(field.kind));
    const std::size_t start = out_.size();
    if (field.kind == ProtoKind::kMessage) {
      SLUICE_TRY(message(field, column, row));
      put_length(start);
      return {};
    }
    SLUICE_TRY(scalar(field, column, row));
    const bool is_zero = std::all_of(out_.begin() + static_cast<std::ptrdiff_t>(start), out_.end(),
                                     [](char c) { return c == '\0'; });
    // A text of NUL bytes has a length that is none.
    if (omits_zero && is_zero) out_.resize(before);
    return {};
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Status message(const ProtoWrite& field, const data::VectorReader& column, std::uint64_t row) {
    switch (field.well_known) {
      case ProtoWellKnown::kTimestamp: {
        const auto micros = column.at<std::int64_t>(row);
        if (!is_finite_timestamp(micros)) return unfit(field, "a time is infinite");
        seconds(micros / 1'000'000 - (micros % 1'000'000 < 0 ? 1 : 0),
                (micros % 1'000'000 + 1'000'000) % 1'000'000 * 1000);
        return {};
      }
      case ProtoWellKnown::kDuration: {
        const auto span = column.at<data::IntervalSlot>(row);
        std::int64_t micros = 0;
        if (span.months != 0 ||
            __builtin_mul_overflow(std::int64_t{span.days}, std::int64_t{86'400'000'000},
                                   &micros) ||
            __builtin_add_overflow(micros, span.micros, &micros)) {
          return unfit(field, "an interval has months, whose length nobody knows");
        }
        seconds(micros / 1'000'000, micros % 1'000'000 * 1000);
        return {};
      }
      case ProtoWellKnown::kWrapper:
        return append_one(field.fields[0], column, row, /*omits_zero=*/true);
      case ProtoWellKnown::kNone:
        break;
    }
    return append(field.fields, column.children, row);
  }

  void seconds(std::int64_t whole, std::int64_t nanos) {
    if (whole != 0) {
      tag(1, ProtoWire::kVarint);
      append_varint(out_, static_cast<std::uint64_t>(whole));
    }
    if (nanos != 0) {
      tag(2, ProtoWire::kVarint);
      append_varint(out_, static_cast<std::uint64_t>(nanos));
    }
  }

  Status scalar(const ProtoWrite& field, const data::VectorReader& column, std::uint64_t row) {
    switch (field.kind) {
      case ProtoKind::kDouble:
        fixed(field.from.id() == TypeId::kReal ? double{column.at<float>(row)}
                                               : column.at<double>(row));
        return {};
      case ProtoKind::kFloat:
        fixed(column.at<float>(row));
        return {};
      case ProtoKind::kBool:
        out_ += column.at<std::uint8_t>(row) != 0 ? '\1' : '\0';
        return {};
      case ProtoKind::kString:
        if (field.from.id() == TypeId::kUuid) {
          append_varint(out_, 36);
          append_uuid(out_, column.at<Int128>(row));
          return {};
        }
        [[fallthrough]];
      case ProtoKind::kBytes: {
        const std::string_view text = column.text(row);
        append_varint(out_, text.size());
        out_ += text;
        return {};
      }
      case ProtoKind::kEnum:
        if (field.from.id() == TypeId::kVarchar) return symbol(field, column.text(row));
        break;
      default:
        break;
    }
    return integer(field, whole_number(column, field.from, row));
  }

  Status integer(const ProtoWrite& field, Int128 value) {
    const Limits limits = limits_of(field.kind);
    if (value < limits.least || value > limits.most) {
      return unfit(field, "a number is beyond what the message's field holds");
    }
    const auto bits = static_cast<std::uint64_t>(value);
    switch (field.kind) {
      case ProtoKind::kSint32:
      case ProtoKind::kSint64:
        append_varint(out_, zigzag(static_cast<std::int64_t>(value)));
        break;
      case ProtoKind::kFixed32:
      case ProtoKind::kSfixed32:
        fixed(static_cast<std::uint32_t>(bits));
        break;
      case ProtoKind::kFixed64:
      case ProtoKind::kSfixed64:
        fixed(bits);
        break;
      default:
        append_varint(out_, bits);
        break;
    }
    return {};
  }

  Status symbol(const ProtoWrite& field, std::string_view text) {
    const auto found = field.numbers.find(std::string(text));
    if (found == field.numbers.end()) {
      return unfit(field, "'" + std::string(text) + "' is none of the enum's symbols");
    }
    append_varint(out_, static_cast<std::uint64_t>(std::int64_t{found->second}));
    return {};
  }

  static ProtoWire wire_of(ProtoKind kind) {
    switch (kind) {
      case ProtoKind::kDouble:
      case ProtoKind::kFixed64:
      case ProtoKind::kSfixed64:
        return ProtoWire::kFixed64;
      case ProtoKind::kFloat:
      case ProtoKind::kFixed32:
      case ProtoKind::kSfixed32:
        return ProtoWire::kFixed32;
      case ProtoKind::kString:
      case ProtoKind::kBytes:
      case ProtoKind::kMessage:
        return ProtoWire::kBytes;
      default:
        return ProtoWire::kVarint;
    }
  }

  void tag(std::uint32_t number, ProtoWire wire) {
    append_varint(out_, std::uint64_t{number} << 3U | static_cast<std::uint64_t>(wire));
  }

  template <class T>
  void fixed(T value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out_.append(bytes, sizeof value);
  }

  /// The length of what `out` has from `start` on goes before it.
  void put_length(std::size_t start) {
    std::string length;
    append_varint(length, out_.size() - start);
    out_.insert(start, length);
  }

  std::string& out_;
};

}  // namespace

Result<ProtoWritePlan> ProtoWritePlan::compile(const ProtoSchema& target, ProtoMessageId message,
                                               const data::Schema& schema) {
  ProtoWritePlan plan;
  SLUICE_ASSIGN(plan.fields_, ProtoWriteCompiler(target).fields(message, schema.fields(), ""));
  return plan;
}

Status ProtoWritePlan::append(data::ChunkReader columns, std::uint64_t row,
                              std::string& out) const {
  return ProtoRowWriter(out).append(fields_, columns, row);
}

}  // namespace sluice::formats
