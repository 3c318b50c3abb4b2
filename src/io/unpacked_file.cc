#include "io/unpacked_file.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <zlib.h>
#include <zstd.h>

namespace sluice::io {
namespace {

constexpr std::string_view kGzipMagic = "\x1F\x8B";
constexpr std::string_view kZstdMagic = "\x28\xB5\x2F\xFD";

bool ends_with(std::string_view path, std::string_view ending) {
  if (path.size() < ending.size()) return false;
  return std::ranges::equal(path.substr(path.size() - ending.size()), ending,
                            [](unsigned char a, char b) { return std::tolower(a) == b; });
}

}  // namespace

std::optional<Packing> packing_of(std::string_view path) {
  if (ends_with(path, ".gz")) return Packing::kGzip;
  if (ends_with(path, ".zst")) return Packing::kZstd;
  return std::nullopt;
}

std::optional<Packing> packing_by_content(std::string_view bytes) {
  if (bytes.starts_with(kGzipMagic)) return Packing::kGzip;
  if (bytes.starts_with(kZstdMagic)) return Packing::kZstd;
  return std::nullopt;
}

/// A library's decoder.
class UnpackedFile::Unpacker {
 public:
  virtual ~Unpacker() = default;
  /// Takes from the front of `in`, puts to the front of `out`, and shortens both. The text of an
  /// error says what is wrong with the bytes.
  virtual std::optional<std::string> step(std::string_view& in, std::span<char>& out) = 0;
  /// The bytes so far are whole: the file may end here.
  virtual bool may_end() const = 0;
};

class UnpackedFile::GzipUnpacker final : public Unpacker {
 public:
  GzipUnpacker() { is_made_ = inflateInit2(&stream_, kGzipOnly) == Z_OK; }
  ~GzipUnpacker() override { inflateEnd(&stream_); }
  GzipUnpacker(const GzipUnpacker&) = delete;
  GzipUnpacker& operator=(const GzipUnpacker&) = delete;

  std::optional<std::string> step(std::string_view& in, std::span<char>& out) override {
    if (!is_made_) return "zlib has no memory";
    if (between_) {
      // gzip(1), too, skips zeros after a member: tapes and block devices leave them.
      while (!in.empty() && in.front() == '\0') in.remove_prefix(1);
      if (in.empty()) return std::nullopt;
      inflateReset(&stream_);
      between_ = false;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(out.size(), 1U << 30U));
    const std::size_t room = stream_.avail_out;
    const int answer = inflate(&stream_, Z_NO_FLUSH);
    in.remove_prefix(in.size() - stream_.avail_in);
    out = out.subspan(room - stream_.avail_out);
    between_ = answer == Z_STREAM_END;
    if (answer == Z_OK || answer == Z_STREAM_END || answer == Z_BUF_ERROR) return std::nullopt;
    return stream_.msg == nullptr ? "not gzip" : stream_.msg;
  }
  bool may_end() const override { return between_; }

 private:
  static constexpr int kGzipOnly = 15 + 16;
  z_stream stream_{};
  bool is_made_ = false;
  bool between_ = false;  // after a whole member
};

class UnpackedFile::ZstdUnpacker final : public Unpacker {
 public:
  ZstdUnpacker() : context_(ZSTD_createDCtx()) {}
  ~ZstdUnpacker() override { ZSTD_freeDCtx(context_); }
  ZstdUnpacker(const ZstdUnpacker&) = delete;
  ZstdUnpacker& operator=(const ZstdUnpacker&) = delete;

  std::optional<std::string> step(std::string_view& in, std::span<char>& out) override {
    if (context_ == nullptr) return "zstd has no memory";
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t answer = ZSTD_decompressStream(context_, &to, &from);
    in.remove_prefix(from.pos);
    out = out.subspan(to.pos);
    if (ZSTD_isError(answer) != 0U) return ZSTD_getErrorName(answer);
    // After a frame a call without input asks for the next one's header.
    if (answer == 0 || from.pos > 0 || to.pos > 0) between_ = answer == 0;
    return std::nullopt;
  }
  bool may_end() const override { return between_; }

 private:
  ZSTD_DCtx* const context_;
  bool between_ = false;  // after a whole frame
};

UnpackedFile::UnpackedFile(FileSystem& files, std::string path, Packing packing,
                           std::size_t block_bytes)
    : files_(files), path_(std::move(path)), packing_(packing), block_bytes_(block_bytes) {}
UnpackedFile::~UnpackedFile() = default;

void UnpackedFile::restart() {
  if (packing_ == Packing::kGzip) {
    unpacker_ = std::make_unique<GzipUnpacker>();
  } else {
    unpacker_ = std::make_unique<ZstdUnpacker>();
  }
  at_ = 0;
  returned_.clear();
  packed_at_ = 0;
  input_ = {};
  loaded_all_ = false;
}

Error UnpackedFile::broken(const std::string& problem) const {
  const std::string name = packing_ == Packing::kGzip ? "gzip" : "zstd";
  return user_error("the file cannot be unpacked with " + name + " (" + problem +
                    ") file=" + path_ + " near_byte=" + std::to_string(packed_at_ - input_.size()) +
                    "; write it again or remove it");
}

Status UnpackedFile::load() {
  block_.resize(block_bytes_);
  SLUICE_ASSIGN(const std::size_t bytes, files_.read_at(path_, packed_at_, block_));
  loaded_all_ = bytes < block_.size();
  packed_at_ += bytes;
  input_ = std::string_view(block_).substr(0, bytes);
  return {};
}

Result<std::size_t> UnpackedFile::unpack(std::span<char> out) {
  std::span<char> left = out;
  while (!left.empty()) {
    if (input_.empty() && !loaded_all_) SLUICE_TRY(load());
    const std::size_t room = left.size();
    const std::size_t given = input_.size();
    if (auto problem = unpacker_->step(input_, left)) return broken(*problem);
    const bool stands_still = left.size() == room && input_.size() == given;
    if (!stands_still || !input_.empty() || !loaded_all_) continue;
    // A file without a byte is a file without a record, as everywhere.
    if (unpacker_->may_end() || packed_at_ == 0) break;
    return user_error("E_INCOMPLETE_FILE: the compressed file ends in the middle file=" + path_ +
                      " bytes=" + std::to_string(packed_at_) +
                      "; put complete files in place by renaming them, or use min_age");
  }
  return out.size() - left.size();
}

Result<std::size_t> UnpackedFile::next(std::span<char> out) {
  const std::size_t again = std::min(out.size(), returned_.size());
  std::copy_n(returned_.data(), again, out.data());
  returned_.erase(0, again);
  std::size_t bytes = again;
  if (again < out.size()) {
    auto unpacked = unpack(out.subspan(again));
    if (!unpacked) {
      unpacker_.reset();
      return unpacked;
    }
    bytes += *unpacked;
  }
  at_ += bytes;
  return bytes;
}

Result<std::size_t> UnpackedFile::read_at(std::uint64_t offset, std::span<char> out) {
  if (unpacker_ == nullptr || offset < at_) restart();
  std::array<char, 64 << 10> passed;
  while (at_ < offset) {
    const auto more = std::min<std::uint64_t>(offset - at_, passed.size());
    SLUICE_ASSIGN(const std::size_t bytes, next({passed.data(), static_cast<std::size_t>(more)}));
    if (bytes < more) return 0;
  }
  return next(out);
}

void UnpackedFile::put_back(std::string_view bytes) {
  returned_.insert(0, bytes);
  at_ -= bytes.size();
}

}  // namespace sluice::io
