#include "formats/avro_plan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "formats/binary_value.h"

namespace sluice::formats {
namespace {

bool is_date_or_time(AvroLogical logical) {
  return logical >= AvroLogical::kDate && logical <= AvroLogical::kLocalTimestampNanos;
}

/// Whether a value that is no record, list, map or union may become the column's type.
bool fits(const AvroNode& writer, const ValuePlan& plan) {
  const Op op = plan.op;
  switch (writer.kind) {
    case AvroKind::kNull:
      return true;
    case AvroKind::kBoolean:
      return op == Op::kBoolean;
    case AvroKind::kInt:
    case AvroKind::kLong:
      if (writer.logical == AvroLogical::kDate) return op == Op::kDate || takes_integer(op);
      if (writer.logical == AvroLogical::kTimeMillis ||
          writer.logical == AvroLogical::kTimeMicros) {
        return op == Op::kTime || takes_integer(op);
      }
      if (is_date_or_time(writer.logical)) return op == Op::kTimestamp || takes_integer(op);
      return takes_integer(op);
    case AvroKind::kFloat:
      return takes_real(op);
    case AvroKind::kDouble:
      return op == Op::kDouble;
    case AvroKind::kBytes:
    case AvroKind::kFixed:
      if (writer.logical == AvroLogical::kDecimal && op >= Op::kDecimal16 &&
          op <= Op::kDecimal128) {
        return true;
      }
      if (writer.logical == AvroLogical::kUuid && op == Op::kUuid) return true;
      if (writer.logical == AvroLogical::kDuration && op == Op::kInterval) return true;
      return op == Op::kBlob || (op == Op::kText && writer.logical == AvroLogical::kNone);
    case AvroKind::kString:
      return op == Op::kBlob || takes_text(op);
    case AvroKind::kEnum:
      return op == Op::kText;
    default:
      return false;
  }
}

std::string_view last_name(std::string_view full_name) {
  const std::size_t dot = full_name.rfind('.');
  return dot == std::string_view::npos ? full_name : full_name.substr(dot + 1);
}

/// The specification's promotions, and equal kinds.
bool promotes(const AvroNode& writer, const AvroNode& reader) {
  const AvroKind from = writer.kind;
  const AvroKind to = reader.kind;
  if (from == to) return from != AvroKind::kFixed || writer.size == reader.size;
  switch (from) {
    case AvroKind::kInt:
      return to == AvroKind::kLong || to == AvroKind::kFloat || to == AvroKind::kDouble;
    case AvroKind::kLong:
      return to == AvroKind::kFloat || to == AvroKind::kDouble;
    case AvroKind::kFloat:
      return to == AvroKind::kDouble;
    case AvroKind::kString:
      return to == AvroKind::kBytes;
    case AvroKind::kBytes:
      return to == AvroKind::kString;
    default:
      return false;
  }
}

/// How well a branch of the reader's union goes with a type of the writer's.
enum class Match : unsigned char { kSame, kNamed, kPromoted };

bool has_name(const AvroNode& reader, const AvroNode& writer) {
  if (last_name(reader.name) == last_name(writer.name)) return true;
  return std::ranges::any_of(reader.aliases, [&](const std::string& alias) {
    return last_name(alias) == last_name(writer.name);
  });
}

bool matches(const AvroNode& writer, const AvroNode& reader, Match match) {
  const bool same_kind = writer.kind == reader.kind;
  switch (match) {
    case Match::kSame:
      return same_kind && writer.name == reader.name && writer.logical == reader.logical;
    case Match::kNamed:
      return same_kind && has_name(reader, writer);
    case Match::kPromoted:
      // Records, enums and fixed of other names have nothing to do with each other.
      return writer.name.empty() && promotes(writer, reader);
  }
  return false;
}

}  // namespace

class AvroCompiler {
 public:
  AvroCompiler(AvroPlan& plan, const AvroPlan::Target& target)
      : plan_(plan), target_(target), writer_(plan.writer_) {}

  Status run() {
    const AvroNodeId root = writer_.root_id();
    if (target_.image) return envelope(root);
    std::optional<AvroNodeId> reader;
    if (target_.reader != nullptr) reader = target_.reader->root_id();
    if (writer_.at(root).kind == AvroKind::kRecord &&
        (target_.reader == nullptr || target_.reader->root().kind == AvroKind::kRecord)) {
      plan_.root_ = columns_record(root, reader, target_.columns.schema.size());
      return {};
    }
    // Any other schema is the one column `value`.
    const data::Schema& schema = target_.columns.schema;
    if (schema.size() != 1) {
      return user_error(
          "the Avro schema is no record, so that there is one column, 'value'; the columns here "
          "are " +
          schema.to_string());
    }
    plan_.root_.kind = AvroKind::kRecord;
    plan_.root_.of_columns = true;
    plan_.root_.node = root;
    plan_.root_.children.push_back(value(root, reader, target_.columns.plans[0], schema[0].name));
    plan_.root_.targets = {0};
    return {};
  }

 private:
  /// A record whose fields are the columns before `end`.
  AvroStep columns_record(AvroNodeId id, std::optional<AvroNodeId> reader, std::size_t end) {
    AvroStep step = start(id);
    step.of_columns = true;
    std::vector<Slot> slots;
    for (std::size_t i = 0; i < end; ++i) {
      slots.push_back({target_.columns.schema[i].name, &target_.columns.plans[i]});
    }
    fill_record(step, id, reader, slots, "");
    return step;
  }

  struct Slot {
    std::string name;
    const ValuePlan* plan;
  };

  AvroStep start(AvroNodeId id) const {
    const AvroNode& node = writer_.at(id);
    AvroStep step;
    step.node = id;
    step.kind = node.kind;
    step.logical = node.logical;
    step.size = node.size;
    step.scale = node.scale;
    return step;
  }

  void complain(const std::string& path, const std::string& what) {
    if (plan_.complaint_.empty()) plan_.complaint_ = "field '" + path + "' " + what;
    if (unions_ == 0) plan_.never_fits_ = true;
  }

  AvroStep misfit(AvroStep step, const std::string& path, const ValuePlan& plan) {
    step.misfit = Reason::kOtherType;
    step.plan = &plan;
    complain(path, "has a type that does not fit the column");
    return step;
  }

  const AvroNode* reader_at(std::optional<AvroNodeId> id) const {
    return id ? &target_.reader->at(*id) : nullptr;
  }

  /// Which of the reader's types a value of the writer's becomes: the branch where it has a union.
  std::optional<AvroNodeId> branch_for(const AvroNode& writer, AvroNodeId reader) const {
    const AvroNode& node = target_.reader->at(reader);
    if (node.kind != AvroKind::kUnion) return reader;
    for (const Match match : {Match::kSame, Match::kNamed, Match::kPromoted}) {
      for (const AvroNodeId child : node.children) {
        if (matches(writer, target_.reader->at(child), match)) return child;
      }
    }
    return std::nullopt;
  }

  AvroStep value(AvroNodeId id, std::optional<AvroNodeId> reader, const ValuePlan& plan,
                 const std::string& path) {
    const AvroNode& node = writer_.at(id);
    if (node.kind == AvroKind::kUnion) return union_of(id, reader, plan, path);
    if (reader && reader_at(reader)->kind == AvroKind::kUnion) {
      const auto branch = branch_for(node, *reader);
      if (!branch && node.kind != AvroKind::kNull) return misfit(start(id), path, plan);
      if (const int member = member_of(*reader, branch, plan); member >= 0) {
        return lone_member(id, *branch, plan, member, path);
      }
      reader = branch;
    }
    AvroStep step = start(id);
    step.plan = &plan;
    if (node.kind == AvroKind::kNull) return step;
    const AvroNode* wanted = reader_at(reader);
    if (wanted != nullptr && !promotes(node, *wanted)) return misfit(std::move(step), path, plan);
    switch (node.kind) {
      case AvroKind::kRecord:
        return record(std::move(step), id, reader, path);
      case AvroKind::kArray:
      case AvroKind::kMap:
        return container(std::move(step), node, wanted, path);
      case AvroKind::kEnum:
        enumerate(step, node, wanted);
        break;
      default:
        break;
    }
    AvroNode meant = node;
    if (wanted != nullptr && wanted->kind == node.kind && node.logical == AvroLogical::kNone) {
      // The bytes are the same; what they mean was said later.
      step.logical = meant.logical = wanted->logical;
      step.scale = wanted->scale;
    }
    if (!fits(meant, plan)) return misfit(std::move(step), path, plan);
    return step;
  }

  AvroStep record(AvroStep step, AvroNodeId id, std::optional<AvroNodeId> reader,
                  const std::string& path) {
    const ValuePlan& plan = *step.plan;
    if (plan.op != Op::kStruct) return misfit(std::move(step), path, plan);
    std::vector<Slot> slots;
    for (std::size_t i = 0; i < plan.children.size(); ++i) {
      slots.push_back({plan.names[i], &plan.children[i]});
    }
    fill_record(step, id, reader, slots, path);
    return step;
  }

  AvroStep container(AvroStep step, const AvroNode& node, const AvroNode* reader,
                     const std::string& path) {
    const ValuePlan& plan = *step.plan;
    const bool is_map = node.kind == AvroKind::kMap;
    if (plan.op != (is_map ? Op::kMap : Op::kList) ||
        (is_map && plan.children[0].op != Op::kText)) {
      return misfit(std::move(step), path, plan);
    }
    std::optional<AvroNodeId> element;
    if (reader != nullptr) element = reader->children[0];
    step.children.push_back(
        value(node.children[0], element, plan.children[is_map ? 1 : 0], path + "[]"));
    return step;
  }

  static void enumerate(AvroStep& step, const AvroNode& node, const AvroNode* reader) {
    step.symbols = node.symbols;
    if (reader == nullptr) return;
    for (std::string& symbol : step.symbols) {
      if (std::ranges::find(reader->symbols, symbol) != reader->symbols.end()) continue;
      symbol = reader->default_symbol.value_or("");
    }
  }

  /// The member of the STRUCT that a union of several types is; -1: it is none.
  int member_of(AvroNodeId reader_union, std::optional<AvroNodeId> branch,
                const ValuePlan& plan) const {
    if (!branch || !is_members(plan)) return -1;
    int member = 0;
    for (const AvroNodeId child : target_.reader->at(reader_union).children) {
      if (target_.reader->at(child).kind == AvroKind::kNull) continue;
      if (child == *branch) {
        return static_cast<std::size_t>(member) < plan.children.size() ? member : -1;
      }
      ++member;
    }
    return -1;
  }

  static bool is_members(const ValuePlan& plan) {
    if (plan.op != Op::kStruct || plan.names.empty()) return false;
    for (std::size_t i = 0; i < plan.names.size(); ++i) {
      if (plan.names[i] != "member" + std::to_string(i)) return false;
    }
    return true;
  }

  /// A value that is no union where the reader has one.
  AvroStep lone_member(AvroNodeId id, AvroNodeId branch, const ValuePlan& plan, int member,
                       const std::string& path) {
    AvroStep step = start(id);
    step.plan = &plan;
    step.is_members = true;
    step.targets = {member};
    step.children.push_back(
        value(id, branch, plan.children[static_cast<std::size_t>(member)], path));
    return step;
  }

  AvroStep union_of(AvroNodeId id, std::optional<AvroNodeId> reader, const ValuePlan& plan,
                    const std::string& path) {
    const AvroNode& node = writer_.at(id);
    AvroStep step = start(id);
    step.plan = &plan;
    std::int32_t ordinal = 0;
    const auto several = std::ranges::count_if(node.children, [this](AvroNodeId child) {
                           return writer_.at(child).kind != AvroKind::kNull;
                         }) > 1;
    step.is_members = reader == std::nullopt && several && is_members(plan);
    if (several) ++unions_;
    for (const AvroNodeId child : node.children) {
      const bool is_null = writer_.at(child).kind == AvroKind::kNull;
      if (!step.is_members) {
        step.children.push_back(value(child, reader, plan, path));
        continue;
      }
      const bool fits_in = !is_null && static_cast<std::size_t>(ordinal) < plan.children.size();
      step.targets.push_back(fits_in ? ordinal : AvroStep::kNone);
      if (fits_in) {
        step.children.push_back(
            value(child, std::nullopt, plan.children[static_cast<std::size_t>(ordinal)], path));
      } else {
        AvroStep other = start(child);
        other.plan = &plan;
        step.children.push_back(is_null ? std::move(other) : misfit(std::move(other), path, plan));
      }
      if (!is_null) ++ordinal;
    }
    if (several) --unions_;
    return step;
  }

  /// The writer's fields in their order, each with the slot that it fills.
  void fill_record(AvroStep& step, AvroNodeId id, std::optional<AvroNodeId> reader,
                   const std::vector<Slot>& slots, const std::string& path) {
    const AvroNode& node = writer_.at(id);
    std::vector<bool> filled(slots.size(), false);
    for (const AvroField& field : node.fields) {
      const int slot = slot_of(field.name, reader, slots, node);
      if (slot < 0) {
        step.children.push_back(start(field.node));
        step.targets.push_back(AvroStep::kNone);
        continue;
      }
      const auto at = static_cast<std::size_t>(slot);
      filled[at] = true;
      std::optional<AvroNodeId> wanted;
      if (const AvroField* read = field_of(reader, slots[at].name)) wanted = read->node;
      step.children.push_back(
          value(field.node, wanted, *slots[at].plan, joined(path, slots[at].name)));
      step.targets.push_back(slot);
    }
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (!filled[i]) add_missing(step, reader, slots[i], i, joined(path, slots[i].name));
    }
  }

  static std::string joined(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "." + name;
  }

  const AvroField* field_of(std::optional<AvroNodeId> reader, const std::string& name) const {
    if (!reader) return nullptr;
    const auto& fields = target_.reader->at(*reader).fields;
    const auto found = std::ranges::find(fields, name, &AvroField::name);
    return found == fields.end() ? nullptr : &*found;
  }

  int slot_of(const std::string& name, std::optional<AvroNodeId> reader,
              const std::vector<Slot>& slots, const AvroNode& writer) const {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (slots[i].name == name) return static_cast<int>(i);
    }
    for (std::size_t i = 0; i < slots.size() && reader; ++i) {
      const AvroField* field = field_of(reader, slots[i].name);
      // What has the field's own name is the field.
      const bool has_own =
          std::ranges::find(writer.fields, slots[i].name, &AvroField::name) != writer.fields.end();
      if (field == nullptr || has_own) continue;
      if (std::ranges::find(field->aliases, name) != field->aliases.end()) {
        return static_cast<int>(i);
      }
    }
    return -1;
  }

  void add_missing(AvroStep& step, std::optional<AvroNodeId> reader, const Slot& slot,
                   std::size_t index, const std::string& path) {
    const auto child = static_cast<std::uint16_t>(index);
    const AvroField* field = field_of(reader, slot.name);
    if (field == nullptr) {
      step.absent.push_back(child);
      return;
    }
    AvroDefault made;
    made.child = child;
    if (field->default_json &&
        append_avro_default(*target_.reader, field->node, *field->default_json, made.bytes)) {
      made.step.push_back(default_step(field->node, *slot.plan, path));
    } else {
      AvroStep missing;
      missing.plan = slot.plan;
      missing.misfit = Reason::kMissingField;
      complain(path, "is missing, and has no default");
      made.step.push_back(std::move(missing));
    }
    step.defaults.push_back(std::move(made));
  }

  /// A default is decoded by the reader's own schema.
  AvroStep default_step(AvroNodeId id, const ValuePlan& plan, const std::string& path) {
    const AvroPlan::Target same{target_.columns, target_.reader};
    AvroPlan as_writer(*target_.reader);
    AvroCompiler compiler(as_writer, same);
    return compiler.value(id, id, plan, path);
  }

  Status envelope(AvroNodeId id) {
    const AvroNode& node = writer_.at(id);
    const auto named = [&node](std::string_view name) {
      return std::ranges::any_of(node.fields,
                                 [&](const AvroField& field) { return field.name == name; });
    };
    if (node.kind != AvroKind::kRecord || !named("after") || !named("op")) {
      return user_error(
          "the Avro schema is no envelope of Debezium: a record with the fields before, after and "
          "op");
    }
    AvroStep step = start(id);
    step.of_columns = true;
    for (const AvroField& field : node.fields) {
      const bool counts = (field.name == "before" && target_.image != RowImage::kAfter) ||
                          (field.name == "after" && target_.image != RowImage::kBefore);
      step.children.push_back(counts ? row_image(field) : start(field.node));
      const bool is_second = field.name == "before" && target_.image == RowImage::kRow;
      step.targets.push_back(!counts     ? AvroStep::kNone
                             : is_second ? AvroStep::kSecondImage
                                         : AvroStep::kImage);
    }
    plan_.root_ = std::move(step);
    plan_.is_envelope_ = true;
    return {};
  }

  /// `before` or `after`: NULL, or a record of the columns.
  AvroStep row_image(const AvroField& field) {
    const AvroNode& node = writer_.at(field.node);
    if (node.kind == AvroKind::kRecord) {
      return columns_record(field.node, std::nullopt, target_.columns.schema.size());
    }
    AvroStep step = start(field.node);
    for (const AvroNodeId child : node.children) {
      step.children.push_back(
          writer_.at(child).kind == AvroKind::kRecord
              ? columns_record(child, std::nullopt, target_.columns.schema.size())
              : start(child));
    }
    return step;
  }

  AvroPlan& plan_;
  int unions_ = 0;  // of several types, around what is in hand
  const AvroPlan::Target& target_;
  const AvroSchema& writer_;
};

Result<std::shared_ptr<const AvroPlan>> AvroPlan::compile(AvroSchema writer, const Target& target) {
  std::shared_ptr<AvroPlan> plan(new AvroPlan(std::move(writer)));
  plan->reader_ = target.reader;
  SLUICE_TRY(AvroCompiler(*plan, target).run());
  return std::shared_ptr<const AvroPlan>(std::move(plan));
}

}  // namespace sluice::formats
