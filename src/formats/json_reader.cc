#include "formats/json_reader.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "formats/json_unescape.h"

namespace sluice::formats {

namespace {

// So many surprises in a row, and only every so manieth record is worth a guess.
constexpr unsigned kSurprisesMax = 16;
constexpr unsigned kGuessEvery = 16;

// Any text fits a VARCHAR or JSON column: there is nothing to check beyond the record's form.
bool can_fail(Op op) { return op != Op::kText && op != Op::kJson; }

/// The columns of `schema` before `end`.
std::vector<JsonColumn> columns_of(const data::Schema& schema, const std::vector<ValuePlan>& plans,
                                   std::size_t end, const std::vector<std::size_t>& columns,
                                   const std::vector<std::size_t>& checked) {
  std::vector<JsonColumn> result;
  for (std::size_t i = 0; i < end; ++i) {
    result.push_back({schema[i].name, &plans[i], kNoTarget});
  }
  std::uint16_t target = 0;
  for (const std::size_t column : columns) {
    if (column < end) result[column].target = target;
    ++target;
  }
  for (const std::size_t column : checked) {
    const bool is_output = std::find(columns.begin(), columns.end(), column) != columns.end();
    if (!is_output && column < end && can_fail(plans[column].op)) result[column].target = target++;
  }
  return result;
}

}  // namespace

JsonReader::Wanted JsonReader::wanted(const data::Schema& schema, JsonRules rules,
                                      const std::vector<std::size_t>& columns,
                                      const std::vector<std::size_t>& checked) {
  const auto found = std::find(columns.begin(), columns.end(), schema.size() - 1);
  if (!rules.rescue || found == columns.end()) return {columns, checked, kNoTarget};
  // What does not fit shows only when every column is read.
  std::vector<std::size_t> all(schema.size());
  std::iota(all.begin(), all.end(), 0);
  return {columns, std::move(all), static_cast<std::uint16_t>(found - columns.begin())};
}

JsonReader::JsonReader(const data::Schema& schema, const std::vector<ValuePlan>& plans,
                       JsonRules rules, const std::vector<std::size_t>& columns,
                       const std::vector<std::size_t>& checked, data::Arena& arena)
    : JsonReader(schema, plans, rules, wanted(schema, rules, columns, checked), arena) {}

JsonReader::JsonReader(const data::Schema& schema, const std::vector<ValuePlan>& plans,
                       JsonRules rules, const Wanted& wanted, data::Arena& arena)
    : rules_(rules),
      arena_(arena),
      columns_(columns_of(schema, plans, schema.size() - (rules.rescue ? 1 : 0), wanted.columns,
                          wanted.checked),
               wanted.rescued),
      speculation_(columns_, {rules.rules, arena, rules.zone}),
      walk_(columns_, {rules.rules, arena, rules.zone}, rules.bad_field, rules.rescue, rules.root) {
  targets_.resize(wanted.columns.size());
  for (const std::size_t column : wanted.checked) {
    if (column >= columns_.size()) continue;
    const std::uint16_t target = columns_[column].target;
    if (target == kNoTarget || target != targets_.size()) continue;
    checked_.push_back(std::make_unique<VectorMemory>(plans[column], data::kChunkRowsMax));
    targets_.push_back(&checked_.back()->vector());
  }
}

void JsonReader::read(std::span<const data::Payload> payloads, std::size_t first, std::size_t count,
                      data::ChunkWriter out, std::vector<std::uint32_t>& kept,
                      std::vector<data::Reject>& rejects) {
  for (std::size_t i = 0; i < out.size(); ++i) targets_[i] = &out[i];
  for (const auto& memory : checked_) memory->clear();
  std::uint64_t row = 0;
  for (std::size_t i = first; i < first + count; ++i) {
    const Failure failure = decode(payloads[i], row);
    if (failure.reason == Reason::kNone) {
      kept.push_back(static_cast<std::uint32_t>(i));
      ++row;
    } else {
      rejects.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint16_t>(failure.reason),
                         failure.column});
    }
  }
}

inline bool JsonReader::guess(std::string_view payload, std::uint64_t row) {
  if (!rules_.speculate || rules_.root == JsonRoot::kValue) return false;
  if (surprises_ >= kSurprisesMax && ++records_ % kGuessEvery != 0) return false;
  if (speculation_.decode(payload, targets_, row)) {
    surprises_ = 0;
    return true;
  }
  ++surprises_;
  return false;
}

Reason JsonReader::unwrap(std::string_view& text) {
  std::string_view value;
  const Reason reason = rules_.payload->find(text, value);
  if (reason != Reason::kNone) return reason;
  // JSON as a text, as relays wrap what they do not look into.
  if (value.front() == '"') {
    value = value.substr(1, value.size() - 2);
    if (value.find('\\') != std::string_view::npos) value = unescape_json(value, arena_);
  }
  text = value;
  return Reason::kNone;
}

inline Failure JsonReader::decode(const data::Payload& payload, std::uint64_t row) {
  std::string_view text = payload.text();
  Reason broken{payload.broken};
  if (payload.bytes == nullptr) broken = Reason::kNoValue;
  if (broken == Reason::kNone && rules_.payload != nullptr) broken = unwrap(text);
  if (broken == Reason::kNone && guess(text, row)) return {};
  walk_.mark_row(targets_);
  walk_.clear_row(targets_, row);
  if (payload.bytes == nullptr && rules_.tombstone_rows) {
    write_null_row(row);
    return {};
  }
  const Failure failure = broken == Reason::kNone ? decode_carefully(text, row) : Failure{broken};
  if (failure.reason == Reason::kNone || rules_.rules != Rules::kSpark) return failure;
  write_null_row(row);
  return {};
}

/// An object where a list of objects is wanted, which Spark takes for a list of one.
bool JsonReader::is_lone_element(std::string_view payload) const {
  if (rules_.root != JsonRoot::kValue || columns_[0].plan->op != Op::kList) return false;
  const Op element = columns_[0].plan->children[0].op;
  const char* const end = payload.data() + payload.size();
  const char* const first = skip_space(payload.data(), end);
  return element == Op::kStruct && first != end && *first == '{';
}

Failure JsonReader::decode_carefully(std::string_view payload, std::uint64_t row) {
  if (is_lone_element(payload)) {
    if (!to_plain_json(payload, JsonRoot::kObject, plain_)) return {Reason::kNotJson};
    plain_ = "[" + plain_ + "]";
    return walk_.decode(plain_, JsonWalk::Texts::kCopies, targets_, row);
  }
  const Failure failure = walk_.decode(payload, JsonWalk::Texts::kSlices, targets_, row);
  if (failure.reason == Reason::kNone || rules_.rules != Rules::kSpark) return failure;
  if (!to_plain_json(payload, rules_.root, plain_)) return failure;
  return walk_.decode(plain_, JsonWalk::Texts::kCopies, targets_, row);
}

// What Spark makes of a record that it cannot read.
void JsonReader::write_null_row(std::uint64_t row) {
  for (data::VectorWriter* target : targets_) target->set_null_deep(row);
}

}  // namespace sluice::formats
