#include "connector/parquet_footer.h"

#include <algorithm>
#include <cstring>

namespace sluice::connector {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr std::string_view kEncryptedMagic = "PARE";
/// After the metadata: its size in four bytes, and the magic.
constexpr std::uint64_t kTailBytes = 8;
/// Read at once from the end: most footers are smaller.
constexpr std::uint64_t kGuessBytes = 64 << 10;

/// Thrift's compact protocol ("thrift-compact-protocol.md"), as much of it as a footer needs. After
/// a byte that makes no sense ok() is false and every further value 0.
class Thrift {
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

  explicit Thrift(std::string_view bytes) : bytes_(bytes) {}

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

struct SchemaElement {
  std::string name;
  std::int64_t children = 0;
};

SchemaElement read_element(Thrift& thrift) {
  SchemaElement element;
  for (Thrift::Field field = thrift.field(0); thrift.ok() && field.type != Thrift::kStop;
       field = thrift.field(field.id)) {
    if (field.id == 4 && field.type == Thrift::kBinary) {
      element.name = thrift.binary();
    } else if (field.id == 5 && field.type == Thrift::kI32) {
      element.children = thrift.integer();
    } else {
      thrift.skip(field.type);
    }
  }
  return element;
}

/// The schema is a tree, parents before their children; the first element is the root.
std::vector<std::string> read_columns(Thrift& thrift) {
  const Thrift::List list = thrift.list();
  std::vector<std::string> columns;
  std::int64_t inside = 0;  // elements to come that lie below a column
  for (std::uint64_t i = 0; thrift.ok() && i < list.size; ++i) {
    SchemaElement element = read_element(thrift);
    if (i == 0) continue;
    if (inside > 0) {
      inside += element.children - 1;
    } else {
      columns.push_back(std::move(element.name));
      inside = element.children;
    }
  }
  return columns;
}

}  // namespace

std::optional<ParquetFooter> parse_parquet_footer(std::string_view bytes) {
  Thrift thrift(bytes);
  ParquetFooter footer;
  bool has_rows = false;
  for (Thrift::Field field = thrift.field(0); thrift.ok() && field.type != Thrift::kStop;
       field = thrift.field(field.id)) {
    if (field.id == 2 && field.type == Thrift::kList) {
      footer.columns = read_columns(thrift);
    } else if (field.id == 3 && field.type == Thrift::kI64) {
      footer.rows = static_cast<std::uint64_t>(thrift.integer());
      has_rows = true;
      break;  // later row groups are of no use here
    } else {
      thrift.skip(field.type);
    }
  }
  if (!thrift.ok() || !has_rows) return std::nullopt;
  return footer;
}

Result<std::optional<ParquetFooter>> read_parquet_footer(io::FileSystem& files,
                                                         const std::string& path,
                                                         std::uint64_t bytes) {
  const std::optional<ParquetFooter> incomplete;
  if (bytes < kMagic.size() + kTailBytes) return incomplete;
  std::string tail(std::min(bytes, kGuessBytes), '\0');
  auto load = [&]() -> Result<bool> {
    SLUICE_ASSIGN(const std::size_t read, files.read_at(path, bytes - tail.size(), tail));
    return read == tail.size();
  };
  SLUICE_ASSIGN(bool there, load());
  if (!there) return incomplete;
  if (tail.ends_with(kEncryptedMagic)) {
    return user_error("the Parquet file is encrypted, which cannot be read: file=" + path);
  }
  if (!tail.ends_with(kMagic)) return incomplete;
  std::uint32_t size = 0;  // little-endian, as this machine is
  std::memcpy(&size, tail.data() + tail.size() - kTailBytes, sizeof size);
  if (size + kTailBytes + kMagic.size() > bytes) return incomplete;
  if (size + kTailBytes > tail.size()) {
    tail.resize(size + kTailBytes);
    SLUICE_ASSIGN(there, load());
    if (!there) return incomplete;
  }
  auto footer =
      parse_parquet_footer(std::string_view(tail).substr(tail.size() - kTailBytes - size, size));
  if (!footer) {
    return corruption_error("the Parquet file's footer makes no sense: file=" + path +
                            "; write the file again");
  }
  return footer;
}

}  // namespace sluice::connector
