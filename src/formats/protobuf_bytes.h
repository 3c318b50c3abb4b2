#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sluice::formats {

// The wire format of Protobuf's documentation, "Encoding".

enum class ProtoWire : unsigned char {
  kVarint = 0,
  kFixed64 = 1,
  kBytes = 2,
  kStartGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5,
};

inline void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

inline std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

inline std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

/// A value as it is on the wire: a number's bits, or the bytes of what has a length.
struct ProtoRaw {
  ProtoWire wire = ProtoWire::kVarint;
  std::uint64_t bits = 0;
  std::string_view bytes{};
};

/// Reads one after the other; nothing past the end.
class ProtoBytes {
 public:
  explicit ProtoBytes(std::string_view bytes)
      : next_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool at_end() const { return next_ == end_; }
  std::string_view left() const { return {next_, static_cast<std::size_t>(end_ - next_)}; }

  bool read_varint(std::uint64_t& value) {
    std::uint64_t read = 0;
    const char* at = next_;
    for (unsigned shift = 0; shift < 70 && at != end_; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at++);
      if (shift < 64) read |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) {
        value = read;
        next_ = at;
        return true;
      }
    }
    return false;
  }

  /// A field's number, not 0, and how its value is written.
  bool read_tag(std::uint32_t& number, ProtoWire& wire) {
    std::uint64_t tag = 0;
    if (!read_varint(tag) || tag > 0xffffffffU || tag < 8 || (tag & 7U) > 5) return false;
    number = static_cast<std::uint32_t>(tag >> 3U);
    wire = static_cast<ProtoWire>(tag & 7U);
    return true;
  }

  /// A value that is no group.
  bool read_value(ProtoWire wire, ProtoRaw& value) {
    value.wire = wire;
    switch (wire) {
      case ProtoWire::kVarint:
        return read_varint(value.bits);
      case ProtoWire::kFixed64:
        return read_fixed(8, value.bits);
      case ProtoWire::kFixed32:
        return read_fixed(4, value.bits);
      case ProtoWire::kBytes: {
        std::uint64_t size = 0;
        if (!read_varint(size) || size > static_cast<std::uint64_t>(end_ - next_)) return false;
        value.bytes = {next_, static_cast<std::size_t>(size)};
        next_ += size;
        return true;
      }
      default:
        return false;
    }
  }

  /// A value that nobody asked for, groups included.
  // NOLINTNEXTLINE(misc-no-recursion): bounded by `depth`.
  bool skip(std::uint32_t number, ProtoWire wire, int depth = 0) {
    if (wire != ProtoWire::kStartGroup) {
      ProtoRaw value;
      return read_value(wire, value);
    }
    if (depth > kGroupDepthMax) return false;
    while (true) {
      std::uint32_t inner = 0;
      if (!read_tag(inner, wire)) return false;
      if (wire == ProtoWire::kEndGroup) return inner == number;
      if (!skip(inner, wire, depth + 1)) return false;
    }
  }

 private:
  static constexpr int kGroupDepthMax = 100;

  bool read_fixed(std::size_t size, std::uint64_t& bits) {
    if (size > static_cast<std::size_t>(end_ - next_)) return false;
    bits = 0;
    std::memcpy(&bits, next_, size);
    next_ += size;
    return true;
  }

  const char* next_;
  const char* end_;
};

}  // namespace sluice::formats
