#include <algorithm>

#include "formats/json_walk.h"
#include "formats/map_keys.h"
#include "formats/number_text.h"

namespace sluice::formats {

namespace {

constexpr ValuePlan kSkipPlan{};

// Makes room for one more element at `index` of the list in hand.
void reserve_one(data::VectorWriter& list, std::uint64_t index, std::uint64_t& room) {
  if (index < room) return;
  room = std::max<std::uint64_t>(8, 2 * room);
  list.reserve_elements(room);
}

}  // namespace

Reason JsonWalk::skip(Value value, int depth) {
  simdjson::ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) return Reason::kBadLiteral;
  if (type == simdjson::ondemand::json_type::object) return skip_object(std::move(value), depth);
  if (type == simdjson::ondemand::json_type::array) return skip_array(std::move(value), depth);
  return read_scalar(std::move(value), {&kSkipPlan, nullptr, 0});
}

Reason JsonWalk::skip_object(Value value, int depth) {
  if (depth > kNestingMax) return Reason::kTooDeep;
  Object object;
  if (const auto code = value.get_object().get(object); code != simdjson::SUCCESS) {
    return reason_of(code);
  }
  for (simdjson::simdjson_result<Field> one : object) {
    Field field;
    if (const auto code = std::move(one).get(field); code != simdjson::SUCCESS) {
      return reason_of(code);
    }
    std::string_view key;
    Reason reason = key_of(field, key);
    if (reason == Reason::kNone) reason = skip(field.value(), depth + 1);
    if (reason != Reason::kNone) return reason;
  }
  return Reason::kNone;
}

Reason JsonWalk::skip_array(Value value, int depth) {
  if (depth > kNestingMax) return Reason::kTooDeep;
  Array array;
  if (const auto code = value.get_array().get(array); code != simdjson::SUCCESS) {
    return reason_of(code);
  }
  for (simdjson::simdjson_result<Value> one : array) {
    Value element;
    if (const auto code = std::move(one).get(element); code != simdjson::SUCCESS) {
      return reason_of(code);
    }
    if (const Reason reason = skip(element, depth + 1); reason != Reason::kNone) return reason;
  }
  return Reason::kNone;
}

Reason JsonWalk::read_struct(Value value, Place place, int depth) {
  if (depth > kNestingMax) return Reason::kTooDeep;
  Object object;
  if (const auto code = value.get_object().get(object); code != simdjson::SUCCESS) {
    return reason_of(code);
  }
  const ValuePlan& plan = *place.plan;
  const std::size_t met = fields_met_.size();
  fields_met_.resize(met + plan.children.size(), 0);
  for (data::VectorWriter& child : place.out->children) child.set_null_deep(place.row);
  Reason first = Reason::kNone;
  std::size_t hint = 0;
  for (simdjson::simdjson_result<Field> one : object) {
    Field field;
    const auto code = std::move(one).get(field);
    std::string_view key;
    Reason reason = code != simdjson::SUCCESS ? reason_of(code) : key_of(field, key);
    if (reason != Reason::kNone) {
      first = reason;
      break;
    }
    const int index = plan.find(key, hint);
    if (index < 0) {
      reason = skip(field.value(), depth + 1);
      lost_ = true;
    } else {
      const auto child = static_cast<std::size_t>(index);
      data::VectorWriter& out = place.out->children[child];
      hint = child + 1;
      const bool again = fields_met_[met + child] != 0;
      fields_met_[met + child] = 1;
      if (again && bad_field_ != BadField::kSpark) {
        reason = skip(field.value(), depth + 1);
        if (reason == Reason::kNone) reason = Reason::kDuplicateField;
      } else {
        out.set_valid(place.row);
        reason = read(field.value(), {&plan.children[child], &out, place.row}, depth + 1);
      }
      if (reason != Reason::kNone && !is_of_record(reason) && bad_field_ != BadField::kReject) {
        out.set_null_deep(place.row);
        lost_ = true;
        reason = Reason::kNone;
      }
    }
    if (is_of_record(reason)) {
      first = reason;
      break;
    }
    if (first == Reason::kNone) first = reason;
  }
  fields_met_.resize(met);
  return first;
}

Reason JsonWalk::read_list(Value value, Place place, int depth) {
  if (depth > kNestingMax) return Reason::kTooDeep;
  Array array;
  if (const auto code = value.get_array().get(array); code != simdjson::SUCCESS) {
    return reason_of(code);
  }
  data::VectorWriter& list = *place.out;
  const std::uint64_t start = list.list_elements;
  std::uint64_t count = 0;
  std::uint64_t room = 0;
  Reason first = Reason::kNone;
  for (simdjson::simdjson_result<Value> one : array) {
    Value element;
    if (const auto code = std::move(one).get(element); code != simdjson::SUCCESS) {
      return reason_of(code);
    }
    reserve_one(list, count, room);
    data::VectorWriter& child = list.children[0];
    child.set_valid(start + count);
    const Reason reason =
        read(element, {&place.plan->children[0], &child, start + count}, depth + 1);
    if (is_of_record(reason)) return reason;
    if (reason != Reason::kNone && bad_field_ == BadField::kNull) {
      child.set_null_deep(start + count);
      lost_ = true;
    } else if (first == Reason::kNone) {
      first = reason;
    }
    ++count;
  }
  if (first != Reason::kNone) return first;
  list.as<data::ListSlot>()[place.row] = {start, count};
  list.list_elements = start + count;
  return Reason::kNone;
}

Reason JsonWalk::write_key(const ValuePlan& plan, std::string_view key, data::VectorWriter& out,
                           std::uint64_t row) {
  out.set_valid(row);
  if (plan.op == Op::kText) {
    const bool in_scratch =
        key.data() >= scratch_.data() && key.data() < scratch_.data() + scratch_.size();
    out.set_text(row, in_scratch ? kept(key) : context_.arena.copy(key));
    return Reason::kNone;
  }
  // One text for each value, so that equal keys are equal texts.
  if (plan.op != Op::kDate && (!is_json_number(key) || key == "-0")) return Reason::kBadNumberText;
  return write_text(plan, key, {Rules::kCsv, context_.arena}, out, row);
}

Reason JsonWalk::read_map(Value value, Place place, int depth) {
  if (depth > kNestingMax) return Reason::kTooDeep;
  Object object;
  if (const auto code = value.get_object().get(object); code != simdjson::SUCCESS) {
    return reason_of(code);
  }
  data::VectorWriter& map = *place.out;
  const std::uint64_t start = map.list_elements;
  std::uint64_t room = 0;
  MapKeys keys;
  Reason first = Reason::kNone;
  for (simdjson::simdjson_result<Field> one : object) {
    Field field;
    if (const auto code = std::move(one).get(field); code != simdjson::SUCCESS) {
      return reason_of(code);
    }
    std::string_view key;
    Reason reason = key_of(field, key);
    if (reason != Reason::kNone) return reason;
    const std::int64_t count = keys.size();
    const std::int64_t index = keys.find_or_add(key);
    const std::uint64_t row = start + static_cast<std::uint64_t>(index);
    reserve_one(map, static_cast<std::uint64_t>(index), room);
    data::VectorWriter& entries = map.children[0];
    if (index < count && bad_field_ != BadField::kSpark) {
      reason = skip(field.value(), depth + 1);
      if (is_of_record(reason)) return reason;
      if (first == Reason::kNone) first = Reason::kDuplicateMapKey;
      continue;
    }
    if (entries.validity != nullptr) entries.set_valid(row);
    reason = write_key(place.plan->children[0], key, entries.children[0], row);
    if (first == Reason::kNone) first = reason;
    data::VectorWriter& out = entries.children[1];
    out.set_valid(row);
    reason = read(field.value(), {&place.plan->children[1], &out, row}, depth + 1);
    if (is_of_record(reason)) return reason;
    if (reason != Reason::kNone && bad_field_ == BadField::kNull) {
      out.set_null_deep(row);
      lost_ = true;
    } else if (first == Reason::kNone) {
      first = reason;
    }
  }
  if (first != Reason::kNone) return first;
  const auto count = static_cast<std::uint64_t>(keys.size());
  map.as<data::ListSlot>()[place.row] = {start, count};
  map.list_elements = start + count;
  return Reason::kNone;
}

}  // namespace sluice::formats
