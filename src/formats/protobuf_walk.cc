#include "formats/protobuf_walk.h"

#include <algorithm>

#include "data/vector_reader.h"
#include "formats/binary_value.h"

namespace sluice::formats {
namespace {

constexpr int kProtoDepthMax = 100;

template <class T>
T bits_as(std::uint64_t bits) {
  T value{};
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// Bytes of a map's key that is no text: an integer or a DATE.
std::size_t key_width(Op op) {
  switch (op) {
    case Op::kInt8:
    case Op::kUint8:
      return 1;
    case Op::kInt16:
    case Op::kUint16:
      return 2;
    case Op::kInt32:
    case Op::kUint32:
    case Op::kDate:
      return 4;
    case Op::kInt64:
    case Op::kUint64:
      return 8;
    default:
      return 16;
  }
}

/// The parts of a Timestamp or Duration.
bool read_seconds(std::string_view bytes, std::int64_t& seconds, std::int32_t& nanos) {
  ProtoBytes rest(bytes);
  while (!rest.at_end()) {
    std::uint32_t number = 0;
    ProtoWire wire{};
    if (!rest.read_tag(number, wire)) return false;
    ProtoRaw raw;
    if (number > 2 || wire != ProtoWire::kVarint) {
      if (!rest.skip(number, wire)) return false;
      continue;
    }
    if (!rest.read_value(wire, raw)) return false;
    if (number == 1) seconds = static_cast<std::int64_t>(raw.bits);
    if (number == 2) nanos = static_cast<std::int32_t>(raw.bits);
  }
  return true;
}

}  // namespace

Failure ProtoWalk::decode(const ProtoPlan& plan, std::string_view record, std::uint64_t row) {
  column_ = data::Reject::kNoColumn;
  met_.clear();
  parts_.clear();
  if (&plan != plan_) {
    // Another plan numbers its lists in another way.
    plan_ = &plan;
    rooms_.assign(plan.states(), 0);
    keys_.resize(plan.states());
  }
  const Reason reason = read_message(plan.root(), record, Place(targets_, true), row, 0);
  if (reason == Reason::kNone) return {};
  return {reason, is_of_record(reason) ? data::Reject::kNoColumn : column_};
}

Reason ProtoWalk::forgiven(Reason reason, data::VectorWriter& out, std::uint64_t row) const {
  if (reason == Reason::kNone || is_of_record(reason) || !null_bad_) return reason;
  out.set_null_deep(row);
  return Reason::kNone;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kProtoDepthMax.
Reason ProtoWalk::read_message(const ProtoRecord& record, std::string_view bytes, Place place,
                               std::uint64_t row, int depth) {
  if (depth > kProtoDepthMax) return Reason::kTooDeep;
  const std::size_t base = met_.size();
  const std::size_t parts = parts_.size();
  met_.resize(base + record.steps.size());
  ProtoBytes rest(bytes);
  while (!rest.at_end()) {
    std::uint32_t number = 0;
    ProtoWire wire{};
    if (!rest.read_tag(number, wire)) return Reason::kBadLength;
    const std::int32_t index = record.step_of(number);
    if (index < 0 || wire == ProtoWire::kStartGroup) {
      if (!rest.skip(number, wire)) return Reason::kEndsEarly;
      continue;
    }
    ProtoRaw raw;
    if (!rest.read_value(wire, raw)) return Reason::kEndsEarly;
    const auto at = static_cast<std::size_t>(index);
    const ProtoStep& step = record.steps[at];
    data::VectorWriter* const out = place.at(step.target);
    if (out == nullptr) {
      // Nobody asked for it, and still it puts out the others of its oneof.
      if (step.oneof >= 0 && wire == step.wire) put_out_siblings(record, base, at);
      continue;
    }
    const Reason reason = read_field(record, at, raw, *out, row, depth);
    if (reason == Reason::kNone) continue;
    if (place.is_columns()) column_ = step.target;
    return reason;
  }
  Reason reason = read_parts(record, base, place, row, depth);
  if (reason == Reason::kNone) reason = fill_absent(record, base, place, row);
  met_.resize(base);
  parts_.resize(parts);
  return reason;
}

// What is written as no value of the field could be is a field that nobody knows, as for any
// reader. NOLINTNEXTLINE(misc-no-recursion)
Reason ProtoWalk::read_field(const ProtoRecord& record, std::size_t index, const ProtoRaw& raw,
                             data::VectorWriter& out, std::uint64_t row, int depth) {
  const ProtoStep& step = record.steps[index];
  const bool is_packed = step.is_repeated && raw.wire == ProtoWire::kBytes;
  if (raw.wire != step.wire && !is_packed) return Reason::kNone;
  const std::size_t base = met_.size() - record.steps.size();
  Met& met = met_[base + index];
  const bool first = !met.seen;
  if (step.kind == ProtoKind::kEnum && !step.is_repeated && !step.is_open_enum &&
      !step.symbols.contains(static_cast<std::int32_t>(raw.bits))) {
    is_dropped_ = is_dropped_ || step.is_always_there;
    return Reason::kNone;
  }
  met.seen = true;
  if (step.misfit != Reason::kNone) return forgiven(step.misfit, out, row);
  if (step.is_repeated) return forgiven(read_repeated(step, raw, first, out, row, depth), out, row);
  if (step.oneof >= 0) put_out_siblings(record, base, index);
  if (step.kind == ProtoKind::kMessage) {
    // Read at the end: perhaps it is a part only.
    if (!first) {
      if (!met.in_parts) parts_.push_back({base + index, met.bytes});
      parts_.push_back({base + index, raw.bytes});
      met.in_parts = true;
    }
    met.bytes = raw.bytes;
    return Reason::kNone;
  }
  out.set_valid(row);
  const Reason reason = put_scalar(step, raw, out, row);
  return step.is_key ? reason : forgiven(reason, out, row);
}

void ProtoWalk::put_out_siblings(const ProtoRecord& record, std::size_t base, std::size_t index) {
  for (std::size_t i = 0; i < record.steps.size(); ++i) {
    if (i == index || record.steps[i].oneof != record.steps[index].oneof) continue;
    Met& met = met_[base + i];
    if (met.in_parts) std::erase_if(parts_, [&](const Part& part) { return part.met == base + i; });
    met = Met();
  }
}

// The messages that `record` holds once, each of whose parts follow each other as if they were one.
// NOLINTNEXTLINE(misc-no-recursion)
Reason ProtoWalk::read_parts(const ProtoRecord& record, std::size_t base, Place place,
                             std::uint64_t row, int depth) {
  for (std::size_t i = 0; i < record.steps.size(); ++i) {
    const ProtoStep& step = record.steps[i];
    const Met met = met_[base + i];
    if (!met.seen || step.kind != ProtoKind::kMessage || step.is_repeated ||
        step.misfit != Reason::kNone) {
      continue;
    }
    std::string_view bytes = met.bytes;
    if (met.in_parts) {
      std::size_t size = 0;
      for (const Part& part : parts_) size += part.met == base + i ? part.bytes.size() : 0;
      char* const whole = context_.arena.allocate(size);
      bytes = {whole, size};
      char* at = whole;
      for (const Part& part : parts_) {
        if (part.met == base + i) at = std::copy(part.bytes.begin(), part.bytes.end(), at);
      }
    }
    data::VectorWriter& out = *place.at(step.target);
    out.set_valid(row);
    const Reason reason = forgiven(put_message(step, bytes, out, row, depth), out, row);
    if (reason == Reason::kNone) continue;
    if (place.is_columns()) column_ = step.target;
    return reason;
  }
  return Reason::kNone;
}

// NOLINTNEXTLINE(misc-no-recursion)
Reason ProtoWalk::read_repeated(const ProtoStep& step, const ProtoRaw& raw, bool first,
                                data::VectorWriter& out, std::uint64_t row, int depth) {
  if (first) {
    out.set_valid(row);
    out.as<data::ListSlot>()[row] = {out.list_elements, 0};
    if (step.is_map) keys_[step.state] = MapKeys();
  }
  if (step.is_map) return add_entry(step, raw.bytes, out, row, depth);
  if (raw.wire == step.wire) return add_element(step, raw, out, row, depth);
  return read_packed(step, raw.bytes, out, row, depth);
}

// NOLINTNEXTLINE(misc-no-recursion)
Reason ProtoWalk::read_packed(const ProtoStep& step, std::string_view bytes,
                              data::VectorWriter& out, std::uint64_t row, int depth) {
  if (step.wire == ProtoWire::kBytes) return Reason::kNone;
  ProtoBytes rest(bytes);
  while (!rest.at_end()) {
    ProtoRaw raw;
    if (!rest.read_value(step.wire, raw)) return Reason::kEndsEarly;
    const Reason reason = add_element(step, raw, out, row, depth);
    if (reason != Reason::kNone) return reason;
  }
  return Reason::kNone;
}

void ProtoWalk::make_room(const ProtoStep& step, data::VectorWriter& out) {
  std::uint64_t& room = rooms_[step.state];
  if (out.list_elements < room) return;
  const std::uint64_t more = std::max<std::uint64_t>(8, out.list_elements);
  out.reserve_elements(more);
  room = out.list_elements + more;
}

// NOLINTNEXTLINE(misc-no-recursion)
Reason ProtoWalk::add_element(const ProtoStep& step, const ProtoRaw& raw, data::VectorWriter& out,
                              std::uint64_t row, int depth) {
  if (step.kind == ProtoKind::kEnum && !step.is_open_enum &&
      !step.symbols.contains(static_cast<std::int32_t>(raw.bits))) {
    return Reason::kNone;
  }
  make_room(step, out);
  const std::uint64_t at = out.list_elements;
  data::VectorWriter& child = out.children[0];
  child.set_valid(at);
  const Reason reason = forgiven(put(step, raw, child, at, depth), child, at);
  if (reason != Reason::kNone) return reason;
  ++out.list_elements;
  ++out.as<data::ListSlot>()[row].length;
  return Reason::kNone;
}

// A key that comes again takes the place of the one before.
// NOLINTNEXTLINE(misc-no-recursion)
Reason ProtoWalk::add_entry(const ProtoStep& step, std::string_view bytes, data::VectorWriter& out,
                            std::uint64_t row, int depth) {
  make_room(step, out);
  const std::uint64_t start = out.as<data::ListSlot>()[row].offset;
  const std::uint64_t at = out.list_elements;
  data::VectorWriter& entries = out.children[0];
  entries.set_valid(at);
  is_dropped_ = false;
  Reason reason = read_message(*step.message, bytes, Place(entries), at, depth + 1);
  if (reason != Reason::kNone || is_dropped_) return reason;
  const std::string_view key = key_of(step.message->steps[0], entries.children[0], at);
  const std::int64_t known = keys_[step.state].size();
  const std::int64_t index = keys_[step.state].find_or_add(key);
  if (index == known) {
    ++out.list_elements;
    ++out.as<data::ListSlot>()[row].length;
    return Reason::kNone;
  }
  const std::uint64_t before = start + static_cast<std::uint64_t>(index);
  entries.set_valid(before);
  return read_message(*step.message, bytes, Place(entries), before, depth + 1);
}

std::string_view ProtoWalk::key_of(const ProtoStep& step, const data::VectorWriter& keys,
                                   std::uint64_t row) {
  if (step.plan->op == Op::kText) return context_.arena.copy(data::VectorReader(keys).text(row));
  const std::size_t width = key_width(step.plan->op);
  return context_.arena.copy({static_cast<const char*>(keys.values) + row * width, width});
}

// NOLINTNEXTLINE(misc-no-recursion)
Reason ProtoWalk::fill_absent(const ProtoRecord& record, std::size_t base, Place place,
                              std::uint64_t row) {
  for (std::size_t i = 0; i < record.steps.size(); ++i) {
    if (met_[base + i].seen) continue;
    const ProtoStep& step = record.steps[i];
    data::VectorWriter* const out = place.at(step.target);
    if (out == nullptr) continue;
    if (step.is_always_there && step.kind == ProtoKind::kMessage && step.misfit == Reason::kNone) {
      out->set_valid(row);
      const Reason reason = put_message(step, {}, *out, row, 0);
      if (reason != Reason::kNone) return reason;
    } else if (step.is_repeated && step.misfit == Reason::kNone) {
      out->set_valid(row);
      out->as<data::ListSlot>()[row] = {out->list_elements, 0};
    } else if (step.has_default && (zeros_ || step.is_always_there) &&
               step.misfit == Reason::kNone) {
      out->set_valid(row);
      const ProtoRaw absent{step.wire, step.default_bits, step.default_text};
      const Reason reason = forgiven(put_scalar(step, absent, *out, row), *out, row);
      if (reason != Reason::kNone) {
        if (place.is_columns()) column_ = step.target;
        return reason;
      }
    } else {
      out->set_null_deep(row);
    }
  }
  for (const std::uint16_t target : record.absent) {
    if (data::VectorWriter* const out = place.at(target)) out->set_null_deep(row);
  }
  return Reason::kNone;
}

// NOLINTNEXTLINE(misc-no-recursion)
Reason ProtoWalk::put(const ProtoStep& step, const ProtoRaw& raw, data::VectorWriter& out,
                      std::uint64_t row, int depth) {
  return step.kind == ProtoKind::kMessage ? put_message(step, raw.bytes, out, row, depth)
                                          : put_scalar(step, raw, out, row);
}

Reason ProtoWalk::put_scalar(const ProtoStep& step, const ProtoRaw& raw, data::VectorWriter& out,
                             std::uint64_t row) {
  const ValuePlan& plan = *step.plan;
  switch (step.kind) {
    case ProtoKind::kDouble:
      return put_real(plan, bits_as<double>(raw.bits), out, row);
    case ProtoKind::kFloat:
      return put_real(plan, bits_as<float>(raw.bits), out, row);
    case ProtoKind::kInt32:
    case ProtoKind::kSfixed32:
      return put_integer(plan, static_cast<std::int32_t>(raw.bits), out, row);
    case ProtoKind::kInt64:
    case ProtoKind::kSfixed64:
      return put_integer(plan, static_cast<std::int64_t>(raw.bits), out, row);
    case ProtoKind::kUint32:
    case ProtoKind::kFixed32:
      return put_integer(plan, static_cast<std::uint32_t>(raw.bits), out, row);
    case ProtoKind::kUint64:
    case ProtoKind::kFixed64:
      return put_unsigned(plan, raw.bits, out, row);
    case ProtoKind::kSint32:
      return put_integer(plan, static_cast<std::int32_t>(unzigzag(raw.bits & 0xffffffffU)), out,
                         row);
    case ProtoKind::kSint64:
      return put_integer(plan, unzigzag(raw.bits), out, row);
    case ProtoKind::kBool:
      out.as<std::uint8_t>()[row] = raw.bits != 0 ? 1 : 0;
      return Reason::kNone;
    case ProtoKind::kEnum:
      return put_symbol(step, static_cast<std::int32_t>(raw.bits), out, row);
    case ProtoKind::kString:
      if (plan.op != Op::kBlob) return put_text(plan, raw.bytes, context_, out, row);
      [[fallthrough]];
    default:
      if (plan.op != Op::kBlob && !is_utf8(raw.bytes)) return Reason::kInvalidUtf8;
      out.set_text(row, raw.bytes);
      return Reason::kNone;
  }
}

Reason ProtoWalk::put_symbol(const ProtoStep& step, std::int32_t number, data::VectorWriter& out,
                             std::uint64_t row) {
  if (step.plan->op != Op::kText) return put_integer(*step.plan, number, out, row);
  const auto found = step.symbols.find(number);
  const std::string text = found != step.symbols.end() ? found->second : std::to_string(number);
  out.set_text(row, text.size() > data::StringSlot::kInlineBytesMax ? context_.arena.copy(text)
                                                                    : std::string_view(text));
  return Reason::kNone;
}

// NOLINTNEXTLINE(misc-no-recursion)
Reason ProtoWalk::put_message(const ProtoStep& step, std::string_view bytes,
                              data::VectorWriter& out, std::uint64_t row, int depth) {
  if (step.plan->op == Op::kBlob && step.well_known != ProtoWellKnown::kWrapper) {
    out.set_text(row, bytes);
    return Reason::kNone;
  }
  switch (step.well_known) {
    case ProtoWellKnown::kTimestamp:
    case ProtoWellKnown::kDuration:
      return put_time(step, bytes, out, row);
    case ProtoWellKnown::kWrapper: {
      const std::vector<data::VectorWriter*> value = {&out};
      return read_message(*step.message, bytes, Place(value, false), row, depth + 1);
    }
    case ProtoWellKnown::kNone:
      break;
  }
  return read_message(*step.message, bytes, Place(out), row, depth + 1);
}

Reason ProtoWalk::put_time(const ProtoStep& step, std::string_view bytes, data::VectorWriter& out,
                           std::uint64_t row) const {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  if (!read_seconds(bytes, seconds, nanos)) return Reason::kEndsEarly;
  std::int64_t micros = 0;
  // A negative duration has both parts negative; a time has its nanoseconds counted forward.
  const bool is_time = step.well_known == ProtoWellKnown::kTimestamp;
  const std::int32_t part = nanos / 1000 - (is_time && nanos % 1000 < 0 ? 1 : 0);
  if (__builtin_mul_overflow(seconds, std::int64_t{1'000'000}, &micros) ||
      __builtin_add_overflow(micros, std::int64_t{part}, &micros)) {
    return Reason::kOutOfRange;
  }
  if (is_time) return put_timestamp(micros, out, row);
  out.as<data::IntervalSlot>()[row] = {0, 0, micros};
  return Reason::kNone;
}

}  // namespace sluice::formats
