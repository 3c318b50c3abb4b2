#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace sluice::data {

/// Bump allocator for texts that are not part of a record's payload (unescaped strings, say).
/// Everything goes at once, with the arena of a batch. REQUIRES: one thread at a time.
class Arena {
 public:
  /// `bytes` of uninitialised memory, unaligned.
  char* allocate(std::size_t bytes) {
    if (bytes > left_) grow(bytes);
    char* const start = next_;
    next_ += bytes;
    left_ -= bytes;
    return start;
  }

  /// A copy of `text` that lives as long as the arena.
  std::string_view copy(std::string_view text) {
    char* const start = allocate(text.size());
    if (!text.empty()) std::memcpy(start, text.data(), text.size());
    return {start, text.size()};
  }

  /// Bytes held from the heap.
  std::size_t bytes() const { return held_; }

 private:
  static constexpr std::size_t kBlockBytes = 64 * 1024;

  void grow(std::size_t bytes) {
    const std::size_t size = bytes > kBlockBytes ? bytes : kBlockBytes;
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    next_ = blocks_.back().get();
    left_ = size;
    held_ += size;
  }

  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t held_ = 0;
};

}  // namespace sluice::data
