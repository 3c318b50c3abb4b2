#include "connector/parquet_footer.h"

#include <algorithm>
#include <cstring>

#include "connector/thrift.h"

namespace sluice::connector {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr std::string_view kEncryptedMagic = "PARE";
/// After the metadata: its size in four bytes, and the magic.
constexpr std::uint64_t kTailBytes = 8;
/// Read at once from the end: most footers are smaller.
constexpr std::uint64_t kGuessBytes = 64 << 10;

struct SchemaElement {
  std::string name;
  std::int64_t children = 0;
};

SchemaElement read_element(ThriftReader& thrift) {
  SchemaElement element;
  for (ThriftReader::Field field = thrift.field(0);
       thrift.ok() && field.type != ThriftReader::kStop; field = thrift.field(field.id)) {
    if (field.id == 4 && field.type == ThriftReader::kBinary) {
      element.name = thrift.binary();
    } else if (field.id == 5 && field.type == ThriftReader::kI32) {
      element.children = thrift.integer();
    } else {
      thrift.skip(field.type);
    }
  }
  return element;
}

/// The schema is a tree, parents before their children; the first element is the root.
std::vector<std::string> read_columns(ThriftReader& thrift) {
  const ThriftReader::List list = thrift.list();
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
  ThriftReader thrift(bytes);
  ParquetFooter footer;
  bool has_rows = false;
  for (ThriftReader::Field field = thrift.field(0);
       thrift.ok() && field.type != ThriftReader::kStop; field = thrift.field(field.id)) {
    if (field.id == 2 && field.type == ThriftReader::kList) {
      footer.columns = read_columns(thrift);
    } else if (field.id == 3 && field.type == ThriftReader::kI64) {
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

Result<std::optional<std::string>> read_parquet_metadata(io::FileSystem& files,
                                                         const std::string& path,
                                                         std::uint64_t bytes) {
  const std::optional<std::string> incomplete;
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
  return std::optional(tail.substr(tail.size() - kTailBytes - size, size));
}

Result<std::optional<ParquetFooter>> read_parquet_footer(io::FileSystem& files,
                                                         const std::string& path,
                                                         std::uint64_t bytes) {
  SLUICE_ASSIGN(const auto metadata, read_parquet_metadata(files, path, bytes));
  if (!metadata) return std::optional<ParquetFooter>();
  auto footer = parse_parquet_footer(*metadata);
  if (!footer) {
    return corruption_error("the Parquet file's footer makes no sense: file=" + path +
                            "; write the file again");
  }
  return footer;
}

}  // namespace sluice::connector
