#include "connectors/kafka/raw_headers.h"

#include <cstdint>

namespace sluice::connectors::kafka {
namespace {

bool take_varint(std::string_view& bytes, std::int64_t& value) {
  std::uint64_t raw = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    raw |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) {
      value = static_cast<std::int64_t>((raw >> 1) ^ (0 - (raw & 1)));
      return true;
    }
  }
  return false;
}

bool take_text(std::string_view& bytes, std::optional<std::string_view>& text) {
  std::int64_t length = 0;
  if (!take_varint(bytes, length) || length > static_cast<std::int64_t>(bytes.size())) return false;
  text.reset();
  if (length < 0) return true;
  text = bytes.substr(0, static_cast<std::size_t>(length));
  bytes.remove_prefix(static_cast<std::size_t>(length));
  return true;
}

}  // namespace

void parse_raw_headers(std::string_view bytes, std::vector<RawHeader>& headers) {
  std::int64_t count = 0;
  if (!take_varint(bytes, count)) return;
  for (std::int64_t i = 0; i < count; ++i) {
    std::optional<std::string_view> name;
    std::optional<std::string_view> value;
    if (!take_text(bytes, name) || !name || !take_text(bytes, value)) return;
    headers.push_back({*name, value});
  }
}

}  // namespace sluice::connectors::kafka
