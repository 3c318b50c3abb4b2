#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/result.h"

namespace sluice::connectors {

/// The files that were read long ago, in order: 16 bytes of each in the checkpoint, about 24 in
/// memory. An offset counts how many of them belong to it, so that it has the files that it had,
/// whatever was read later. Not thread-safe.
class ReadLog {
 public:
  /// XXH3's 128 bits of a file's whole path. That two of a million files share them is as likely as
  /// a disk's undetected error, many times over.
  struct Mark {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    bool operator==(const Mark&) const = default;
  };
  static constexpr std::size_t kMarkBytes = 16;

  static Mark mark_of(std::string_view path);

  std::int64_t size() const { return static_cast<std::int64_t>(marks_.size()); }
  void add(const Mark& mark);
  /// Whether it is among the first `count`.
  bool contains(const Mark& mark, std::int64_t count) const;
  /// Forgets all after the first `count`.
  void cut(std::int64_t count);

  /// Those from `first` to before `end`, big-endian, for the checkpoint.
  std::string bytes(std::int64_t first, std::int64_t end) const;
  /// What bytes() gave, after what is there. kCorruption when it is not a whole number of marks.
  Status add_bytes(std::string_view bytes);

 private:
  static constexpr std::uint32_t kFree = 0xFFFFFFFFU;

  std::size_t slot_of(const Mark& mark) const;
  void index(std::size_t slots);

  std::vector<Mark> marks_;
  std::vector<std::uint32_t> slots_;  // places in marks_, by hash; a power of two of them
};

}  // namespace sluice::connectors
