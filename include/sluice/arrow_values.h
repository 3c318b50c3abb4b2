#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sluice/function.h"

/// Columns of Arrow's C data interface, read and made by values of C++: bool, the integers of
/// std::int8_t to std::uint64_t, float, double, and texts, which are std::string_view where they
/// are read and std::string where they are given.

namespace sluice {

/// The values of a column.
template <class T>
class ArrowValues {
 public:
  explicit ArrowValues(const ArrowArray& array) : array_(array) {}

  std::int64_t size() const { return array_.length; }
  bool is_null(std::int64_t row) const {
    return array_.buffers[0] != nullptr && !bit(array_.buffers[0], row + array_.offset);
  }
  /// REQUIRES: it is not null.
  T operator[](std::int64_t row) const {
    row += array_.offset;
    if constexpr (std::is_same_v<T, bool>) {
      return bit(array_.buffers[1], row);
    } else if constexpr (std::is_same_v<T, std::string_view>) {
      const auto* ends = static_cast<const std::int32_t*>(array_.buffers[1]);
      const auto* bytes = static_cast<const char*>(array_.buffers[2]);
      return {bytes + ends[row], static_cast<std::size_t>(ends[row + 1] - ends[row])};
    } else {
      return static_cast<const T*>(array_.buffers[1])[row];
    }
  }

 private:
  static bool bit(const void* bits, std::int64_t row) {
    return ((static_cast<const std::uint8_t*>(bits)[row / 8] >> (row % 8)) & 1) != 0;
  }

  const ArrowArray& array_;
};

/// Fills `result` with these values. Throws
/// std::length_error: texts of more than 2 GiB.
template <class T>
void give_values(const std::vector<std::optional<T>>& values, ArrowArray& result);

/// Fills `result` with a list of rows for each row: the first counts[0] rows of `columns` for row
/// 0, the next counts[1] for row 1. Takes the columns, of which give_values filled each.
/// REQUIRES: one column at least.
inline void give_tables(const std::vector<std::int32_t>& counts, std::vector<ArrowArray> columns,
                        ArrowArray& result);

namespace arrow {

/// An array that owns `held`, which has its `buffers`.
template <class Held>
ArrowArray owning(std::unique_ptr<Held> held, std::size_t rows, std::int64_t buffers) {
  ArrowArray array{};
  array.length = static_cast<std::int64_t>(rows);
  array.null_count = -1;
  array.n_buffers = buffers;
  array.buffers = held->buffers;
  array.release = [](ArrowArray* own) {
    delete static_cast<Held*>(own->private_data);
    own->release = nullptr;
  };
  array.private_data = held.release();
  return array;
}

/// Arrays within another one, which go with it.
struct Children {
  const void* buffers[2] = {};
  std::vector<std::int32_t> ends{};
  std::vector<ArrowArray> arrays;
  std::vector<ArrowArray*> pointers{};

  explicit Children(std::vector<ArrowArray> taken) : arrays(std::move(taken)) {
    for (ArrowArray& array : arrays) pointers.push_back(&array);
  }
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  ~Children() {
    for (ArrowArray& array : arrays) {
      if (array.release != nullptr) array.release(&array);
    }
  }
};

inline ArrowArray with_children(std::unique_ptr<Children> children, std::size_t rows,
                                std::int64_t buffers) {
  ArrowArray** const pointers = children->pointers.data();
  const auto count = static_cast<std::int64_t>(children->pointers.size());
  ArrowArray array = owning(std::move(children), rows, buffers);
  array.children = pointers;
  array.n_children = count;
  return array;
}

inline void set_bit(std::vector<std::uint8_t>& bits, std::size_t i) {
  bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (1U << (i % 8)));
}

inline void give_lists(const std::vector<std::int32_t>& counts, std::unique_ptr<Children> columns,
                       ArrowArray& result) {
  const auto rows = static_cast<std::size_t>(columns->arrays[0].length);
  std::vector<ArrowArray> element = {with_children(std::move(columns), rows, 1)};
  auto lists = std::make_unique<Children>(std::move(element));
  lists->ends.push_back(0);
  for (const std::int32_t count : counts) lists->ends.push_back(lists->ends.back() + count);
  lists->buffers[1] = lists->ends.data();
  result = with_children(std::move(lists), counts.size(), 2);
}

}  // namespace arrow

template <class T>
void give_values(const std::vector<std::optional<T>>& values, ArrowArray& result) {
  constexpr bool kIsBool = std::is_same_v<T, bool>;
  constexpr bool kIsText = std::is_same_v<T, std::string>;
  static_assert(kIsText || std::is_arithmetic_v<T>);
  struct Held {
    const void* buffers[3] = {};
    std::vector<std::uint8_t> valid;
    std::vector<std::conditional_t<kIsText || kIsBool, std::uint8_t, T>> fixed;  // of texts: bytes
    std::vector<std::int32_t> ends;
  };
  auto held = std::make_unique<Held>();
  held->valid.resize((values.size() / 8) + 1);
  if constexpr (kIsBool) held->fixed.resize(held->valid.size());
  if constexpr (kIsText) held->ends.push_back(0);
  if constexpr (!kIsText && !kIsBool) held->fixed.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::optional<T>& value = values[i];
    if (value) arrow::set_bit(held->valid, i);
    if constexpr (kIsText) {
      if (value) held->fixed.insert(held->fixed.end(), value->begin(), value->end());
      if (held->fixed.size() > INT32_MAX) throw std::length_error("texts of more than 2 GiB");
      held->ends.push_back(static_cast<std::int32_t>(held->fixed.size()));
    } else if constexpr (kIsBool) {
      if (value.value_or(false)) arrow::set_bit(held->fixed, i);
    } else {
      held->fixed[i] = value.value_or(T());
    }
  }
  held->buffers[0] = held->valid.data();
  held->buffers[1] = held->fixed.data();
  if constexpr (kIsText) {
    held->buffers[1] = held->ends.data();
    held->buffers[2] = held->fixed.data();
  }
  result = arrow::owning(std::move(held), values.size(), kIsText ? 3 : 2);
}

inline void give_tables(const std::vector<std::int32_t>& counts, std::vector<ArrowArray> columns,
                        ArrowArray& result) {
  arrow::give_lists(counts, std::make_unique<arrow::Children>(std::move(columns)), result);
}

}  // namespace sluice
