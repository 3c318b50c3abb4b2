#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::io {

/// How a file is compressed.
enum class Packing : unsigned char { kGzip, kZstd };

/// By the file's name, as Spark and DuckDB decide it: `.gz` or `.zst`, in any case. Null: it is
/// not.
std::optional<Packing> packing_of(std::string_view path);

/// By the first bytes of a file.
std::optional<Packing> packing_by_content(std::string_view bytes);

/// What a compressed file unpacks to, as bytes to be read in order. Memory: a block of the file,
/// and for zstd the window that the file was written with (128 MiB at most). A file may be several
/// gzip members or zstd frames, one after the other. One thread.
class UnpackedFile {
 public:
  /// Reads nothing yet. `files` outlives this. `block_bytes`: of the file, read at once.
  UnpackedFile(FileSystem& files, std::string path, Packing packing, std::size_t block_bytes);
  ~UnpackedFile();
  UnpackedFile(const UnpackedFile&) = delete;
  UnpackedFile& operator=(const UnpackedFile&) = delete;

  const std::string& path() const { return path_; }

  /// Unpacked bytes from `offset` on; fewer than asked for only at their end. What follows the last
  /// read costs nothing more, what lies before it means beginning again. kUser: the file is not
  /// packed so, is broken, or ends in the middle (E_INCOMPLETE_FILE).
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out);

  /// The last bytes that were read, which are to come again.
  void put_back(std::string_view bytes);

 private:
  class Unpacker;
  class GzipUnpacker;
  class ZstdUnpacker;

  void restart();
  Result<std::size_t> next(std::span<char> out);
  Result<std::size_t> unpack(std::span<char> out);
  Status load();
  Error broken(const std::string& problem) const;

  FileSystem& files_;
  const std::string path_;
  const Packing packing_;
  const std::size_t block_bytes_;
  std::unique_ptr<Unpacker> unpacker_;  // null: begin again
  std::uint64_t at_ = 0;                // unpacked bytes given out
  std::string returned_;                // the first of them that come next
  std::uint64_t packed_at_ = 0;         // bytes of the file that were loaded
  std::string block_;
  std::string_view input_;  // of block_, not yet unpacked
  bool loaded_all_ = false;
};

}  // namespace sluice::io
