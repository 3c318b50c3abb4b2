#include "formats/vector_memory.h"

#include <algorithm>

namespace sluice::formats {

namespace {

std::size_t width_of(Op op) {
  switch (op) {
    case Op::kSkip:
    case Op::kStruct:
      return 0;
    case Op::kBoolean:
    case Op::kInt8:
    case Op::kUint8:
      return 1;
    case Op::kInt16:
    case Op::kUint16:
    case Op::kDecimal16:
      return 2;
    case Op::kInt32:
    case Op::kUint32:
    case Op::kFloat:
    case Op::kDecimal32:
    case Op::kDate:
      return 4;
    case Op::kInt64:
    case Op::kUint64:
    case Op::kDouble:
    case Op::kDecimal64:
    case Op::kTime:
    case Op::kTimestamp:
      return 8;
    default:
      return 16;
  }
}

void clear_vector(data::VectorWriter& vector) {
  vector.list_elements = 0;
  // The owner makes a fresh mask when the next NULL is written.
  vector.validity = nullptr;
  for (data::VectorWriter& child : vector.children) clear_vector(child);
}

}  // namespace

VectorMemory::VectorMemory(const ValuePlan& plan, std::size_t rows) { make(plan, rows, vector_); }

void VectorMemory::clear() { clear_vector(vector_); }

void VectorMemory::make(const ValuePlan& plan, std::size_t rows, data::VectorWriter& vector) {
  Block& block = blocks_.emplace_back();
  block.width = width_of(plan.op);
  vector.owner = this;
  vector.handle = &block;
  const bool has_elements = plan.op == Op::kList || plan.op == Op::kMap;
  if (plan.op == Op::kMap) {
    // One child: a STRUCT of key and value.
    ValuePlan entry;
    entry.op = Op::kStruct;
    entry.children = plan.children;
    vector.children.resize(1);
    make(entry, 0, vector.children[0]);
  } else {
    vector.children.resize(plan.children.size());
    for (std::size_t i = 0; i < plan.children.size(); ++i) {
      make(plan.children[i], has_elements ? 0 : rows, vector.children[i]);
    }
  }
  block.rows = rows;
  block.values.resize(rows * block.width);
  // A vector with values has an address even when it has no rows yet.
  if (block.width > 0) {
    block.values.reserve(block.width);
    vector.values = block.values.data();
  }
}

void VectorMemory::make_validity(data::VectorWriter& vector) {
  Block& block = *static_cast<Block*>(vector.handle);
  block.validity.assign(block.rows / 64 + 1, ~std::uint64_t{0});
  vector.validity = block.validity.data();
}

void VectorMemory::grow(data::VectorWriter& vector, std::size_t rows) {
  Block& block = *static_cast<Block*>(vector.handle);
  block.rows = rows;
  block.values.resize(rows * block.width);
  if (block.width > 0) vector.values = block.values.data();
  if (vector.validity != nullptr) {
    block.validity.resize(rows / 64 + 1, ~std::uint64_t{0});
    vector.validity = block.validity.data();
  }
  // A STRUCT's children run row by row with it; a list's do not.
  if (block.width == 0) {
    for (data::VectorWriter& child : vector.children) grow(child, rows);
  }
}

void VectorMemory::reserve_list(data::VectorWriter& vector, std::uint64_t elements) {
  data::VectorWriter& child = vector.children[0];
  const std::size_t rows = static_cast<Block*>(child.handle)->rows;
  if (elements > rows) grow(child, std::max<std::size_t>(elements, 2 * rows));
}

}  // namespace sluice::formats
