#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "data/vector_writer.h"
#include "formats/value_plan.h"

namespace sluice::formats {

/// Vectors in memory of our own: where columns that are only checked for errors are decoded to, and
/// where tests and benchmarks decode to without a database.
class VectorMemory final : public data::VectorOwner {
 public:
  /// One vector of `rows` rows for values of `plan`.
  VectorMemory(const ValuePlan& plan, std::size_t rows);
  VectorMemory(const VectorMemory&) = delete;
  VectorMemory& operator=(const VectorMemory&) = delete;

  data::VectorWriter& vector() { return vector_; }

  /// All rows valid and no elements in lists: as new. What was reserved stays.
  void clear();

  void make_validity(data::VectorWriter& vector) override;
  void reserve_list(data::VectorWriter& vector, std::uint64_t elements) override;

 private:
  // The memory behind one vector; its address is the vector's handle.
  struct Block {
    std::size_t width = 0;  // bytes a value; 0: STRUCT
    std::size_t rows = 0;
    std::vector<std::byte> values;
    std::vector<std::uint64_t> validity;
  };

  void make(const ValuePlan& plan, std::size_t rows, data::VectorWriter& vector);
  void grow(data::VectorWriter& vector, std::size_t rows);

  std::deque<Block> blocks_;
  data::VectorWriter vector_;
};

}  // namespace sluice::formats
