#include "engine/dead_letters.h"

#include <algorithm>

#include "base/shown_text.h"
#include "engine/pipeline.h"

namespace sluice::engine {
namespace {

enum class LetterColumn : std::size_t {
  kBatch,
  kSource,
  kTopic,
  kPartition,
  kOffset,
  kTimestamp,
  kKey,
  kValue,
  kReason,
  kColumnName
};

/// What a record that does not decode as a whole looks like, and what to do; "": nothing known.
std::string looks_like(std::string_view value) {
  // The wire format of Confluent's serializers: a zero, the schema's number, what was serialized.
  constexpr std::size_t kHeaderBytes = 5;
  if (value.size() <= kHeaderBytes || value[0] != '\0') return "";
  std::uint32_t id = 0;
  for (std::size_t i = 1; i < kHeaderBytes; ++i) {
    id = id << 8U | static_cast<unsigned char>(value[i]);
  }
  const bool json = value[kHeaderBytes] == '{' || value[kHeaderBytes] == '[';
  return "; it begins with 0x00 and what may be a schema id (" + std::to_string(id) +
         "), as a serializer of a schema registry writes it: " +
         (json ? "JSON Schema, of which format: raw and substring(value, 6) in SQL leave the JSON"
               : "Avro or Protobuf, which format: {avro: {registry: ...}} or {protobuf: {registry: "
                 "...}} reads");
}

}  // namespace

std::string place_text(const data::RecordOrigin& origin) {
  std::string number = std::to_string(origin.offset);
  if (origin.element) number += kElementMark + std::to_string(*origin.element);
  if (origin.is_file) return origin.origin + " line=" + number;
  return origin.origin + " partition=" + std::to_string(origin.partition) + " offset=" + number;
}

bool has_elements(const data::Decoder* decoder) {
  return decoder != nullptr && decoder->added_columns().find("element") >= 0;
}

const data::Schema& dead_letter_schema() {
  using data::TypeId;
  static const data::Schema kSchema({{"batch", TypeId::kBigint},
                                     {"source", TypeId::kVarchar},
                                     {"topic", TypeId::kVarchar},
                                     {"partition", TypeId::kInteger},
                                     {"offset", TypeId::kBigint},
                                     {"timestamp", TypeId::kTimestampTz},
                                     {"key", TypeId::kBlob},
                                     {"value", TypeId::kBlob},
                                     {"reason", TypeId::kVarchar},
                                     {"column_name", TypeId::kVarchar}});
  return kSchema;
}

DeadLetterBatch::DeadLetterBatch(const data::RecordBatch& records,
                                 std::span<const data::Reject> rejects,
                                 const data::Decoder& decoder, std::int64_t batch,
                                 std::string source)
    : batch_(batch), source_(std::move(source)) {
  letters_.reserve(rejects.size());
  for (const data::Reject& reject : rejects) {
    Letter letter;
    letter.origin = records.origin(reject.row);
    letter.payload = records.original(reject.row);
    std::string reason = decoder.reason_text(reject);
    if (reject.column == data::Reject::kNoColumn && !decoder.expects_schema_numbers()) {
      reason += looks_like(letter.payload.text());
    }
    letter.reason = intern(std::move(reason));
    letter.column = reject.column == data::Reject::kNoColumn
                        ? nullptr
                        : intern(decoder.schema()[reject.column].name);
    if (letter.origin.element) {
      topics_.push_back(letter.origin.origin + kElementMark +
                        std::to_string(*letter.origin.element));
      letter.topic = &topics_.back();
    }
    letters_.push_back(std::move(letter));
  }
}

const std::string* DeadLetterBatch::intern(std::string text) {
  // There are as many texts as ways to fail, a few dozen at most.
  const auto found = std::ranges::find(texts_, text);
  if (found != texts_.end()) return &*found;
  texts_.push_back(std::move(text));
  return &texts_.back();
}

void DeadLetterBatch::write_column(std::size_t column, std::span<const std::uint32_t> rows,
                                   data::VectorWriter& out) const {
  using enum LetterColumn;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Letter& letter = letters_[rows[i]];
    switch (static_cast<LetterColumn>(column)) {
      case kBatch:
        out.as<std::int64_t>()[i] = batch_;
        break;
      case kSource:
        out.set_text(i, source_);
        break;
      case kTopic:
        out.set_text(i, letter.topic == nullptr ? letter.origin.origin : *letter.topic);
        break;
      case kPartition:
        out.as<std::int32_t>()[i] = letter.origin.partition;
        break;
      case kOffset:
        out.as<std::int64_t>()[i] = letter.origin.offset;
        break;
      case kTimestamp:
        if (letter.origin.timestamp) {
          out.as<std::int64_t>()[i] = *letter.origin.timestamp;
        } else {
          out.set_null(i);
        }
        break;
      case kKey:
        if (letter.origin.key) {
          out.set_text(i, *letter.origin.key);
        } else {
          out.set_null(i);
        }
        break;
      case kValue:
        if (letter.payload.bytes != nullptr) {
          out.set_text(i, letter.payload.text());
        } else {
          out.set_null(i);
        }
        break;
      case kReason:
        out.set_text(i, *letter.reason);
        break;
      case kColumnName:
        if (letter.column != nullptr) {
          out.set_text(i, *letter.column);
        } else {
          out.set_null(i);
        }
        break;
    }
  }
}

std::string DeadLetterBatch::reason_of(const Letter& letter) {
  return (letter.column == nullptr ? "" : "column " + *letter.column + ": ") + *letter.reason;
}

std::string DeadLetterBatch::value_of(const Letter& letter) {
  constexpr std::size_t kShownBytesMax = 200;
  return "value=" + shown_text(letter.payload.text(), kShownBytesMax);
}

std::string DeadLetterBatch::in_words(std::size_t row) const {
  const Letter& letter = letters_[row];
  return place_text(letter.origin) + ": " + reason_of(letter) + "; " + value_of(letter);
}

std::vector<DeadLetterReason> DeadLetterBatch::reasons() const {
  std::vector<DeadLetterReason> reasons;
  std::vector<const Letter*> firsts;
  for (const Letter& letter : letters_) {
    // Interned: equal texts have equal addresses.
    const auto known = std::ranges::find_if(firsts, [&](const Letter* first) {
      return first->reason == letter.reason && first->column == letter.column;
    });
    if (known != firsts.end()) {
      ++reasons[static_cast<std::size_t>(known - firsts.begin())].count;
      continue;
    }
    firsts.push_back(&letter);
    reasons.push_back({reason_of(letter), 1, place_text(letter.origin) + " " + value_of(letter)});
  }
  return reasons;
}

}  // namespace sluice::engine
