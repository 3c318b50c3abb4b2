#include "connectors/files/file_batch.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/utf8_text.h"

namespace sluice::connectors {

const data::Schema& file_columns() {
  static const data::Schema kColumns({{"value", data::TypeId::kVarchar},
                                      {"file_path", data::TypeId::kVarchar},
                                      {"file_line", data::TypeId::kBigint},
                                      {"file_modified", data::TypeId::kTimestampTz}});
  return kColumns;
}

void FileBatch::begin_file(std::string path, Micros modified) {
  parts_.push_back({std::move(path), modified, payloads_.size()});
}

char* FileBatch::add_block(std::string_view rest, std::size_t more) {
  auto block = std::make_unique_for_overwrite<char[]>(rest.size() + more);
  if (!rest.empty()) std::memcpy(block.get(), rest.data(), rest.size());
  if (!blocks_.empty() && payloads_.size() == last_block_rows_) {
    blocks_.pop_back();
    block_bytes_ -= last_block_bytes_;
  }
  blocks_.push_back(std::move(block));
  last_block_bytes_ = rest.size() + more;
  last_block_rows_ = payloads_.size();
  block_bytes_ += last_block_bytes_;
  return blocks_.back().get();
}

void FileBatch::add_record(std::string_view text, std::int64_t line) {
  payloads_.push_back({text.data(), static_cast<std::uint32_t>(text.size())});
  payload_bytes_ += static_cast<std::int64_t>(text.size());
  lines_.push_back(line);
}

const FileBatch::Part& FileBatch::part_of(std::size_t row) const {
  // The last part that starts at or before the row: files without records have parts, too.
  const auto after = std::ranges::upper_bound(parts_, row, {}, &Part::first_row);
  return *std::prev(after);
}

void FileBatch::write_values(std::span<const std::uint32_t> rows, data::VectorWriter& out) const {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string_view text = payloads_[rows[i]].text();
    if (!is_utf8(text)) {
      const std::lock_guard lock(mutex_);
      text = repaired_.copy(with_valid_utf8(text));
    }
    out.set_text(i, text);
  }
}

void FileBatch::write_column(std::size_t column, std::span<const std::uint32_t> rows,
                             data::VectorWriter& out) const {
  switch (column) {
    case kValue:
      write_values(rows, out);
      break;
    case kFilePath:
      for (std::size_t i = 0; i < rows.size(); ++i) out.set_text(i, part_of(rows[i]).path);
      break;
    case kFileLine:
      for (std::size_t i = 0; i < rows.size(); ++i) out.as<std::int64_t>()[i] = lines_[rows[i]];
      break;
    default:
      for (std::size_t i = 0; i < rows.size(); ++i) {
        out.as<std::int64_t>()[i] = part_of(rows[i]).modified;
      }
      break;
  }
}

data::RecordOrigin FileBatch::origin(std::size_t row) const {
  const Part& part = part_of(row);
  data::RecordOrigin origin;
  origin.origin = part.path;
  origin.offset = lines_[row];
  origin.is_file = true;
  origin.timestamp = part.modified;
  return origin;
}

}  // namespace sluice::connectors
