#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::connector {

/// Thrift's compact protocol ("thrift-compact-protocol.md"), as much of it as a Parquet footer
/// needs. After a byte that makes no sense ok() is false and every further value 0.
class ThriftReader {
 public:
  enum Type : unsigned char {
    kStop,
    kTrue,
    kFalse,
    kByte,
    kI16,
    kI32,
    kI64,
    kDouble,
    kBinary,
    kList,
    kSet,
    kMap,
    kStruct,
  };
  struct Field {
    std::int64_t id = 0;
    unsigned char type = kStop;
  };
  struct List {
    std::uint64_t size = 0;
    unsigned char type = kStop;
  };

  explicit ThriftReader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }

  /// The next field of the struct in hand, whose last one had the id `last`.
  Field field(std::int64_t last) {
    const unsigned char head = byte();
    const auto type = static_cast<unsigned char>(head & 0x0f);
    if (type == kStop) return {};
    const int delta = head >> 4;
    return {delta != 0 ? last + delta : integer(), type};
  }

  List list() {
    const unsigned char head = byte();
    const std::uint64_t size = head >> 4;
    return {size != 15 ? size : varint(), static_cast<unsigned char>(head & 0x0f)};
  }

  std::int64_t integer() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }

  std::string_view binary() { return take(varint()); }

  /// Skips a value of a field.
  void skip(unsigned char type, int depth = 0) {
    // Deeper than any footer: nonsense.
    if (depth > 16) ok_ = false;
    if (!ok_) return;
    switch (type) {
      case kTrue:
      case kFalse:
        break;
      case kByte:
        byte();
        break;
      case kI16:
      case kI32:
      case kI64:
        varint();
        break;
      case kDouble:
        take(8);
        break;
      case kBinary:
        binary();
        break;
      case kList:
      case kSet:
        skip_list(depth);
        break;
      case kMap:
        skip_map(depth);
        break;
      case kStruct:
        for (Field next = field(0); ok_ && next.type != kStop; next = field(next.id)) {
          skip(next.type, depth + 1);
        }
        break;
      default:
        ok_ = false;
    }
  }

 private:
  /// Inside a list a truth value takes a byte.
  void skip_element(unsigned char type, int depth) {
    skip(type == kTrue || type == kFalse ? static_cast<unsigned char>(kByte) : type, depth + 1);
  }
  void skip_list(int depth) {
    const List values = list();
    for (std::uint64_t i = 0; ok_ && i < values.size; ++i) skip_element(values.type, depth);
  }
  void skip_map(int depth) {
    const std::uint64_t size = varint();
    if (size == 0) return;
    const unsigned char types = byte();
    for (std::uint64_t i = 0; ok_ && i < size; ++i) {
      skip_element(types >> 4, depth);
      skip_element(types & 0x0f, depth);
    }
  }

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size()) ok_ = false;
    if (!ok_) return {};
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }

  unsigned char byte() {
    const std::string_view taken = take(1);
    return taken.empty() ? 0 : static_cast<unsigned char>(taken[0]);
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const unsigned char next = byte();
      value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
      if ((next & 0x80) == 0) return ok_ ? value : 0;
    }
    ok_ = false;
    return 0;
  }

  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace sluice::connector
