#include "io/inflater.h"

#include <array>
#include <string>

#include <zlib.h>

namespace sluice::io {
namespace {

constexpr int kZlib = 15;
constexpr int kGzip = 15 + 16;
constexpr int kBare = -15;
constexpr std::size_t kPieceBytes = 64 << 10;

/// The first byte of zlib's form names the method in its lower half: 8.
bool begins_zlib(char first) { return (static_cast<unsigned char>(first) & 0x0FU) == 8; }

}  // namespace

struct Inflater::Stream {
  z_stream zlib{};
  Form form = Form::kGzip;
  bool is_made = false;
  bool is_between = false;  // at the end of a member, or of all
  std::array<char, kPieceBytes> piece{};

  Stream() = default;
  ~Stream() {
    if (is_made) inflateEnd(&zlib);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  Status begin(char first) {
    if (is_made && inflateReset(&zlib) == Z_OK) return {};
    const int bits = form == Form::kGzip ? kGzip : begins_zlib(first) ? kZlib : kBare;
    is_made = inflateInit2(&zlib, bits) == Z_OK;
    return is_made ? Status() : Status(internal_error("zlib has no memory"));
  }

  /// Takes from the front of `bytes` until they are gone or a member ends.
  Status step(std::string_view& bytes, const Take& take) {
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    zlib.avail_in = static_cast<uInt>(bytes.size());
    do {
      zlib.next_out = reinterpret_cast<Bytef*>(piece.data());
      zlib.avail_out = static_cast<uInt>(piece.size());
      const int answer = inflate(&zlib, Z_SYNC_FLUSH);
      if (answer != Z_OK && answer != Z_STREAM_END && answer != Z_BUF_ERROR) {
        return transient_error("the packed answer is broken: " +
                               std::string(zlib.msg == nullptr ? "not what it says" : zlib.msg));
      }
      is_between = answer == Z_STREAM_END;
      const std::size_t got = piece.size() - zlib.avail_out;
      if (got > 0) SLUICE_TRY(take({piece.data(), got}));
      // A full piece may not have been all.
    } while (!is_between && (zlib.avail_in > 0 || zlib.avail_out == 0));
    bytes.remove_prefix(bytes.size() - zlib.avail_in);
    return {};
  }
};

Inflater::Inflater(Form form) : stream_(std::make_unique<Stream>()) { stream_->form = form; }
Inflater::~Inflater() = default;

Status Inflater::feed(std::string_view bytes, const Take& take) {
  Stream& stream = *stream_;
  while (!bytes.empty()) {
    if (!stream.is_made || stream.is_between) {
      // As gzip(1) does: zeros after a member are none.
      if (stream.is_between && bytes.front() == '\0') {
        bytes.remove_prefix(1);
        continue;
      }
      SLUICE_TRY(stream.begin(bytes.front()));
      stream.is_between = false;
    }
    SLUICE_TRY(stream.step(bytes, take));
  }
  return {};
}

bool Inflater::is_whole() const { return stream_->is_between; }

}  // namespace sluice::io
