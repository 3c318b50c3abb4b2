#include "formats/avro_walk.h"

#include <algorithm>
#include <utility>

#include "data/vector_reader.h"
#include "formats/binary_value.h"
#include "formats/map_keys.h"

namespace sluice::formats {
namespace {

constexpr int kAvroDepthMax = 100;
// A list of nulls takes no bytes, so that its length alone bounds nothing.
constexpr std::int64_t kEmptyElementsMax = 10'000;
// Records of nothing inside each other take no bytes either.
constexpr std::int64_t kStepsMax = 1'000'000;

std::int64_t floor_to_micros(std::int64_t nanos) {
  return nanos / 1000 - (nanos % 1000 < 0 ? 1 : 0);
}

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

}  // namespace

Failure AvroWalk::decode(const AvroPlan& plan, std::string_view record, std::uint64_t row) {
  writer_ = &plan.writer();
  reader_ = plan.reader();
  bytes_ = AvroBytes(record);
  steps_ = 0;
  column_ = data::Reject::kNoColumn;
  empty_elements_ = 0;
  has_image_ = false;
  const Reason reason = read_columns(plan.root(), row);
  if (reason != Reason::kNone) {
    return {reason, is_of_record(reason) ? data::Reject::kNoColumn : column_};
  }
  if (plan.is_envelope() && !has_image_) return {Reason::kNoImage};
  if (bytes_.left() > 0) return {Reason::kBytesLeft};
  return {};
}

void AvroWalk::read_change(const AvroPlan& plan, std::string_view record, std::string_view& op,
                           std::optional<std::int64_t>& ts_ms) {
  writer_ = &plan.writer();
  bytes_ = AvroBytes(record);
  empty_elements_ = 0;
  for (const AvroField& field : writer_->root().fields) {
    const AvroNode* node = &writer_->at(field.node);
    const bool is_op = field.name == "op";
    if (!is_op && field.name != "ts_ms") {
      if (skip(field.node, 0) != Reason::kNone) return;
      continue;
    }
    std::int64_t number = 0;
    if (node->kind == AvroKind::kUnion) {
      if (!bytes_.read_long(number) || number < 0 ||
          static_cast<std::size_t>(number) >= node->children.size()) {
        return;
      }
      node = &writer_->at(node->children[static_cast<std::size_t>(number)]);
    }
    if (is_op && node->kind == AvroKind::kString) {
      if (read_length(op) != Reason::kNone || !is_utf8(op)) return;
    } else if (!is_op && node->kind == AvroKind::kLong) {
      if (!bytes_.read_long(number)) return;
      ts_ms = number;
    } else if (node->kind != AvroKind::kNull) {
      return;
    }
  }
}

Reason AvroWalk::long_failure() const {
  return bytes_.left() >= 10 ? Reason::kBadLength : Reason::kEndsEarly;
}

Reason AvroWalk::read_length(std::string_view& bytes) {
  std::int64_t size = 0;
  if (!bytes_.read_long(size)) return long_failure();
  if (size < 0) return Reason::kBadLength;
  return bytes_.read(static_cast<std::size_t>(size), bytes) ? Reason::kNone : Reason::kEndsEarly;
}

// A record whose fields are columns: the whole one, or an image of a row in an envelope.
// NOLINTNEXTLINE(misc-no-recursion)
Reason AvroWalk::read_columns(const AvroStep& step, std::uint64_t row) {
  const AvroStep* second = nullptr;
  AvroBytes at_second({});
  for (std::size_t i = 0; i < step.children.size(); ++i) {
    const AvroStep& child = step.children[i];
    const std::int32_t target = step.targets[i];
    Reason reason = Reason::kNone;
    if (target == AvroStep::kImage) {
      reason = read_image(child, row);
    } else if (target == AvroStep::kSecondImage) {
      second = &child;
      at_second = bytes_;
      reason = skip(child.node, 0);
    } else if (target < 0 || targets_[static_cast<std::size_t>(target)] == nullptr) {
      reason = skip(child.node, 0);
    } else {
      reason = read(child, *targets_[static_cast<std::size_t>(target)], row);
      if (reason != Reason::kNone) column_ = static_cast<std::uint16_t>(target);
    }
    if (reason != Reason::kNone) return reason;
  }
  if (second != nullptr && !has_image_) {
    const AvroBytes end = std::exchange(bytes_, at_second);
    const Reason reason = read_image(*second, row);
    bytes_ = end;
    if (reason != Reason::kNone) return reason;
  }
  return read_absent(step, nullptr, row);
}

// `before` or `after`: the newer one counts, so it is written over the other.
// NOLINTNEXTLINE(misc-no-recursion)
Reason AvroWalk::read_image(const AvroStep& step, std::uint64_t row) {
  if (!step.of_columns) {
    if (step.kind != AvroKind::kUnion) return skip(step.node, 0);
    std::int64_t branch = 0;
    if (!bytes_.read_long(branch)) return long_failure();
    if (branch < 0 || static_cast<std::size_t>(branch) >= step.children.size()) {
      return Reason::kBadBranch;
    }
    return read_image(step.children[static_cast<std::size_t>(branch)], row);
  }
  has_image_ = true;
  for (data::VectorWriter* const target : targets_) {
    if (target != nullptr) target->set_valid(row);
  }
  return read_columns(step, row);
}

// Fields that the writer does not have. `out`: of the STRUCT; null: they are columns.
// NOLINTNEXTLINE(misc-no-recursion)
Reason AvroWalk::read_absent(const AvroStep& step, data::VectorWriter* out, std::uint64_t row) {
  const auto place = [&](std::size_t child) {
    return out != nullptr ? &out->children[child] : targets_[child];
  };
  for (const std::uint16_t child : step.absent) {
    if (data::VectorWriter* const target = place(child)) target->set_null_deep(row);
  }
  for (const AvroDefault& made : step.defaults) {
    data::VectorWriter* const target = place(made.child);
    if (target == nullptr) continue;
    const AvroBytes outer = std::exchange(bytes_, AvroBytes(made.bytes));
    const AvroSchema* const outer_writer = std::exchange(writer_, reader_);
    const Reason reason = read(made.step[0], *target, row);
    bytes_ = outer;
    writer_ = outer_writer;
    if (reason == Reason::kNone) continue;
    if (out == nullptr) column_ = made.child;
    return reason;
  }
  return Reason::kNone;
}

// NOLINTNEXTLINE(misc-no-recursion)
Reason AvroWalk::read(const AvroStep& step, data::VectorWriter& out, std::uint64_t row) {
  Reason reason = step.misfit;
  if (reason == Reason::kNone) {
    reason = read_value(step, out, row);
  } else if (reason == Reason::kOtherType) {
    // Its bytes are read all the same, so that what comes after it is found.
    const Reason skipped = skip(step.node, 0);
    if (skipped != Reason::kNone) return skipped;
  }
  if (reason == Reason::kNone || is_of_record(reason) || !null_bad_) return reason;
  out.set_null_deep(row);
  return Reason::kNone;
}

// NOLINTNEXTLINE(misc-no-recursion)
Reason AvroWalk::read_value(const AvroStep& step, data::VectorWriter& out, std::uint64_t row) {
  if (step.is_members && step.kind != AvroKind::kUnion) return read_member(step, 0, out, row);
  std::string_view bytes;
  switch (step.kind) {
    case AvroKind::kNull:
      out.set_null_deep(row);
      return Reason::kNone;
    case AvroKind::kBoolean:
      if (!bytes_.read(1, bytes)) return Reason::kEndsEarly;
      if (static_cast<unsigned char>(bytes[0]) > 1) return Reason::kBadLength;
      out.as<std::uint8_t>()[row] = static_cast<std::uint8_t>(bytes[0]);
      return Reason::kNone;
    case AvroKind::kInt:
    case AvroKind::kLong:
      return read_integer(step, out, row);
    case AvroKind::kFloat: {
      float value = 0;
      if (!bytes_.read_real(value)) return Reason::kEndsEarly;
      return put_real(*step.plan, value, out, row);
    }
    case AvroKind::kDouble: {
      double value = 0;
      if (!bytes_.read_real(value)) return Reason::kEndsEarly;
      return put_real(*step.plan, value, out, row);
    }
    case AvroKind::kFixed:
      if (!bytes_.read(step.size, bytes)) return Reason::kEndsEarly;
      return read_bytes(step, bytes, out, row);
    case AvroKind::kBytes:
    case AvroKind::kString: {
      const Reason reason = read_length(bytes);
      return reason == Reason::kNone ? read_bytes(step, bytes, out, row) : reason;
    }
    case AvroKind::kEnum: {
      std::int64_t symbol = 0;
      if (!bytes_.read_long(symbol)) return long_failure();
      if (symbol < 0 || static_cast<std::size_t>(symbol) >= step.symbols.size()) {
        return Reason::kBadBranch;
      }
      const std::string& text = step.symbols[static_cast<std::size_t>(symbol)];
      if (text.empty()) return Reason::kUnknownSymbol;
      out.set_text(
          row, text.size() > data::StringSlot::kInlineBytesMax ? context_.arena.copy(text) : text);
      return Reason::kNone;
    }
    case AvroKind::kArray:
      return read_list(step, out, row);
    case AvroKind::kMap:
      return read_map(step, out, row);
    case AvroKind::kUnion:
      return read_union(step, out, row);
    case AvroKind::kRecord:
      return read_struct(step, out, row);
  }
  return Reason::kNone;
}

Reason AvroWalk::read_integer(const AvroStep& step, data::VectorWriter& out, std::uint64_t row) {
  std::int64_t value = 0;
  if (!bytes_.read_long(value)) return long_failure();
  if (step.kind == AvroKind::kInt && value != static_cast<std::int32_t>(value)) {
    return Reason::kBadLength;
  }
  switch (step.plan->op) {
    case Op::kDate:
      return put_days(value, out, row);
    case Op::kTime:
      // A day has so few of them that nothing overflows.
      if (value < 0 || value > 86'400'000'000) return Reason::kOutOfRange;
      return put_time(step.logical == AvroLogical::kTimeMillis ? value * 1000 : value, out, row);
    case Op::kTimestamp:
      break;
    default:
      return put_integer(*step.plan, value, out, row);
  }
  switch (step.logical) {
    case AvroLogical::kTimestampMillis:
    case AvroLogical::kLocalTimestampMillis:
      return put_scaled_timestamp(value, 1000, out, row);
    case AvroLogical::kTimestampNanos:
    case AvroLogical::kLocalTimestampNanos:
      return put_timestamp(floor_to_micros(value), out, row);
    default:
      return put_timestamp(value, out, row);
  }
}

Reason AvroWalk::read_bytes(const AvroStep& step, std::string_view bytes, data::VectorWriter& out,
                            std::uint64_t row) {
  const Op op = step.plan->op;
  if (op == Op::kBlob) {
    out.set_text(row, bytes);
    return Reason::kNone;
  }
  if (step.kind == AvroKind::kString) return put_text(*step.plan, bytes, context_, out, row);
  switch (step.logical) {
    case AvroLogical::kDecimal:
      return put_decimal(*step.plan, bytes, step.scale, out, row);
    case AvroLogical::kUuid:
      put_uuid(bytes, out, row);
      return Reason::kNone;
    case AvroLogical::kDuration:
      return read_duration(bytes, out, row);
    default:
      return put_text(*step.plan, bytes, context_, out, row);
  }
}

// Three unsigned numbers: months, days, milliseconds.
Reason AvroWalk::read_duration(std::string_view bytes, data::VectorWriter& out, std::uint64_t row) {
  const std::uint32_t months = little_endian(bytes);
  const std::uint32_t days = little_endian(bytes.substr(4));
  const std::uint32_t millis = little_endian(bytes.substr(8));
  constexpr std::uint32_t kMax = 0x7fffffff;
  if (months > kMax || days > kMax) return Reason::kOutOfRange;
  out.as<data::IntervalSlot>()[row] = {static_cast<std::int32_t>(months),
                                       static_cast<std::int32_t>(days),
                                       std::int64_t{millis} * 1000};
  return Reason::kNone;
}

// NOLINTNEXTLINE(misc-no-recursion)
Reason AvroWalk::read_struct(const AvroStep& step, data::VectorWriter& out, std::uint64_t row) {
  for (std::size_t i = 0; i < step.children.size(); ++i) {
    const std::int32_t target = step.targets[i];
    const Reason reason =
        target < 0 ? skip(step.children[i].node, 0)
                   : read(step.children[i], out.children[static_cast<std::size_t>(target)], row);
    if (reason != Reason::kNone) return reason;
  }
  return read_absent(step, &out, row);
}

// NOLINTNEXTLINE(misc-no-recursion)
Reason AvroWalk::read_union(const AvroStep& step, data::VectorWriter& out, std::uint64_t row) {
  std::int64_t branch = 0;
  if (!bytes_.read_long(branch)) return long_failure();
  if (branch < 0 || static_cast<std::size_t>(branch) >= step.children.size()) {
    return Reason::kBadBranch;
  }
  const auto at = static_cast<std::size_t>(branch);
  if (step.is_members && step.targets[at] >= 0) return read_member(step, at, out, row);
  return read(step.children[at], out, row);
}

// One member has the value, the others are NULL.
// NOLINTNEXTLINE(misc-no-recursion)
Reason AvroWalk::read_member(const AvroStep& step, std::size_t branch, data::VectorWriter& out,
                             std::uint64_t row) {
  const auto member = static_cast<std::size_t>(step.targets[branch]);
  for (std::size_t i = 0; i < out.children.size(); ++i) {
    if (i != member) out.children[i].set_null_deep(row);
  }
  return read(step.children[branch], out.children[member], row);
}

// The elements of the next block; 0: there is none. A negative count has the block's size after it.
Reason AvroWalk::next_block(std::int64_t& count) {
  if (!bytes_.read_long(count)) return long_failure();
  if (count < 0) {
    std::int64_t size = 0;
    if (!bytes_.read_long(size)) return long_failure();
    if (size < 0 || count == INT64_MIN) return Reason::kBadLength;
    count = -count;
  }
  return Reason::kNone;
}

// NOLINTNEXTLINE(misc-no-recursion)
Reason AvroWalk::read_list(const AvroStep& step, data::VectorWriter& out, std::uint64_t row) {
  const std::uint64_t start = out.list_elements;
  std::uint64_t count = 0;
  std::uint64_t room = 0;
  while (true) {
    std::int64_t block = 0;
    if (const Reason reason = next_block(block); reason != Reason::kNone) return reason;
    if (block == 0) break;
    for (; block > 0; --block) {
      if (count == room) {
        room = std::max<std::uint64_t>(8, 2 * room);
        out.reserve_elements(room);
      }
      const std::size_t before = bytes_.left();
      data::VectorWriter& child = out.children[0];
      child.set_valid(start + count);
      const Reason reason = read(step.children[0], child, start + count);
      if (reason != Reason::kNone) return reason;
      if (bytes_.left() == before && ++empty_elements_ > kEmptyElementsMax) {
        return Reason::kTooManyElements;
      }
      ++count;
    }
  }
  out.as<data::ListSlot>()[row] = {start, count};
  out.list_elements = start + count;
  return Reason::kNone;
}

// NOLINTNEXTLINE(misc-no-recursion)
Reason AvroWalk::read_map(const AvroStep& step, data::VectorWriter& out, std::uint64_t row) {
  const std::uint64_t start = out.list_elements;
  std::uint64_t room = 0;
  MapKeys keys;
  bool twice = false;
  while (true) {
    std::int64_t block = 0;
    if (const Reason reason = next_block(block); reason != Reason::kNone) return reason;
    if (block == 0) break;
    for (; block > 0; --block) {
      std::string_view key;
      if (const Reason reason = read_length(key); reason != Reason::kNone) return reason;
      if (!is_utf8(key)) return Reason::kInvalidUtf8;
      const std::int64_t known = keys.size();
      const std::int64_t index = keys.find_or_add(key);
      twice = twice || index < known;
      const std::uint64_t at = start + static_cast<std::uint64_t>(index);
      if (static_cast<std::uint64_t>(index) >= room) {
        room = std::max<std::uint64_t>(8, 2 * room);
        out.reserve_elements(room);
      }
      data::VectorWriter& entries = out.children[0];
      entries.set_valid(at);
      entries.children[0].set_text(at, key);
      const Reason reason = read(step.children[0], entries.children[1], at);
      if (reason != Reason::kNone) return reason;
    }
  }
  if (twice) return Reason::kDuplicateMapKey;
  const auto count = static_cast<std::uint64_t>(keys.size());
  out.as<data::ListSlot>()[row] = {start, count};
  out.list_elements = start + count;
  return Reason::kNone;
}

// A value that nobody asked for is read to its end, by its schema alone: all readers of a record
// agree on whether it is whole. NOLINTNEXTLINE(misc-no-recursion)
Reason AvroWalk::skip(AvroNodeId id, int depth) {
  if (depth > kAvroDepthMax) return Reason::kTooDeep;
  const AvroNode& node = writer_->at(id);
  if (node.kind == AvroKind::kRecord && ++steps_ > kStepsMax) return Reason::kTooManyElements;
  std::string_view bytes;
  std::int64_t number = 0;
  switch (node.kind) {
    case AvroKind::kNull:
      return Reason::kNone;
    case AvroKind::kBoolean:
      if (!bytes_.read(1, bytes)) return Reason::kEndsEarly;
      return static_cast<unsigned char>(bytes[0]) > 1 ? Reason::kBadLength : Reason::kNone;
    case AvroKind::kInt:
      if (!bytes_.read_long(number)) return long_failure();
      return number == static_cast<std::int32_t>(number) ? Reason::kNone : Reason::kBadLength;
    case AvroKind::kLong:
      return bytes_.read_long(number) ? Reason::kNone : long_failure();
    case AvroKind::kFloat:
      return bytes_.read(sizeof(float), bytes) ? Reason::kNone : Reason::kEndsEarly;
    case AvroKind::kDouble:
      return bytes_.read(sizeof(double), bytes) ? Reason::kNone : Reason::kEndsEarly;
    case AvroKind::kFixed:
      return bytes_.read(node.size, bytes) ? Reason::kNone : Reason::kEndsEarly;
    case AvroKind::kBytes:
      return read_length(bytes);
    case AvroKind::kString: {
      const Reason reason = read_length(bytes);
      if (reason != Reason::kNone) return reason;
      return is_utf8(bytes) ? Reason::kNone : Reason::kInvalidUtf8;
    }
    case AvroKind::kEnum:
      if (!bytes_.read_long(number)) return long_failure();
      return number >= 0 && static_cast<std::size_t>(number) < node.symbols.size()
                 ? Reason::kNone
                 : Reason::kBadBranch;
    case AvroKind::kArray:
    case AvroKind::kMap:
      return skip_blocks(node, depth);
    case AvroKind::kUnion:
      if (!bytes_.read_long(number)) return long_failure();
      if (number < 0 || static_cast<std::size_t>(number) >= node.children.size()) {
        return Reason::kBadBranch;
      }
      return skip(node.children[static_cast<std::size_t>(number)], depth + 1);
    case AvroKind::kRecord:
      for (const AvroField& field : node.fields) {
        if (const Reason reason = skip(field.node, depth + 1); reason != Reason::kNone) {
          return reason;
        }
      }
      return Reason::kNone;
  }
  return Reason::kNone;
}

// NOLINTNEXTLINE(misc-no-recursion)
Reason AvroWalk::skip_blocks(const AvroNode& node, int depth) {
  while (true) {
    std::int64_t block = 0;
    if (const Reason reason = next_block(block); reason != Reason::kNone) return reason;
    if (block == 0) return Reason::kNone;
    for (; block > 0; --block) {
      const std::size_t before = bytes_.left();
      std::string_view key;
      if (node.kind == AvroKind::kMap) {
        if (const Reason reason = read_length(key); reason != Reason::kNone) return reason;
        if (!is_utf8(key)) return Reason::kInvalidUtf8;
      }
      if (const Reason reason = skip(node.children[0], depth + 1); reason != Reason::kNone) {
        return reason;
      }
      if (bytes_.left() == before && ++empty_elements_ > kEmptyElementsMax) {
        return Reason::kTooManyElements;
      }
    }
  }
}

}  // namespace sluice::formats
