#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace sluice::data {

class VectorWriter;

/// What only the owner of the vector memory (the sql folder) can do. Called rarely: never per row.
class VectorOwner {
 public:
  virtual ~VectorOwner() = default;
  /// Makes the validity mask of `vector` writable, all valid, and sets vector.validity.
  virtual void make_validity(VectorWriter& vector) = 0;
  /// Room for `elements` values in the child of a LIST or MAP; refreshes the child's pointers,
  /// of its children too. What was written stays.
  virtual void reserve_list(VectorWriter& vector, std::uint64_t elements) = 0;
};

/// A VARCHAR, BLOB or JSON value in its 16-byte vector form: texts up to 12 bytes inline, longer
/// ones by pointer with their first 4 bytes beside. The layout of duckdb_string_t (duckdb.h).
struct StringSlot {
  static constexpr std::uint32_t kInlineBytesMax = 12;
  std::uint32_t bytes;
  char prefix[4];
  union {
    const char* pointer;
    char tail[8];
  };
  StringSlot() : bytes(0), prefix{}, tail{} {}
};
static_assert(sizeof(StringSlot) == 16);

/// The position of a LIST's or MAP's elements in its child vector. The layout of duckdb_list_entry.
struct ListSlot {
  std::uint64_t offset;
  std::uint64_t length;
};

/// Where a decoder or source puts the values of one column of a chunk: the memory of a DuckDB
/// vector, so that nothing is copied twice. Not owned; valid during one call.
/// REQUIRES: one thread at a time; rows below kChunkRowsMax, in a child below the elements that
/// were reserved; values of the column's type.
///
/// `values` is an array of the physical type: BOOLEAN uint8 (0, 1); the integers and floats
/// themselves; HUGEINT and DECIMAL wider than 18 digits __int128; DECIMAL up to 4, 9, 18 digits
/// int16, int32, int64 (value times 10^scale); DATE int32 days and TIMESTAMP(TZ) int64 microseconds
/// since 1970-01-01; TIME int64 microseconds; UUID __int128, its 16 bytes as a number with the
/// highest bit flipped, so that signed order is the order of the texts; VARCHAR, BLOB, JSON a
/// StringSlot; LIST and MAP a ListSlot (MAP's child is a STRUCT of key and value); STRUCT nothing
/// (see children). Rows are written in order from 0. A row is valid unless set_null is called on
/// it.
class VectorWriter {
 public:
  void* values = nullptr;
  std::uint64_t* validity = nullptr;  ///< bit set: valid. Null: no NULL was written yet.
  std::vector<VectorWriter> children;
  std::uint64_t list_elements = 0;  ///< elements written to the child of a LIST or MAP
  VectorOwner* owner = nullptr;
  void* handle = nullptr;  ///< the owner's

  template <class T>
  T* as() {
    return static_cast<T*>(values);
  }

  /// The row is NULL; a STRUCT's fields must be set to NULL as well (use set_null_deep).
  void set_null(std::uint64_t row) {
    if (validity == nullptr) owner->make_validity(*this);
    validity[row / 64] &= ~(1ULL << (row % 64));
  }

  void set_null_deep(std::uint64_t row) {
    set_null(row);
    // Only a STRUCT has children that run row by row with it; a LIST's slot must be readable.
    if (values == nullptr) {
      for (VectorWriter& child : children) child.set_null_deep(row);
    } else if (!children.empty()) {
      as<ListSlot>()[row] = {list_elements, 0};
    }
  }

  /// Takes back a set_null on `row`: the row was rejected and its slot will be written again.
  void set_valid(std::uint64_t row) {
    if (validity != nullptr) validity[row / 64] |= 1ULL << (row % 64);
    if (values == nullptr) {
      for (VectorWriter& child : children) child.set_valid(row);
    }
  }

  /// Refers to `text`. Short texts are copied into the slot; an empty one may have no address.
  /// REQUIRES: `text` stays as it is until the batch is released (record payloads and the batch's
  /// Arena do), and has less than 4 GiB.
  void set_text(std::uint64_t row, std::string_view text) {
    StringSlot slot{};
    slot.bytes = static_cast<std::uint32_t>(text.size());
    if (text.size() <= StringSlot::kInlineBytesMax) {
      // Inline bytes run through prefix and tail, zero-padded. memcpy may not be given null.
      if (!text.empty()) {
        std::memcpy(reinterpret_cast<char*>(&slot) + 4, text.data(), text.size());
      }
    } else {
      std::memcpy(slot.prefix, text.data(), 4);
      slot.pointer = text.data();
    }
    as<StringSlot>()[row] = slot;
  }

  /// Grows the child of a LIST or MAP so that `more` elements fit after list_elements. Pointers
  /// into the child are void afterwards.
  /// REQUIRES: the column is a LIST or MAP.
  void reserve_elements(std::uint64_t more) { owner->reserve_list(*this, list_elements + more); }
};

/// The vectors of a chunk, in the order of the columns that were asked for.
using ChunkWriter = std::span<VectorWriter>;

/// Rows of a chunk at most: DuckDB's vector size.
inline constexpr std::size_t kChunkRowsMax = 2048;

}  // namespace sluice::data
