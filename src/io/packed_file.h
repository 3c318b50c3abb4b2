#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "io/unpacked_file.h"
#include "sluice/base/result.h"

namespace sluice::io {

/// A new file of this machine that is written from its beginning to its end, compressed or as it
/// is: one gzip member, or one zstd frame. What is written is not synced. One thread.
class PackedFile {
 public:
  /// Makes the file, or empties one that is there. Null: not packed.
  static Result<std::unique_ptr<PackedFile>> create(std::string path,
                                                    std::optional<Packing> packing);
  PackedFile() = default;
  PackedFile(PackedFile&&) = default;
  PackedFile& operator=(PackedFile&&) = default;
  virtual ~PackedFile() = default;

  /// Blocks of 64 KiB and more serve best: each call writes. kTransient: no space.
  virtual Status write(std::string_view bytes) = 0;

  /// Writes what the packing has kept back; the size of the file. Once, at the end: without it the
  /// file is not whole.
  virtual Result<std::uint64_t> finish() = 0;
};

}  // namespace sluice::io
