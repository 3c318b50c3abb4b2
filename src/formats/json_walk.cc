#include "formats/json_walk.h"

#include <algorithm>

#include "formats/json_compact.h"
#include "formats/number_text.h"

namespace sluice::formats {

namespace {

// Beyond this the scratch space and the parser's own are given back after the record.
constexpr std::size_t kKeptBytesMax = std::size_t{1} << 20;

std::string_view without_space_behind(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\r' ||
                           text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

// simdjson takes an object with something after it for one that does not end.
Reason with_trailing_told(Reason reason, std::string_view payload) {
  if (reason != Reason::kTruncated) return reason;
  const char* const end = payload.data() + payload.size();
  JsonSeen seen;
  return skip_value(skip_space(payload.data(), end), end, 0, seen) == nullptr ? reason
                                                                              : Reason::kTrailing;
}

void mark_lists(data::VectorWriter& vector,
                std::vector<std::pair<data::VectorWriter*, std::uint64_t>>& marks) {
  if (vector.children.empty()) return;
  if (vector.values != nullptr) marks.emplace_back(&vector, vector.list_elements);
  for (data::VectorWriter& child : vector.children) mark_lists(child, marks);
}

}  // namespace

Reason reason_of(simdjson::error_code code) {
  switch (code) {
    case simdjson::EMPTY:
      return Reason::kEmpty;
    case simdjson::UTF8_ERROR:
      return Reason::kInvalidUtf8;
    case simdjson::UNCLOSED_STRING:
      return Reason::kUnclosedString;
    case simdjson::UNESCAPED_CHARS:
      return Reason::kControlCharacter;
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return Reason::kTruncated;
    case simdjson::STRING_ERROR:
      return Reason::kBadEscape;
    case simdjson::NUMBER_ERROR:
      return Reason::kBadNumber;
    case simdjson::TRAILING_CONTENT:
      return Reason::kTrailing;
    case simdjson::DEPTH_ERROR:
      return Reason::kTooDeep;
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC:
      return Reason::kTooLarge;
    default:
      return Reason::kNotJson;
  }
}

JsonWalk::JsonWalk(const JsonColumns& columns, ValueContext context, BadField bad_field,
                   bool rescues, JsonRoot root)
    : columns_(columns),
      context_(context),
      bad_field_(bad_field),
      rescues_(rescues),
      root_(root),
      met_(columns.size(), 0),
      written_(columns.size(), 0) {}

void JsonWalk::mark_row(const JsonTargets& targets) {
  list_marks_.clear();
  for (data::VectorWriter* target : targets) mark_lists(*target, list_marks_);
}

void JsonWalk::clear_row(const JsonTargets& targets, std::uint64_t row) {
  for (data::VectorWriter* target : targets) target->set_valid(row);
  for (const auto& [list, elements] : list_marks_) list->list_elements = elements;
}

Failure JsonWalk::decode(std::string_view payload, Texts texts, const JsonTargets& targets,
                         std::uint64_t row) {
  payload_ = texts == Texts::kSlices ? payload : std::string_view();
  ++record_;
  lost_fields_.clear();
  Failure failure = walk_record(payload, targets, row);
  if (failure.reason != Reason::kNone) {
    failure.reason = with_trailing_told(failure.reason, payload);
    clear_row(targets, row);
  } else {
    finish_row(targets, row);
  }
  document_ = {};
  if (scratch_.size() > kKeptBytesMax) {
    scratch_ = {};
    parser_ = simdjson::ondemand::parser();
  }
  return failure;
}

Failure JsonWalk::walk_record(std::string_view payload, const JsonTargets& targets,
                              std::uint64_t row) {
  if (payload.starts_with("\xef\xbb\xbf")) return {Reason::kByteOrderMark};
  const std::size_t room = payload.size() + simdjson::SIMDJSON_PADDING;
  if (scratch_.size() < room) scratch_.resize(std::max(room, 2 * scratch_.size()));
  std::copy(payload.begin(), payload.end(), scratch_.begin());
  std::fill_n(scratch_.begin() + static_cast<std::ptrdiff_t>(payload.size()),
              simdjson::SIMDJSON_PADDING, ' ');
  auto code = parser_.iterate(scratch_.data(), payload.size(), scratch_.size()).get(document_);
  if (code != simdjson::SUCCESS) return {reason_of(code)};
  simdjson::ondemand::json_type type{};
  code = document_.type().get(type);
  if (code != simdjson::SUCCESS) return {Reason::kNotJson};
  if (root_ == JsonRoot::kValue) return walk_value(targets, row);
  if (type != simdjson::ondemand::json_type::object) return {Reason::kNotObject};
  Object object;
  code = document_.get_object().get(object);
  if (code != simdjson::SUCCESS) return {reason_of(code)};
  return walk_fields(object, targets, row);
}

Failure JsonWalk::walk_value(const JsonTargets& targets, std::uint64_t row) {
  Value value;
  if (document_.get_value().get(value) != simdjson::SUCCESS) return {Reason::kNotJson};
  Reason reason = Reason::kNone;
  if (columns_[0].target == kNoTarget) {
    reason = skip(value, 1);
  } else {
    reason = read(value, {columns_[0].plan, targets[columns_[0].target], row}, 1);
  }
  if (reason != Reason::kNone) return {reason, 0};
  if (!document_.at_end()) return {Reason::kTrailing};
  written_[0] = record_;
  return {};
}

Failure JsonWalk::walk_fields(Object& object, const JsonTargets& targets, std::uint64_t row) {
  Failure first;
  for (simdjson::simdjson_result<Field> one : object) {
    Field field;
    if (const auto code = std::move(one).get(field); code != simdjson::SUCCESS) {
      return {reason_of(code)};
    }
    const char* const raw_key = field.key().raw();
    std::string_view key;
    Reason reason = key_of(field, key);
    if (reason != Reason::kNone) return {reason};
    const int column = columns_.find(key);
    const char* const raw_value = field.value().raw_json_token().data();
    lost_ = column < 0;
    reason = column < 0 ? skip(field.value(), 2) : read_column(column, field.value(), targets, row);
    if (reason == Reason::kNone) {
      if (lost_ && columns_.rescued() != kNoTarget) lost_fields_.emplace_back(raw_key, raw_value);
      continue;
    }
    if (is_of_record(reason)) return {reason};
    if (first.reason == Reason::kNone) first = {reason, static_cast<std::uint16_t>(column)};
  }
  if (!document_.at_end()) return {Reason::kTrailing};
  return first;
}

// A bad field is reported only where it rejects the record.
Reason JsonWalk::read_column(int column, Value value, const JsonTargets& targets,
                             std::uint64_t row) {
  const auto index = static_cast<std::size_t>(column);
  const JsonColumn& wanted = columns_[index];
  const bool again = met_[index] == record_;
  met_[index] = record_;
  if (again && bad_field_ != BadField::kSpark) {
    if (const Reason reason = skip(std::move(value), 2); reason != Reason::kNone) return reason;
    if (bad_field_ == BadField::kReject || rescues_) return Reason::kDuplicateField;
    written_[index] = 0;
    return Reason::kNone;
  }
  if (wanted.target == kNoTarget) return skip(std::move(value), 2);
  data::VectorWriter& out = *targets[wanted.target];
  if (again) out.set_valid(row);
  const Reason reason = read(std::move(value), {wanted.plan, &out, row}, 2);
  if (reason == Reason::kNone) {
    written_[index] = record_;
    return reason;
  }
  lost_ = true;
  return is_of_record(reason) || bad_field_ == BadField::kReject ? reason : Reason::kNone;
}

/// A nested column that has lost something inside is rescued whole.
void JsonWalk::write_rescued(const JsonTargets& targets, std::uint64_t row) {
  if (columns_.rescued() == kNoTarget) return;
  const char* const end = scratch_.data() + scratch_.size();
  const auto text = [](const char* from, const char* to) {
    return std::string_view(from, static_cast<std::size_t>(to - from));
  };
  rescued_.start_record();
  for (const auto& [key, value] : lost_fields_) {
    JsonSeen seen;
    rescued_.add(text(key, skip_string(key, end, seen) - 1),
                 text(value, skip_value(value, end, 1, seen)));
  }
  rescued_.write(*targets[columns_.rescued()], row, context_.arena);
}

void JsonWalk::finish_row(const JsonTargets& targets, std::uint64_t row) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].target != kNoTarget && written_[i] != record_) {
      targets[columns_[i].target]->set_null_deep(row);
    }
  }
  write_rescued(targets, row);
}

Reason JsonWalk::key_of(Field& field, std::string_view& key) {
  key = field.escaped_key();
  if (key.find('\\') == std::string_view::npos) return Reason::kNone;
  const auto code = field.unescaped_key().get(key);
  return code == simdjson::SUCCESS ? Reason::kNone : reason_of(code);
}

// A text of the scratch space as one that stays.
std::string_view JsonWalk::kept(std::string_view scratch_text) {
  if (scratch_text.empty()) return "";
  if (payload_.data() == nullptr) return context_.arena.copy(scratch_text);
  return payload_.substr(static_cast<std::size_t>(scratch_text.data() - scratch_.data()),
                         scratch_text.size());
}

Reason JsonWalk::read(Value value, Place place, int depth) {
  simdjson::ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) return Reason::kBadLiteral;
  const bool is_object = type == simdjson::ondemand::json_type::object;
  if (!is_object && type != simdjson::ondemand::json_type::array) {
    return read_scalar(std::move(value), place);
  }
  switch (place.plan->op) {
    case Op::kText:
    case Op::kJson:
      return read_raw(std::move(value), place, depth);
    case Op::kStruct:
      if (is_object) return read_struct(std::move(value), place, depth);
      break;
    case Op::kMap:
      if (is_object) return read_map(std::move(value), place, depth);
      break;
    case Op::kList:
      if (!is_object) return read_list(std::move(value), place, depth);
      break;
    default:
      break;
  }
  const Reason reason = skip(std::move(value), depth);
  if (reason != Reason::kNone || place.plan->op == Op::kSkip) return reason;
  return is_object ? Reason::kIsObject : Reason::kIsArray;
}

Reason JsonWalk::read_scalar(Value value, Place place) {
  const std::string_view token = without_space_behind(value.raw_json_token());
  if (token.front() == '"') return read_string(std::move(value), token, place);
  if (token == "null") {
    if (place.out != nullptr) place.out->set_null_deep(place.row);
    return Reason::kNone;
  }
  const bool is_boolean = token == "true" || token == "false";
  if (!is_boolean && !is_json_number(token)) {
    const char first = token.front();
    return first == '-' || (first >= '0' && first <= '9') ? Reason::kBadNumber
                                                          : Reason::kBadLiteral;
  }
  const Op op = place.plan->op;
  if (op == Op::kSkip) return Reason::kNone;
  const std::string_view text = op == Op::kText || op == Op::kJson ? kept(token) : token;
  return is_boolean ? write_boolean(*place.plan, text, *place.out, place.row)
                    : write_number(*place.plan, text, context_, *place.out, place.row);
}

Reason JsonWalk::read_string(Value value, std::string_view token, Place place) {
  const Op op = place.plan->op;
  const bool escaped = token.find('\\') != std::string_view::npos;
  std::string_view text = token.substr(1, token.size() - 2);
  if (escaped) {
    const auto code = value.get_string().get(text);
    if (code != simdjson::SUCCESS) return reason_of(code);
  } else {
    simdjson::ondemand::raw_json_string raw;
    if (const auto code = value.get_raw_json_string().get(raw); code != simdjson::SUCCESS) {
      return reason_of(code);
    }
  }
  if (op == Op::kSkip) return Reason::kNone;
  if (op == Op::kJson) {
    place.out->set_text(place.row, kept(token));
    return Reason::kNone;
  }
  if (op == Op::kText) text = escaped ? context_.arena.copy(text) : kept(text);
  return write_text(*place.plan, text, context_, *place.out, place.row);
}

// An object or a list as its own text.
Reason JsonWalk::read_raw(Value value, Place place, int depth) {
  const char* const start = value.raw_json_token().data();
  if (const Reason reason = skip(std::move(value), depth); reason != Reason::kNone) return reason;
  const char* next = nullptr;
  if (document_.current_location().get(next) != simdjson::SUCCESS) return Reason::kTruncated;
  const std::string_view text =
      without_space_behind({start, static_cast<std::size_t>(next - start)});
  const bool compact = context_.rules == Rules::kSpark && place.plan->op == Op::kText;
  place.out->set_text(place.row, compact ? compact_json(text, context_.arena) : kept(text));
  return Reason::kNone;
}

}  // namespace sluice::formats
