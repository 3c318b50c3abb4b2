#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connector/batch_table.h"
#include "data/record_batch.h"
#include "data/type.h"
#include "data/vector_reader.h"
#include "sluice/base/result.h"

namespace sluice::questions {

/// Rows of one relation as bytes that another process of this machine and version reads where they
/// lie: chunk by chunk, and in it column by column. Of a column: a byte that says whether some are
/// NULL; if so a bit for each value, set where it is there; then the values. Fixed widths lie one
/// after the other; of texts, lists and maps come the ends (uint32, from the chunk's beginning),
/// then the bytes or the column of the elements; of a STRUCT its fields.
struct PackedRows {
  struct Chunk {
    std::string bytes;
    std::uint32_t rows = 0;
  };
  std::vector<std::size_t> columns;  ///< of the relation's schema, in this order
  std::vector<Chunk> chunks;
  std::size_t rows = 0;
  std::size_t bytes = 0;
};

/// Packs the rows of some columns. One thread.
class RowPacker {
 public:
  /// `columns` of `schema`, as the chunks have them.
  RowPacker(const data::Schema& schema, std::vector<std::size_t> columns);

  /// False, and the chunk is not added: the chunk's bytes would be more than `bytes_max`.
  bool add(const connector::RowChunk& chunk, std::size_t bytes_max);
  const PackedRows& packed() const { return packed_; }
  PackedRows take() { return std::move(packed_); }

 private:
  std::vector<data::Type> types_;
  PackedRows packed_;
};

/// Packed rows as a batch whose own columns are those of the relation's schema, of which only the
/// packed ones may be read, and one more after them: a BOOLEAN, true, of what only counts rows.
/// The bytes are another's and outlive it.
class PackedBatch final : public data::RecordBatch {
 public:
  /// One column of a chunk, where it lies. Rows count from the chunk's first.
  struct Column {
    const char* validity = nullptr;  ///< null: there is no NULL
    const char* values = nullptr;    ///< or ends
    const char* bytes = nullptr;     ///< of texts
    std::vector<Column> children;
  };

  PackedBatch(const data::Schema& schema, std::vector<std::size_t> columns);
  /// Chunks follow each other. kInternal: the bytes are none.
  Status add(std::string_view bytes, std::uint32_t rows);

  std::size_t size() const override { return rows_; }
  std::span<const data::Payload> payloads() const override { return {}; }
  void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override;
  data::RecordOrigin origin(std::size_t) const override { return {}; }
  std::size_t bytes() const override { return bytes_; }

 private:
  struct Chunk {
    std::uint32_t first = 0;
    std::vector<Column> columns;
  };
  std::vector<data::Type> types_;     ///< of the schema
  std::vector<std::size_t> columns_;  ///< which of them are packed
  std::vector<Chunk> chunks_;
  std::uint32_t rows_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace sluice::questions
