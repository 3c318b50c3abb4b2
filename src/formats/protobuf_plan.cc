#include "formats/protobuf_plan.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "formats/binary_value.h"

namespace sluice::formats {
namespace {

// Fields with larger numbers are found by a hash.
constexpr std::int32_t kSmallNumbers = 256;

ProtoWire wire_of(ProtoKind kind) {
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

/// The default's bits, as they would be on the wire.
std::uint64_t bits_of(ProtoKind kind, const std::string& text) {
  switch (kind) {
    case ProtoKind::kDouble: {
      const double value = std::strtod(text.c_str(), nullptr);
      std::uint64_t bits = 0;
      std::memcpy(&bits, &value, sizeof value);
      return bits;
    }
    case ProtoKind::kFloat: {
      const float value = std::strtof(text.c_str(), nullptr);
      std::uint64_t bits = 0;
      std::memcpy(&bits, &value, sizeof value);
      return bits;
    }
    case ProtoKind::kUint64:
    case ProtoKind::kFixed64:
      return std::strtoull(text.c_str(), nullptr, 10);
    case ProtoKind::kSint32:
    case ProtoKind::kSint64:
      return zigzag(std::strtoll(text.c_str(), nullptr, 10));
    default:
      return static_cast<std::uint64_t>(std::strtoll(text.c_str(), nullptr, 10));
  }
}

bool fits(ProtoKind kind, Op op) {
  switch (kind) {
    case ProtoKind::kDouble:
      return op == Op::kDouble;
    case ProtoKind::kFloat:
      return takes_real(op);
    case ProtoKind::kBool:
      return op == Op::kBoolean;
    case ProtoKind::kString:
      return op == Op::kBlob || takes_text(op);
    case ProtoKind::kBytes:
      return op == Op::kBlob || op == Op::kText;
    case ProtoKind::kEnum:
      return op == Op::kText || takes_integer(op);
    case ProtoKind::kMessage:
      return op == Op::kBlob;
    default:
      return takes_integer(op);
  }
}

}  // namespace

class ProtoCompiler {
 public:
  ProtoCompiler(ProtoPlan& plan, const ProtoSchema& schema) : plan_(plan), schema_(schema) {}

  struct Slot {
    std::string_view name;
    const ValuePlan* plan;
  };

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the columns' types.
  void fill(ProtoRecord& record, ProtoMessageId id, const std::vector<Slot>& slots,
            const std::string& path) {
    const ProtoMessage& message = schema_.at(id);
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const auto field = std::ranges::find(message.fields, slots[i].name, &ProtoField::name);
      if (field == message.fields.end()) {
        record.absent.push_back(static_cast<std::uint16_t>(i));
        continue;
      }
      ProtoStep step = make(*field, *slots[i].plan, path + field->name);
      step.target = static_cast<std::uint16_t>(i);
      add(record, field->number, std::move(step));
    }
    add_siblings(record, message);
  }

 private:
  /// Fields that nobody asked for, of a oneof of which somebody did.
  static void add_siblings(ProtoRecord& record, const ProtoMessage& message) {
    const std::size_t asked = record.steps.size();
    for (const ProtoField& field : message.fields) {
      if (field.oneof < 0 || record.step_of(static_cast<std::uint32_t>(field.number)) >= 0)
        continue;
      const bool counts = std::any_of(
          record.steps.begin(), record.steps.begin() + static_cast<std::ptrdiff_t>(asked),
          [&field](const ProtoStep& step) { return step.oneof == field.oneof; });
      if (!counts) continue;
      ProtoStep step;
      step.kind = field.kind;
      step.wire = wire_of(field.kind);
      step.oneof = field.oneof;
      step.target = ProtoStep::kNoTarget;
      add(record, field.number, std::move(step));
    }
  }

  static void add(ProtoRecord& record, std::int32_t number, ProtoStep step) {
    const auto index = static_cast<std::int32_t>(record.steps.size());
    record.steps.push_back(std::move(step));
    if (number >= kSmallNumbers) {
      record.large_numbers.emplace(static_cast<std::uint32_t>(number), index);
      return;
    }
    if (record.by_number.size() <= static_cast<std::size_t>(number)) {
      record.by_number.resize(static_cast<std::size_t>(number) + 1, -1);
    }
    record.by_number[static_cast<std::size_t>(number)] = index;
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  ProtoStep make(const ProtoField& field, const ValuePlan& plan, const std::string& path) {
    ProtoStep step;
    step.kind = field.kind;
    step.wire = wire_of(field.kind);
    step.is_repeated = field.is_repeated;
    step.is_map = field.is_map;
    step.oneof = field.oneof;
    step.plan = &plan;
    if (field.is_repeated) step.state = static_cast<std::uint32_t>(plan_.states_++);
    if (field.is_map) {
      make_map(step, field, plan, path);
    } else if (!field.is_repeated) {
      make_value(step, field, plan, path);
    } else if (plan.op == Op::kList) {
      step.plan = &plan.children[0];
      make_value(step, field, plan.children[0], path);
    } else {
      refuse(step, path);
    }
    return step;
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  void make_map(ProtoStep& step, const ProtoField& field, const ValuePlan& plan,
                const std::string& path) {
    if (plan.op != Op::kMap) {
      refuse(step, path);
      return;
    }
    step.message = std::make_unique<ProtoRecord>();
    fill(*step.message, field.message, {{"key", &plan.children[0]}, {"value", &plan.children[1]}},
         path + ".");
    // Of an entry what is missing has its default.
    for (ProtoStep& part : step.message->steps) {
      part.has_default = part.kind != ProtoKind::kMessage;
      part.is_always_there = true;
    }
    if (!step.message->steps.empty()) step.message->steps[0].is_key = true;
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  void make_value(ProtoStep& step, const ProtoField& field, const ValuePlan& plan,
                  const std::string& path) {
    if (field.default_text) {
      step.has_default = true;
      // What proto2's `default` says, also Spark reads.
      step.is_always_there = field.has_presence;
      step.default_text = *field.default_text;
      step.default_bits = bits_of(field.kind, *field.default_text);
    }
    if (field.kind == ProtoKind::kEnum) {
      step.is_open_enum = field.is_open_enum;
      step.symbols.insert(field.symbols.begin(), field.symbols.end());
    }
    const bool is_bytes_value = field.kind == ProtoKind::kMessage &&
                                schema_.at(field.message).well_known == ProtoWellKnown::kWrapper &&
                                schema_.at(field.message).fields[0].kind == ProtoKind::kBytes;
    if (field.kind == ProtoKind::kMessage && (plan.op != Op::kBlob || is_bytes_value)) {
      make_message(step, field, plan, path);
      return;
    }
    if (field.is_group || !fits(field.kind, plan.op)) refuse(step, path);
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  void make_message(ProtoStep& step, const ProtoField& field, const ValuePlan& plan,
                    const std::string& path) {
    const ProtoMessage& message = schema_.at(field.message);
    step.well_known = message.well_known;
    if (message.well_known == ProtoWellKnown::kTimestamp && plan.op == Op::kTimestamp) return;
    if (message.well_known == ProtoWellKnown::kDuration && plan.op == Op::kInterval) return;
    if (message.well_known == ProtoWellKnown::kWrapper && plan.op != Op::kStruct) {
      step.message = std::make_unique<ProtoRecord>();
      ProtoStep value = make(message.fields[0], plan, path);
      if (value.misfit != Reason::kNone) refuse(step, path);
      value.is_always_there = true;
      add(*step.message, 1, std::move(value));
      return;
    }
    step.well_known = ProtoWellKnown::kNone;
    if (field.is_group || plan.op != Op::kStruct) {
      refuse(step, path);
      return;
    }
    step.message = std::make_unique<ProtoRecord>();
    std::vector<Slot> slots;
    for (std::size_t i = 0; i < plan.children.size(); ++i) {
      slots.push_back({plan.names[i], &plan.children[i]});
    }
    fill(*step.message, field.message, slots, path + ".");
  }

  void refuse(ProtoStep& step, const std::string& path) {
    step.misfit = Reason::kOtherType;
    if (plan_.complaint_.empty()) {
      plan_.complaint_ = "field '" + path + "' has a type that does not fit the column";
    }
  }

  ProtoPlan& plan_;
  const ProtoSchema& schema_;
};

std::shared_ptr<const ProtoPlan> ProtoPlan::compile(const ProtoSchema& schema,
                                                    ProtoMessageId message,
                                                    const DecodedColumns& columns) {
  auto plan = std::make_shared<ProtoPlan>();
  std::vector<ProtoCompiler::Slot> slots;
  for (std::size_t i = 0; i < columns.schema.size(); ++i) {
    slots.push_back({columns.schema[i].name, &columns.plans[i]});
  }
  ProtoCompiler(*plan, schema).fill(plan->root_, message, slots, "");
  return plan;
}

}  // namespace sluice::formats
