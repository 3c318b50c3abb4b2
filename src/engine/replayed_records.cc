#include "engine/replayed_records.h"

#include <algorithm>
#include <utility>

#include "base/utf8_text.h"

namespace sluice::engine {
namespace {

data::Payload payload_of(const ReplayedLetter& letter) {
  if (!letter.value) return {};
  return {letter.value->data(), static_cast<std::uint32_t>(letter.value->size())};
}

void write_number(const data::Type& type, std::optional<std::int64_t> number, std::size_t row,
                  data::VectorWriter& out) {
  if (!number) {
    out.set_null(row);
  } else if (type.id() == data::TypeId::kInteger) {
    out.as<std::int32_t>()[row] = static_cast<std::int32_t>(*number);
  } else {
    out.as<std::int64_t>()[row] = *number;
  }
}

/// What a column is about; kUnknown: nothing that a letter keeps.
enum class Meaning : unsigned char {
  kUnknown,
  kKey,
  kValue,
  kOrigin,
  kPartition,
  kOffset,
  kTimestamp,
  kElement
};

Meaning meaning_of(const data::Field& field) {
  using data::TypeId;
  struct Known {
    std::string_view name;
    Meaning meaning;
    std::vector<TypeId> types;
  };
  static const std::vector<Known> kKnown = {
      {"key", Meaning::kKey, {TypeId::kBlob, TypeId::kVarchar}},
      {"value", Meaning::kValue, {TypeId::kBlob, TypeId::kVarchar}},
      {"topic", Meaning::kOrigin, {TypeId::kVarchar}},
      {"file_path", Meaning::kOrigin, {TypeId::kVarchar}},
      {"url", Meaning::kOrigin, {TypeId::kVarchar}},
      {"partition", Meaning::kPartition, {TypeId::kInteger, TypeId::kBigint}},
      {"offset", Meaning::kOffset, {TypeId::kBigint}},
      {"file_line", Meaning::kOffset, {TypeId::kBigint}},
      {"record", Meaning::kOffset, {TypeId::kBigint}},
      {"timestamp", Meaning::kTimestamp, {TypeId::kTimestampTz, TypeId::kTimestamp}},
      {"file_modified", Meaning::kTimestamp, {TypeId::kTimestampTz}},
      {"fetched_at", Meaning::kTimestamp, {TypeId::kTimestampTz}},
      {"element", Meaning::kElement, {TypeId::kInteger, TypeId::kBigint}},
  };
  for (const Known& known : kKnown) {
    if (known.name != field.name) continue;
    const bool fits = std::ranges::find(known.types, field.type.id()) != known.types.end();
    return fits ? known.meaning : Meaning::kUnknown;
  }
  return Meaning::kUnknown;
}

}  // namespace

bool places_are_lines(const std::string& kind) {
  return kind == "csv" || kind == "json_lines" || kind == "files";
}

ReplayedRecords::ReplayedRecords(const data::RecordBatch* records,
                                 std::vector<const ReplayedLetter*> letters, const Columns& columns)
    : records_(records),
      records_size_(records == nullptr ? 0 : records->payloads().size()),
      letters_(std::move(letters)),
      columns_(columns) {
  payloads_.reserve(records_size_ + letters_.size());
  if (records_ != nullptr) {
    const std::span<const data::Payload> own = records_->payloads();
    payloads_.assign(own.begin(), own.end());
  }
  for (const ReplayedLetter* letter : letters_) payloads_.push_back(payload_of(*letter));
}

void ReplayedRecords::write_column(std::size_t column, std::span<const std::uint32_t> rows,
                                   data::VectorWriter& out) const {
  // Rows of a chunk ascend: those of the source come first.
  const auto first = static_cast<std::size_t>(
      std::ranges::lower_bound(rows, static_cast<std::uint32_t>(records_size_)) - rows.begin());
  if (first > 0) records_->write_column(column, rows.first(first), out);
  if (first == rows.size()) return;
  const bool is_added = column >= data::Decoder::kAddedColumn;
  const data::Field& field =
      is_added ? columns_.added[column - data::Decoder::kAddedColumn] : columns_.own[column];
  write_letters(field, first, rows, out);
}

void ReplayedRecords::write_letters(const data::Field& field, std::size_t first,
                                    std::span<const std::uint32_t> rows,
                                    data::VectorWriter& out) const {
  const Meaning meaning = meaning_of(field);
  const auto write_text = [&](std::size_t row, std::optional<std::string_view> text) {
    if (!text) {
      out.set_null(row);
    } else {
      out.set_text(row, field.type.id() == data::TypeId::kBlob ? *text : text_of(*text));
    }
  };
  for (std::size_t row = first; row < rows.size(); ++row) {
    const ReplayedLetter& letter = *letters_[rows[row] - records_size_];
    const data::RecordOrigin& origin = letter.origin;
    switch (meaning) {
      case Meaning::kUnknown:
        out.set_null_deep(row);
        break;
      case Meaning::kKey:
        write_text(row, origin.key);
        break;
      case Meaning::kValue:
        write_text(row, letter.value);
        break;
      case Meaning::kOrigin:
        write_text(row, origin.origin);
        break;
      case Meaning::kPartition:
        write_number(field.type, origin.partition, row, out);
        break;
      case Meaning::kOffset:
        write_number(field.type, origin.offset, row, out);
        break;
      case Meaning::kTimestamp:
        write_number(field.type, origin.timestamp, row, out);
        break;
      case Meaning::kElement:
        write_number(field.type, origin.element, row, out);
        break;
    }
  }
}

std::string_view ReplayedRecords::text_of(std::string_view bytes) const {
  if (is_utf8(bytes)) return bytes;
  const std::lock_guard lock(mutex_);
  return repaired_.copy(with_valid_utf8(bytes));
}

data::Payload ReplayedRecords::original(std::size_t row) const {
  return row < records_size_ ? records_->original(row) : payloads_[row];
}

data::RecordOrigin ReplayedRecords::origin(std::size_t row) const {
  if (row < records_size_) return records_->origin(row);
  data::RecordOrigin origin = letters_[row - records_size_]->origin;
  origin.is_file = columns_.places_are_lines;
  return origin;
}

std::size_t ReplayedRecords::bytes() const {
  std::size_t bytes = payloads_.size() * sizeof(data::Payload);
  if (records_ != nullptr) bytes += records_->bytes();
  for (const ReplayedLetter* letter : letters_) bytes += payload_of(*letter).size;
  return bytes;
}

void ReplayJoin::add(const SourcePart& source, bool elements, Records& records) {
  const auto found = letters_.find(source.name);
  if (found == letters_.end()) return;
  const bool takes_apart = has_elements(source.decoder.get());
  std::vector<const ReplayedLetter*> own;
  for (const ReplayedLetter& letter : found->second) {
    const bool is_element = takes_apart && letter.origin.element.has_value();
    if (is_element == elements) own.push_back(&letter);
  }
  if (own.empty()) return;
  std::unique_ptr<data::RecordBatch>& joined = records[source.name];
  std::unique_ptr<data::RecordBatch> before = std::move(joined);
  joined = std::make_unique<ReplayedRecords>(
      before.get(), std::move(own),
      ReplayedRecords::Columns{source.source->schema(), source.decoder->added_columns(),
                               places_are_lines(source.kind)});
  if (before != nullptr) held_.push_back(std::move(before));
}

void ReplayJoin::add_messages(const SourcePart& source, Records& records) {
  add(source, /*elements=*/false, records);
}

void ReplayJoin::add_elements(const SourcePart& source, Records& records) {
  add(source, /*elements=*/true, records);
}

}  // namespace sluice::engine
