#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sluice::formats {

// The primitive encodings of Avro's specification, "Binary encoding".

inline void append_avro_long(std::string& out, std::int64_t value) {
  auto rest = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  while (rest >= 0x80) {
    out.push_back(static_cast<char>(rest | 0x80));
    rest >>= 7;
  }
  out.push_back(static_cast<char>(rest));
}

inline void append_avro_bytes(std::string& out, std::string_view bytes) {
  append_avro_long(out, static_cast<std::int64_t>(bytes.size()));
  out += bytes;
}

/// A float or double: its bytes, the lowest first.
template <class T>
void append_avro_real(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

/// Reads values one after the other; nothing past the end. What fails leaves it where it is.
class AvroBytes {
 public:
  explicit AvroBytes(std::string_view bytes)
      : next_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  std::size_t left() const { return static_cast<std::size_t>(end_ - next_); }

  bool read_long(std::int64_t& value) {
    std::uint64_t read = 0;
    const char* at = next_;
    for (unsigned shift = 0; shift < 64 && at != end_; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at++);
      read |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) {
        // The tenth byte has one bit of the number.
        if (shift == 63 && byte > 1) return false;
        value = static_cast<std::int64_t>(read >> 1) ^ -static_cast<std::int64_t>(read & 1);
        next_ = at;
        return true;
      }
    }
    return false;
  }

  bool read(std::size_t size, std::string_view& bytes) {
    if (size > left()) return false;
    bytes = {next_, size};
    next_ += size;
    return true;
  }

  template <class T>
  bool read_real(T& value) {
    std::string_view bytes;
    if (!read(sizeof value, bytes)) return false;
    std::memcpy(&value, bytes.data(), sizeof value);
    return true;
  }

 private:
  const char* next_;
  const char* end_;
};

}  // namespace sluice::formats
