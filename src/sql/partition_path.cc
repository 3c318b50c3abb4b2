#include "sql/partition_path.h"

#include <cctype>

namespace sluice::sql {
namespace {

std::string escape(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (std::isalnum(byte) != 0 || character == '-' || character == '_' || character == '.' ||
        character == '~') {
      out += character;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

}  // namespace

std::string partition_folder(std::string_view key, const std::optional<std::string>& value) {
  return escape(key) + "=" + (value ? escape(*value) : "__HIVE_DEFAULT_PARTITION__");
}

}  // namespace sluice::sql
