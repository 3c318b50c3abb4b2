#include "questions/packed_rows.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "data/fixed_width.h"

namespace sluice::questions {
namespace {

using data::TypeId;
using data::VectorReader;
using data::VectorWriter;

/// In a list of rows: one that is NULL whatever the vector holds.
constexpr std::uint64_t kNoRow = std::numeric_limits<std::uint64_t>::max();

enum class Form : unsigned char { kFixed, kText, kStruct, kList };

Form form_of(const data::Type& type) {
  switch (type.id()) {
    case TypeId::kVarchar:
    case TypeId::kBlob:
    case TypeId::kJson:
    case TypeId::kOther:
      return Form::kText;
    case TypeId::kStruct:
      return Form::kStruct;
    case TypeId::kList:
    case TypeId::kMap:
      return Form::kList;
    default:
      return Form::kFixed;
  }
}

/// What the child of a list or map holds.
data::Type element_type(const data::Type& type) {
  if (type.id() == TypeId::kList) return type.children().front().type;
  return data::Type::structure(type.children());
}

std::size_t validity_bytes(std::size_t rows) { return (rows + 7) / 8; }

template <class T>
T read_at(const char* values, std::size_t index) {
  T value{};
  std::memcpy(&value, values + (index * sizeof(T)), sizeof(T));
  return value;
}

/// Packs one column of a chunk after what is there already, up to a limit.
class ColumnPacker {
 public:
  ColumnPacker(std::string& out, std::size_t bytes_max) : out_(out), bytes_max_(bytes_max) {}

  /// False: the limit is reached. `rows`: of the vector, or kNoRow; `is_whole`: 0, 1, 2 ...
  bool pack(const data::Type& type, const VectorReader& vector,
            const std::vector<std::uint64_t>& rows, bool is_whole) {
    const Form form = form_of(type);
    const bool is_typeless = vector.values == nullptr && form != Form::kStruct;
    const auto is_null = [&](std::uint64_t row) {
      return row == kNoRow || is_typeless || vector.is_null(row);
    };
    const bool has_nulls = (!is_whole || is_typeless || vector.validity != nullptr) &&
                           std::ranges::any_of(rows, is_null);
    out_ += has_nulls ? '\1' : '\0';
    std::vector<std::uint64_t> there;
    if (has_nulls) {
      there = rows;
      std::string bits(validity_bytes(rows.size()), '\0');
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (is_null(rows[i])) {
          there[i] = kNoRow;
        } else {
          bits[i / 8] =
              static_cast<char>(static_cast<unsigned char>(bits[i / 8]) | (1U << (i % 8)));
        }
      }
      out_ += bits;
    }
    const std::vector<std::uint64_t>& kept = has_nulls ? there : rows;
    switch (form) {
      case Form::kFixed:
        return pack_fixed(data::fixed_width(type), vector, kept, is_whole && !has_nulls);
      case Form::kText:
        return pack_texts(vector, kept);
      case Form::kStruct:
        for (std::size_t i = 0; i < type.children().size(); ++i) {
          if (!pack(type.children()[i].type, vector.children[i], kept, is_whole && !has_nulls)) {
            return false;
          }
        }
        return true;
      case Form::kList:
        return pack_list(type, vector, kept);
    }
    return true;
  }

 private:
  bool has_room(std::size_t bytes) const {
    return bytes <= bytes_max_ - std::min(bytes_max_, out_.size());
  }

  bool pack_fixed(std::size_t width, const VectorReader& vector,
                  const std::vector<std::uint64_t>& rows, bool is_whole) {
    if (!has_room(rows.size() * width)) return false;
    const char* const values = static_cast<const char*>(vector.values);
    if (is_whole) {
      if (!rows.empty()) out_.append(values, rows.size() * width);
      return true;
    }
    for (const std::uint64_t row : rows) {
      if (row == kNoRow) {
        out_.append(width, '\0');
      } else {
        out_.append(values + (row * width), width);
      }
    }
    return true;
  }

  void add_end(std::size_t end) {
    const auto value = static_cast<std::uint32_t>(end);
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }

  bool pack_texts(const VectorReader& vector, const std::vector<std::uint64_t>& rows) {
    std::size_t end = 0;
    for (const std::uint64_t row : rows) {
      if (row != kNoRow) end += vector.text(row).size();
      if (!has_room(end + sizeof(std::uint32_t))) return false;
      add_end(end);
    }
    if (!has_room(end)) return false;
    for (const std::uint64_t row : rows) {
      if (row != kNoRow) out_ += vector.text(row);
    }
    return true;
  }

  bool pack_list(const data::Type& type, const VectorReader& vector,
                 const std::vector<std::uint64_t>& rows) {
    std::vector<std::uint64_t> elements;
    for (const std::uint64_t row : rows) {
      if (row != kNoRow) {
        const auto slot = vector.at<data::ListSlot>(row);
        if (!has_room(elements.size() + slot.length)) return false;
        for (std::uint64_t i = 0; i < slot.length; ++i) elements.push_back(slot.offset + i);
      }
      add_end(elements.size());
    }
    return pack(element_type(type), vector.children.front(), elements, false);
  }

  std::string& out_;
  const std::size_t bytes_max_;
};

/// Finds where the parts of a column lie. Null where the bytes end too early.
class ColumnFinder {
 public:
  explicit ColumnFinder(std::string_view bytes) : left_(bytes) {}

  bool find(const data::Type& type, std::size_t rows, PackedBatch::Column& column) {
    const char* const flag = take(1);
    if (flag == nullptr) return false;
    if (*flag != 0 && (column.validity = take(validity_bytes(rows))) == nullptr) return false;
    switch (form_of(type)) {
      case Form::kFixed:
        column.values = take(rows * data::fixed_width(type));
        return column.values != nullptr;
      case Form::kText: {
        column.values = take(rows * sizeof(std::uint32_t));
        if (column.values == nullptr) return false;
        column.bytes = take(last_end(column, rows));
        return column.bytes != nullptr;
      }
      case Form::kStruct:
        column.children.resize(type.children().size());
        for (std::size_t i = 0; i < column.children.size(); ++i) {
          if (!find(type.children()[i].type, rows, column.children[i])) return false;
        }
        return true;
      case Form::kList:
        column.values = take(rows * sizeof(std::uint32_t));
        if (column.values == nullptr) return false;
        column.children.resize(1);
        return find(element_type(type), last_end(column, rows), column.children.front());
    }
    return false;
  }
  bool is_at_end() const { return left_.empty(); }

 private:
  static std::size_t last_end(const PackedBatch::Column& column, std::size_t rows) {
    return rows == 0 ? 0 : read_at<std::uint32_t>(column.values, rows - 1);
  }
  const char* take(std::size_t bytes) {
    if (bytes > left_.size()) return nullptr;
    const char* const at = left_.data();
    left_.remove_prefix(bytes);
    // What takes no bytes has an address all the same.
    return at == nullptr ? "" : at;
  }

  std::string_view left_;
};

/// One value of a column into a vector.
void write_value(const data::Type& type, const PackedBatch::Column& column, std::size_t row,
                 VectorWriter& out, std::uint64_t to) {
  if (column.validity != nullptr &&
      ((static_cast<unsigned char>(column.validity[row / 8]) >> (row % 8)) & 1U) == 0) {
    out.set_null_deep(to);
    return;
  }
  const auto begin_of = [&] {
    return row == 0 ? 0U : read_at<std::uint32_t>(column.values, row - 1);
  };
  switch (form_of(type)) {
    case Form::kFixed: {
      const std::size_t width = data::fixed_width(type);
      std::memcpy(static_cast<char*>(out.values) + (to * width), column.values + (row * width),
                  width);
      return;
    }
    case Form::kText: {
      const std::uint32_t begin = begin_of();
      const std::uint32_t end = read_at<std::uint32_t>(column.values, row);
      out.set_text(to, {column.bytes + begin, end - begin});
      return;
    }
    case Form::kStruct:
      for (std::size_t i = 0; i < column.children.size(); ++i) {
        write_value(type.children()[i].type, column.children[i], row, out.children[i], to);
      }
      return;
    case Form::kList: {
      const std::uint32_t begin = begin_of();
      const std::uint32_t end = read_at<std::uint32_t>(column.values, row);
      out.reserve_elements(end - begin);
      const std::uint64_t first = out.list_elements;
      const data::Type element = element_type(type);
      for (std::uint32_t i = begin; i < end; ++i) {
        write_value(element, column.children.front(), i, out.children.front(), first + i - begin);
      }
      out.as<data::ListSlot>()[to] = {first, end - begin};
      out.list_elements += end - begin;
      return;
    }
  }
}

}  // namespace

RowPacker::RowPacker(const data::Schema& schema, std::vector<std::size_t> columns) {
  for (const std::size_t column : columns) types_.push_back(schema[column].type);
  packed_.columns = std::move(columns);
}

bool RowPacker::add(const connector::RowChunk& chunk, std::size_t bytes_max) {
  PackedRows::Chunk made{.bytes = {}, .rows = static_cast<std::uint32_t>(chunk.rows)};
  ColumnPacker packer(made.bytes, bytes_max);
  std::vector<std::uint64_t> rows(chunk.rows);
  std::iota(rows.begin(), rows.end(), std::uint64_t{0});
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (!packer.pack(types_[i], chunk.columns[i], rows, true)) return false;
  }
  if (made.bytes.size() > bytes_max) return false;
  packed_.rows += chunk.rows;
  packed_.bytes += made.bytes.size();
  packed_.chunks.push_back(std::move(made));
  return true;
}

PackedBatch::PackedBatch(const data::Schema& schema, std::vector<std::size_t> columns)
    : columns_(std::move(columns)) {
  for (const data::Field& field : schema.fields()) types_.push_back(field.type);
}

Status PackedBatch::add(std::string_view bytes, std::uint32_t rows) {
  Chunk chunk{.first = rows_, .columns = std::vector<Column>(columns_.size())};
  ColumnFinder finder(bytes);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!finder.find(types_.at(columns_[i]), rows, chunk.columns[i])) {
      return internal_error("packed rows end too early");
    }
  }
  if (!finder.is_at_end()) return internal_error("packed rows are too long");
  rows_ += rows;
  bytes_ += bytes.size();
  chunks_.push_back(std::move(chunk));
  return {};
}

void PackedBatch::write_column(std::size_t column, std::span<const std::uint32_t> rows,
                               data::VectorWriter& out) const {
  if (column == types_.size()) {
    std::fill_n(out.as<std::uint8_t>(), rows.size(), std::uint8_t{1});
    return;
  }
  const auto found = std::ranges::find(columns_, column);
  const auto place = static_cast<std::size_t>(found - columns_.begin());
  // What no SQL names was not asked for.
  SLUICE_CHECK(found != columns_.end());
  const data::Type& type = types_[column];
  auto chunk = chunks_.end();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool is_inside = chunk != chunks_.end() && rows[i] >= chunk->first &&
                           (chunk + 1 == chunks_.end() || rows[i] < (chunk + 1)->first);
    if (!is_inside) {
      chunk = std::ranges::upper_bound(chunks_, rows[i], {}, &Chunk::first) - 1;
    }
    write_value(type, chunk->columns[place], rows[i] - chunk->first, out, i);
  }
}

}  // namespace sluice::questions
