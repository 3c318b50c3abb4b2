#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/type.h"
#include "data/vector_writer.h"

namespace sluice::connector {

/// For tests: one column of a chunk on the heap, of any type, that sources and decoders can write
/// to as they do to DuckDB's vectors. One thread.
class ColumnBuffer final : public data::VectorOwner {
 public:
  ColumnBuffer(const data::Type& type, std::size_t rows);
  ~ColumnBuffer() override;

  /// Valid as long as the buffer.
  data::VectorWriter& writer() { return writer_; }

  bool is_null(std::size_t row) const;
  /// The value for comparing: NULL, numbers, texts as they are, dates and times as their number,
  /// [a, b] and {name: a}.
  std::string text(std::size_t row) const;

  void make_validity(data::VectorWriter& vector) override;
  void reserve_list(data::VectorWriter& vector, std::uint64_t elements) override;

 private:
  struct Node;
  static std::unique_ptr<Node> make_node(const data::Type& type, std::size_t rows);
  void attach(data::VectorWriter& vector, Node& node);
  static std::string node_text(const Node& node, std::size_t row);

  std::unique_ptr<Node> root_;
  data::VectorWriter writer_;
};

}  // namespace sluice::connector
