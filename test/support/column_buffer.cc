#include "support/column_buffer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "data/fixed_width.h"

namespace sluice::connector {
namespace {

using data::TypeId;

__extension__ using Int128 = __int128;

std::size_t physical_bytes(const data::Type& type) {
  constexpr std::size_t kSlot = 16;  // of a text or a list
  if (type.id() == TypeId::kStruct) return 0;
  const std::size_t width = data::fixed_width(type);
  return width > 0 ? width : kSlot;
}

std::string integer_text(Int128 value) {
  const bool negative = value < 0;
  std::string digits;
  do {
    const int digit = static_cast<int>(value % 10);
    digits += static_cast<char>('0' + (digit < 0 ? -digit : digit));
    value /= 10;
  } while (value != 0);
  if (negative) digits += '-';
  std::ranges::reverse(digits);
  return digits;
}

template <class T>
T value_at(const std::vector<std::byte>& values, std::size_t row) {
  T value{};
  std::memcpy(&value, values.data() + row * sizeof(T), sizeof(T));
  return value;
}

template <class T>
std::string floating_text(const std::vector<std::byte>& values, std::size_t row) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value_at<T>(values, row));
  return {text.data(), end.ptr};
}

std::string slot_text(const std::vector<std::byte>& values, std::size_t row) {
  const std::byte* start = values.data() + row * sizeof(data::StringSlot);
  data::StringSlot slot;
  std::memcpy(&slot, start, sizeof(slot));
  if (slot.bytes > data::StringSlot::kInlineBytesMax) return {slot.pointer, slot.bytes};
  return {reinterpret_cast<const char*>(start) + 4, slot.bytes};
}

Int128 integer_at(const data::Type& type, const std::vector<std::byte>& values, std::size_t row) {
  switch (physical_bytes(type)) {
    case 1:
      return type.id() == TypeId::kTinyint ? Int128{value_at<std::int8_t>(values, row)}
                                           : Int128{value_at<std::uint8_t>(values, row)};
    case 2:
      return type.id() == TypeId::kUsmallint ? Int128{value_at<std::uint16_t>(values, row)}
                                             : Int128{value_at<std::int16_t>(values, row)};
    case 4:
      return type.id() == TypeId::kUinteger ? Int128{value_at<std::uint32_t>(values, row)}
                                            : Int128{value_at<std::int32_t>(values, row)};
    case 8:
      return type.id() == TypeId::kUbigint ? Int128{value_at<std::uint64_t>(values, row)}
                                           : Int128{value_at<std::int64_t>(values, row)};
    default:
      return value_at<Int128>(values, row);
  }
}

std::string decimal_text(const std::string& digits, int scale) {
  if (scale == 0) return digits;
  const bool negative = digits.front() == '-';
  std::string text = negative ? digits.substr(1) : digits;
  const auto places = static_cast<std::size_t>(scale);
  if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
  text.insert(text.size() - places, ".");
  return negative ? "-" + text : text;
}

}  // namespace

struct ColumnBuffer::Node {
  data::Type type;
  std::size_t rows = 0;
  std::vector<std::byte> values;
  std::vector<std::uint64_t> validity;  // empty: all valid
  std::vector<std::unique_ptr<Node>> children;

  bool is_null(std::size_t row) const {
    return !validity.empty() && (validity[row / 64] >> (row % 64) & 1U) == 0;
  }
  void resize(std::size_t new_rows) {
    rows = std::max(rows, new_rows);
    values.resize(rows * physical_bytes(type));
    if (!validity.empty()) validity.resize(rows / 64 + 1, ~std::uint64_t{0});
    if (type.id() == TypeId::kStruct) {
      for (auto& child : children) child->resize(rows);
    }
  }
};

ColumnBuffer::ColumnBuffer(const data::Type& type, std::size_t rows)
    : root_(make_node(type, rows)) {
  attach(writer_, *root_);
}

ColumnBuffer::~ColumnBuffer() = default;

std::unique_ptr<ColumnBuffer::Node> ColumnBuffer::make_node(const data::Type& type,
                                                            std::size_t rows) {
  auto node = std::make_unique<Node>();
  node->type = type;
  if (type.id() == TypeId::kMap) {
    // A MAP's child is one STRUCT of key and value.
    node->children.push_back(make_node(data::Type::structure(type.children()), 0));
  } else {
    for (const data::Field& field : type.children()) {
      node->children.push_back(make_node(field.type, 0));
    }
  }
  node->resize(rows);
  return node;
}

void ColumnBuffer::attach(data::VectorWriter& vector, Node& node) {
  const bool has_values = node.type.id() != TypeId::kStruct;
  // Never null, also without rows: null values mean a STRUCT.
  if (has_values && node.values.empty()) node.values.resize(16);
  vector.values = has_values ? node.values.data() : nullptr;
  vector.validity = node.validity.empty() ? nullptr : node.validity.data();
  vector.owner = this;
  vector.handle = &node;
  vector.children.resize(node.children.size());
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    attach(vector.children[i], *node.children[i]);
  }
}

void ColumnBuffer::make_validity(data::VectorWriter& vector) {
  auto& node = *static_cast<Node*>(vector.handle);
  node.validity.assign(node.rows / 64 + 1, ~std::uint64_t{0});
  vector.validity = node.validity.data();
}

void ColumnBuffer::reserve_list(data::VectorWriter& vector, std::uint64_t elements) {
  auto& node = *static_cast<Node*>(vector.handle);
  node.children.front()->resize(elements);
  attach(vector.children.front(), *node.children.front());
}

bool ColumnBuffer::is_null(std::size_t row) const { return root_->is_null(row); }

std::string ColumnBuffer::text(std::size_t row) const { return node_text(*root_, row); }

std::string ColumnBuffer::node_text(const Node& node, std::size_t row) {
  if (node.is_null(row)) return "NULL";
  switch (node.type.id()) {
    case TypeId::kBoolean:
      return value_at<std::uint8_t>(node.values, row) != 0 ? "true" : "false";
    case TypeId::kReal:
      return floating_text<float>(node.values, row);
    case TypeId::kDouble:
      return floating_text<double>(node.values, row);
    case TypeId::kDecimal:
      return decimal_text(integer_text(integer_at(node.type, node.values, row)), node.type.scale());
    case TypeId::kVarchar:
    case TypeId::kBlob:
    case TypeId::kJson:
      return slot_text(node.values, row);
    case TypeId::kStruct: {
      std::string text;
      for (std::size_t i = 0; i < node.children.size(); ++i) {
        text += (i == 0 ? "{" : ", ") + node.type.children()[i].name + ": ";
        text += node_text(*node.children[i], row);
      }
      return text + "}";
    }
    case TypeId::kList:
    case TypeId::kMap: {
      const auto slot = value_at<data::ListSlot>(node.values, row);
      std::string text = "[";
      for (std::uint64_t i = 0; i < slot.length; ++i) {
        text += (i == 0 ? "" : ", ") + node_text(*node.children.front(), slot.offset + i);
      }
      return text + "]";
    }
    default:
      return integer_text(integer_at(node.type, node.values, row));
  }
}

}  // namespace sluice::connector
