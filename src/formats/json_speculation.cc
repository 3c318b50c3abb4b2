#include "formats/json_speculation.h"

#include <simdjson.h>

#include "formats/json_number.h"
#include "formats/json_unescape.h"

namespace sluice::formats {

namespace {

// Other keys than the schema's that are remembered; more are looked at again each time.
constexpr std::size_t kOtherKeysMax = 512;

template <class T>
const char* read_integer_to(const char* at, const char* end, data::VectorWriter& out,
                            std::uint64_t row) {
  return read_integer(at, end, out.as<T>()[row]);
}

template <class T>
const char* read_decimal_to(const ValuePlan& plan, const char* at, const char* end,
                            data::VectorWriter& out, std::uint64_t row) {
  const bool quoted = at < end && *at == '"';
  at = read_decimal(at + (quoted ? 1 : 0), end, plan.width, plan.scale, out.as<T>()[row]);
  if (!quoted || at == nullptr) return at;
  return at < end && *at == '"' ? at + 1 : nullptr;
}

}  // namespace

inline bool JsonSpeculation::Guess::match(const char* at, const char* end) const {
  if (end - at < static_cast<std::ptrdiff_t>(8 * kWordsAtOnce)) [[unlikely]] {
    return match_slowly(at, end);
  }
  static_assert(kWordsAtOnce == 3);
  const std::uint64_t differing = ((load_whole_word(at) ^ words[0]) & masks[0]) |
                                  ((load_whole_word(at + 8) ^ words[1]) & masks[1]) |
                                  ((load_whole_word(at + 16) ^ words[2]) & masks[2]);
  if (differing != 0) return false;
  return bytes <= 8 * kWordsAtOnce || match_slowly(at, end);
}

bool JsonSpeculation::Guess::match_slowly(const char* at, const char* end) const {
  return end - at >= static_cast<std::ptrdiff_t>(bytes) && std::memcmp(at, words, bytes) == 0;
}

JsonSpeculation::JsonSpeculation(const JsonColumns& columns, ValueContext context)
    : columns_(columns), context_(context) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    Field& field = fields_.emplace_back();
    field.is_column = true;
    field.target = columns[i].target;
    field.plan = columns[i].plan;
    if (field.target != kNoTarget) {
      field.op = field.plan->op;
      ++wanted_;
    }
  }
}

bool JsonSpeculation::decode(std::string_view payload, const JsonTargets& targets,
                             std::uint64_t row) {
  const char* at = payload.data();
  const char* const end = at + payload.size();
  const std::uint64_t record = ++record_;
  std::size_t found = 0;
  const bool rescues = columns_.rescued() != kNoTarget;
  if (rescues) rescued_.start_record();
  JsonSeen seen;
  Field* field = &start_;
  for (;;) {
    const Guess& guess = field->guess;
    if (guess.field != nullptr && guess.match(at, end)) [[likely]] {
      if (!guess.ascii) seen.high_bits = kHighBits;
      at += guess.bytes;
      field = guess.field;
    } else {
      at = find_field(at, end, seen, field);
      if (at == nullptr) return false;
    }
    if (field == &end_) break;
    if (at == end || (field->record == record && field->is_column)) return false;
    field->record = record;
    const char* const value = at;
    if (field->op != Op::kSkip) {
      ++found;
      at = read_value(*field, at, end, seen, targets, row);
    } else if (*at == '"') {
      at = skip_string(at + 1, end, seen);
    } else if (*at <= '9' && *at >= '-') {
      at = skip_number(at, end);
    } else {
      at = skip_value(at, end, 1, seen);
    }
    if (at == nullptr) return false;
    if (rescues && !field->is_column) {
      rescued_.add(field->key, {value, static_cast<std::size_t>(at - value)});
    }
  }
  if (at != end && skip_space(at, end) != end) return false;
  if (seen.high_bits != 0 && !simdjson::validate_utf8(payload.data(), payload.size())) {
    return false;
  }
  if (rescues) rescued_.write(*targets[columns_.rescued()], row, context_.arena);
  if (found == wanted_) return true;
  for (const Field& one : fields_) {
    if (one.target != kNoTarget && one.record != record) targets[one.target]->set_null_deep(row);
  }
  return true;
}

// Where the first guess is wrong: from after a value (of `field`) to the next one, or to after
// the object's end.
const char* JsonSpeculation::find_field(const char* at, const char* end, JsonSeen& seen,
                                        Field*& field) {
  Field& from = *field;
  const Guess& second = from.second_guess;
  if (second.field != nullptr && second.match(at, end)) {
    if (!second.ascii) seen.high_bits = kHighBits;
    field = second.field;
    return at + second.bytes;
  }
  const char* const start = at;
  const bool is_first = field == &start_;
  at = skip_space(at, end);
  if (at == end) return nullptr;
  if (is_first ? *at != '{' : *at != ',' && *at != '}') return nullptr;
  bool closes = *at == '}';
  if (!closes) {
    at = skip_space(at + 1, end);
    if (at == end) return nullptr;
    closes = is_first && *at == '}';
  }
  if (closes) {
    field = &end_;
    ++at;
  } else {
    if (*at != '"') return nullptr;
    const char* const key = at + 1;
    JsonSeen key_seen;
    at = skip_string(key, end, key_seen);
    if (at == nullptr || key_seen.escape) return nullptr;
    seen.high_bits |= key_seen.high_bits;
    field = field_of({key, static_cast<std::size_t>(at - 1 - key)});
    if (field == nullptr) return nullptr;
    at = skip_space(at, end);
    if (at == end || *at != ':') return nullptr;
    at = skip_space(at + 1, end);
  }
  learn(from, {start, static_cast<std::size_t>(at - start)}, *field);
  return at;
}

JsonSpeculation::Field* JsonSpeculation::field_of(std::string_view key) {
  const int column = columns_.find(key);
  if (column >= 0) return &fields_[static_cast<std::size_t>(column)];
  key_.assign(key);
  const auto found = other_keys_.find(key_);
  if (found != other_keys_.end()) return found->second;
  if (other_keys_.size() == kOtherKeysMax) {
    return columns_.rescued() == kNoTarget ? &fields_.back() : nullptr;
  }
  Field* const field = &fields_.emplace_back();
  field->key = other_keys_.emplace(key_, field).first->first;
  return field;
}

void JsonSpeculation::learn(Field& from, std::string_view text, Field& to) {
  if (text.size() > kWordsMax * 8) return;
  Guess guess;
  std::memcpy(guess.words, text.data(), text.size());
  guess.bytes = static_cast<std::uint32_t>(text.size());
  for (std::size_t i = 0; i < guess.bytes && i < sizeof(guess.masks); ++i) {
    guess.masks[i / 8] |= std::uint64_t{0xff} << (i % 8 * 8);
  }
  guess.field = &to;
  for (const std::uint64_t word : guess.words) guess.ascii = guess.ascii && (word & kHighBits) == 0;
  from.second_guess = from.guess;
  from.guess = guess;
}

inline const char* JsonSpeculation::read_value(const Field& field, const char* at, const char* end,
                                               JsonSeen& seen, const JsonTargets& targets,
                                               std::uint64_t row) {
  const ValuePlan& plan = *field.plan;
  data::VectorWriter& out = *targets[field.target];
  if (*at == 'n') {
    out.set_null_deep(row);
    return skip_word(at, end, "null");
  }
  switch (field.op) {
    case Op::kText:
      if (*at == '"') return read_text(plan, at, end, seen, out, row);
      return read_other(field, at, end, seen, out, row);
    case Op::kInt32:
      return read_integer_to<std::int32_t>(at, end, out, row);
    case Op::kInt64:
      return read_integer_to<std::int64_t>(at, end, out, row);
    case Op::kDecimal32:
      return read_decimal_to<std::int32_t>(plan, at, end, out, row);
    case Op::kDecimal64:
      return read_decimal_to<std::int64_t>(plan, at, end, out, row);
    case Op::kDecimal128:
      return read_decimal_to<Int128>(plan, at, end, out, row);
    case Op::kDouble:
      // To Java -0 is 0.
      if (*at == '-' && context_.rules == Rules::kSpark) {
        return read_other(field, at, end, seen, out, row);
      }
      return read_double(at, end, out.as<double>()[row]);
    default:
      return read_other(field, at, end, seen, out, row);
  }
}

const char* JsonSpeculation::read_text(const ValuePlan& plan, const char* at, const char* end,
                                       JsonSeen& seen, data::VectorWriter& out, std::uint64_t row) {
  const char* const text = at + 1;
  const char* const stop = scan_plain(text, end, seen);
  const bool plain = stop < end && *stop == '"';
  const char* const past = plain ? stop + 1 : skip_string_with_escapes(stop, end, seen);
  if (past == nullptr) return nullptr;
  std::string_view content(text, static_cast<std::size_t>(past - 1 - text));
  if (!plain) content = unescape_json(content, context_.arena);
  if (plan.op == Op::kText) {
    out.set_text(row, content);
  } else if (write_text(plan, content, context_, out, row) != Reason::kNone) {
    return nullptr;
  }
  return past;
}

const char* JsonSpeculation::read_other(const Field& field, const char* at, const char* end,
                                        JsonSeen& seen, data::VectorWriter& out,
                                        std::uint64_t row) {
  switch (field.op) {
    case Op::kInt8:
      return read_integer_to<std::int8_t>(at, end, out, row);
    case Op::kInt16:
      return read_integer_to<std::int16_t>(at, end, out, row);
    case Op::kUint8:
      return read_integer_to<std::uint8_t>(at, end, out, row);
    case Op::kUint16:
      return read_integer_to<std::uint16_t>(at, end, out, row);
    case Op::kUint32:
      return read_integer_to<std::uint32_t>(at, end, out, row);
    case Op::kUint64:
      return read_integer_to<std::uint64_t>(at, end, out, row);
    case Op::kDecimal16:
      return read_decimal_to<std::int16_t>(*field.plan, at, end, out, row);
    case Op::kStruct:
    case Op::kList:
    case Op::kMap:
      return nullptr;
    default:
      break;
  }
  const char* const start = at;
  if (field.op == Op::kJson) {
    at = skip_value(at, end, 1, seen);
    if (at != nullptr) out.set_text(row, {start, static_cast<std::size_t>(at - start)});
    return at;
  }
  const char first = *at;
  if (first == '"') return read_text(*field.plan, at, end, seen, out, row);
  if (first != 't' && first != 'f' && first != '-' && (first < '0' || first > '9')) return nullptr;
  at = skip_value(at, end, 1, seen);
  if (at == nullptr) return nullptr;
  const std::string_view token(start, static_cast<std::size_t>(at - start));
  const Reason reason = first == 't' || first == 'f'
                            ? write_boolean(*field.plan, token, out, row)
                            : write_number(*field.plan, token, context_, out, row);
  return reason == Reason::kNone ? at : nullptr;
}

}  // namespace sluice::formats
