#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "data/vector_writer.h"

namespace sluice::data {

/// An INTERVAL. The layout of duckdb_interval.
struct IntervalSlot {
  std::int32_t months;
  std::int32_t days;
  std::int64_t micros;
};

/// One column of a chunk, to be read where it lies: the other side of VectorWriter, with the same
/// layout of values (and IntervalSlot for INTERVAL). Nothing is copied. The memory is its owner's
/// (a DuckDB chunk, a test's buffer) and so valid as long as that says: mostly during one call.
/// Immutable; any thread may read.
///
/// Values are flat: row `r` is at index `r`, whatever the engine used inside. Lists and maps say
/// which rows of their child are theirs; neither need all rows of the child be somebody's, nor come
/// they in order.
class VectorReader {
 public:
  VectorReader() = default;
  /// What has been written to `writer`, whose owner keeps the memory.
  explicit VectorReader(const VectorWriter& writer)
      : values(writer.values), validity(writer.validity) {
    children.reserve(writer.children.size());
    for (const VectorWriter& child : writer.children) children.emplace_back(child);
  }

  const void* values = nullptr;             ///< null: a STRUCT, or a column of the type NULL
  const std::uint64_t* validity = nullptr;  ///< bit set: valid. Null: there is no NULL
  /// STRUCT: its fields, row by row with it. LIST: its elements. MAP: one STRUCT of key and value.
  std::vector<VectorReader> children;

  /// What the children of a STRUCT that is NULL hold means nothing.
  bool is_null(std::uint64_t row) const {
    return validity != nullptr && ((validity[row / 64] >> (row % 64)) & 1) == 0;
  }

  /// The value of the row. REQUIRES: it is not NULL, and T is the physical type. Values may be at
  /// addresses that are not multiples of their size.
  template <class T>
  T at(std::uint64_t row) const {
    T value{};
    std::memcpy(&value, static_cast<const char*>(values) + row * sizeof(T), sizeof(T));
    return value;
  }

  /// A VARCHAR, BLOB or JSON, which lives as long as the vector. REQUIRES: the row is not NULL.
  std::string_view text(std::uint64_t row) const {
    const char* const slot = static_cast<const char*>(values) + row * sizeof(StringSlot);
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, slot, sizeof bytes);
    if (bytes <= StringSlot::kInlineBytesMax) return {slot + 4, bytes};
    const char* pointer = nullptr;
    std::memcpy(&pointer, slot + 8, sizeof pointer);
    return {pointer, bytes};
  }
};

/// The columns of a chunk.
using ChunkReader = std::span<const VectorReader>;

}  // namespace sluice::data
