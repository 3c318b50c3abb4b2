#include "io/packed_file.h"

#include <utility>

#include <fcntl.h>
#include <zlib.h>
#include <zstd.h>

#include "io/descriptor.h"

namespace sluice::io {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{128} << 10U;

/// Counts what goes into the file.
class PlainFile final : public PackedFile {
 public:
  PlainFile(std::string path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  Status write(std::string_view bytes) override {
    SLUICE_TRY(write_all(file_, path_, bytes));
    bytes_ += bytes.size();
    return {};
  }
  Result<std::uint64_t> finish() override { return bytes_; }

 private:
  std::string path_;
  Descriptor file_;
  std::uint64_t bytes_ = 0;
};

class GzipFile final : public PackedFile {
 public:
  explicit GzipFile(PlainFile file) : file_(std::move(file)) {
    is_made_ = deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, kMemoryLevel,
                            Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~GzipFile() override { deflateEnd(&stream_); }
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;

  Status write(std::string_view bytes) override { return pack(bytes, Z_NO_FLUSH); }

  Result<std::uint64_t> finish() override {
    SLUICE_TRY(pack({}, Z_FINISH));
    return file_.finish();
  }

 private:
  static constexpr int kGzip = 15 + 16;
  static constexpr int kMemoryLevel = 8;  // zlib's own choice

  Status pack(std::string_view bytes, int flush) {
    if (!is_made_) return transient_error("zlib has no memory");
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(block_.data());
      stream_.avail_out = static_cast<uInt>(block_.size());
      deflate(&stream_, flush);
      SLUICE_TRY(file_.write({block_.data(), block_.size() - stream_.avail_out}));
    } while (stream_.avail_out == 0);
    return {};
  }

  PlainFile file_;
  z_stream stream_{};
  bool is_made_ = false;
  std::string block_ = std::string(kBlockBytes, '\0');
};

class ZstdFile final : public PackedFile {
 public:
  explicit ZstdFile(PlainFile file) : file_(std::move(file)), context_(ZSTD_createCCtx()) {}
  ~ZstdFile() override { ZSTD_freeCCtx(context_); }
  ZstdFile(const ZstdFile&) = delete;
  ZstdFile& operator=(const ZstdFile&) = delete;

  Status write(std::string_view bytes) override { return pack(bytes, ZSTD_e_continue); }

  Result<std::uint64_t> finish() override {
    SLUICE_TRY(pack({}, ZSTD_e_end));
    return file_.finish();
  }

 private:
  Status pack(std::string_view bytes, ZSTD_EndDirective directive) {
    if (context_ == nullptr) return transient_error("zstd has no memory");
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::size_t left = 0;
    do {
      ZSTD_outBuffer out{block_.data(), block_.size(), 0};
      left = ZSTD_compressStream2(context_, &out, &in, directive);
      if (ZSTD_isError(left) != 0) {
        return internal_error(std::string("zstd: ") + ZSTD_getErrorName(left));
      }
      SLUICE_TRY(file_.write({block_.data(), out.pos}));
    } while (directive == ZSTD_e_end ? left > 0 : in.pos < in.size);
    return {};
  }

  PlainFile file_;
  ZSTD_CCtx* context_;
  std::string block_ = std::string(kBlockBytes, '\0');
};

}  // namespace

Result<std::unique_ptr<PackedFile>> PackedFile::create(std::string path,
                                                       std::optional<Packing> packing) {
  SLUICE_ASSIGN(Descriptor descriptor, open_descriptor(path, O_WRONLY | O_CREAT | O_TRUNC));
  PlainFile file(std::move(path), std::move(descriptor));
  if (packing == Packing::kGzip) return {std::make_unique<GzipFile>(std::move(file))};
  if (packing == Packing::kZstd) return {std::make_unique<ZstdFile>(std::move(file))};
  return {std::make_unique<PlainFile>(std::move(file))};
}

}  // namespace sluice::io
