#include "formats/json_speculation.h"

#include <simdjson.h>

#include "formats/json_number.h"

namespace sluice::formats {

namespace {

// Other keys than the schema's that are remembered; more are looked at anew each time.
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

const char* JsonSpeculation::Guess::match(const char* at, const char* end) const {
  if (word_count == 0) return nullptr;
  const char* const behind = at + bytes;
  if (static_cast<std::size_t>(end - at) < word_count * 8) [[unlikely]] {
    if (static_cast<std::size_t>(end - at) < bytes || std::memcmp(at, words, bytes) != 0) {
      return nullptr;
    }
    return behind;
  }
  const std::uint32_t last = word_count - 1;
  std::uint64_t word = 0;
  for (std::uint32_t i = 0; i < last; ++i, at += 8) {
    std::memcpy(&word, at, 8);
    if (word != words[i]) return nullptr;
  }
  std::memcpy(&word, at, 8);
  return (word & last_mask) == words[last] ? behind : nullptr;
}

JsonSpeculation::JsonSpeculation(const JsonColumns& columns, ValueContext context)
    : columns_(columns), context_(context), fields_(kFirstColumn) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    Field field;
    field.is_column = true;
    field.target = columns[i].target;
    field.plan = columns[i].plan;
    if (field.target != kNoTarget) {
      field.op = field.plan->op;
      ++wanted_;
    }
    fields_.push_back(field);
  }
}

bool JsonSpeculation::decode(std::string_view payload, const JsonTargets& targets,
                             std::uint64_t row) {
  const char* at = payload.data();
  const char* const end = at + payload.size();
  const std::uint64_t record = ++record_;
  std::size_t found = 0;
  seen_ = {};
  std::uint32_t next = kStart;
  for (;;) {
    at = next_field(at, end, next);
    if (at == nullptr) return false;
    if (next == kEnd) break;
    if (at == end) return false;
    Field& field = fields_[next];
    if (field.op == Op::kSkip) {
      if (field.is_column && field.record == record) return false;
      field.record = record;
      at = *at == '"' ? skip_string(at + 1, end, seen_) : skip_value(at, end, 1, seen_);
    } else {
      if (field.record == record) return false;
      field.record = record;
      ++found;
      at = read_value(field, at, end, *targets[field.target], row);
    }
    if (at == nullptr) return false;
  }
  if (skip_space(at, end) != end) return false;
  if (seen_.high_bits != 0 && !simdjson::validate_utf8(payload.data(), payload.size())) {
    return false;
  }
  if (found == wanted_) return true;
  for (const Field& field : fields_) {
    if (field.target != kNoTarget && field.record != record) {
      targets[field.target]->set_null_deep(row);
    }
  }
  return true;
}

// From behind a value to the next one, or to behind the object's end.
inline const char* JsonSpeculation::next_field(const char* at, const char* end,
                                               std::uint32_t& field) {
  for (const Guess& guess : fields_[field].guesses) {
    const char* const behind = guess.match(at, end);
    if (behind != nullptr) {
      if (!guess.ascii) seen_.high_bits = kHighBits;
      field = guess.field;
      return behind;
    }
  }
  const char* const start = at;
  at = skip_space(at, end);
  const bool is_first = field == kStart;
  if (at == end) return nullptr;
  if (is_first && *at == '{')
    at = skip_space(at + 1, end);
  else if (is_first || (*at != ',' && *at != '}'))
    return nullptr;
  if (at == end) return nullptr;
  const std::uint32_t from = field;
  if (*at == '}') {
    field = kEnd;
    ++at;
  } else {
    if (!is_first) at = skip_space(at + 1, end);
    if (at == end || *at != '"') return nullptr;
    const char* const key = at + 1;
    JsonSeen key_seen;
    at = skip_string(key, end, key_seen);
    if (at == nullptr || key_seen.escape) return nullptr;
    seen_.high_bits |= key_seen.high_bits;
    field = field_of({key, static_cast<std::size_t>(at - 1 - key)});
    at = skip_space(at, end);
    if (at == end || *at != ':') return nullptr;
    at = skip_space(at + 1, end);
  }
  learn(from, {start, static_cast<std::size_t>(at - start)}, field);
  return at;
}

std::uint32_t JsonSpeculation::field_of(std::string_view key) {
  const int column = columns_.find(key);
  if (column >= 0) return kFirstColumn + static_cast<std::uint32_t>(column);
  key_.assign(key);
  const auto found = other_keys_.find(key_);
  if (found != other_keys_.end()) return found->second;
  const auto index = static_cast<std::uint32_t>(fields_.size());
  if (other_keys_.size() == kOtherKeysMax) return index - 1;
  fields_.emplace_back();
  other_keys_.emplace(key_, index);
  return index;
}

void JsonSpeculation::learn(std::uint32_t from, std::string_view text, std::uint32_t to) {
  if (text.size() > kWordsMax * 8) return;
  Guess guess;
  std::memcpy(guess.words, text.data(), text.size());
  guess.bytes = static_cast<std::uint32_t>(text.size());
  guess.word_count = (guess.bytes + 7) / 8;
  const std::uint32_t last_bytes = guess.bytes - (guess.word_count - 1) * 8;
  guess.last_mask = ~std::uint64_t{0} >> (64 - 8 * last_bytes);
  guess.field = to;
  for (const std::uint64_t word : guess.words) guess.ascii = guess.ascii && (word & kHighBits) == 0;
  Field& field = fields_[from];
  field.guesses[1] = field.guesses[0];
  field.guesses[0] = guess;
}

inline const char* JsonSpeculation::read_value(const Field& field, const char* at, const char* end,
                                               data::VectorWriter& out, std::uint64_t row) {
  const ValuePlan& plan = *field.plan;
  if (*at == 'n') {
    out.set_null_deep(row);
    return skip_word(at, end, "null");
  }
  switch (field.op) {
    case Op::kText:
      if (*at == '"') return read_text(plan, at, end, out, row);
      return read_other(field, at, end, out, row);
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
      return read_double(at, end, out.as<double>()[row]);
    default:
      return read_other(field, at, end, out, row);
  }
}

const char* JsonSpeculation::read_text(const ValuePlan& plan, const char* at, const char* end,
                                       data::VectorWriter& out, std::uint64_t row) {
  const char* const text = at + 1;
  const char* const quote = scan_plain(text, end, seen_);
  if (quote == end || *quote != '"') return nullptr;
  const std::string_view content(text, static_cast<std::size_t>(quote - text));
  if (plan.op == Op::kText) {
    out.set_text(row, content);
  } else if (write_text(plan, content, context_, out, row) != Reason::kNone) {
    return nullptr;
  }
  return quote + 1;
}

const char* JsonSpeculation::read_other(const Field& field, const char* at, const char* end,
                                        data::VectorWriter& out, std::uint64_t row) {
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
    at = skip_value(at, end, 1, seen_);
    if (at != nullptr) out.set_text(row, {start, static_cast<std::size_t>(at - start)});
    return at;
  }
  const char first = *at;
  if (first == '"') return read_text(*field.plan, at, end, out, row);
  if (first != 't' && first != 'f' && first != '-' && (first < '0' || first > '9')) return nullptr;
  at = skip_value(at, end, 1, seen_);
  if (at == nullptr) return nullptr;
  const std::string_view token(start, static_cast<std::size_t>(at - start));
  const Reason reason = first == 't' || first == 'f'
                            ? write_boolean(*field.plan, token, out, row)
                            : write_number(*field.plan, token, context_, out, row);
  return reason == Reason::kNone ? at : nullptr;
}

}  // namespace sluice::formats
