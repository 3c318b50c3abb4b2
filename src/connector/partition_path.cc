#include "connector/partition_path.h"

#include "base/shown_text.h"
#include "data/type.h"

namespace sluice::connector {
namespace {

/// Of Linux's file systems; an object store has no folders, but its files are written here first.
constexpr std::size_t kNameBytesMax = 255;

bool is_escaped(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return byte < 0x20 || byte == 0x7F ||
         std::string_view("\"#%'*/:=?\\{[]^").find(character) != std::string_view::npos;
}

std::string escape(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char character : text) {
    if (is_escaped(character)) {
      const auto byte = static_cast<unsigned char>(character);
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += character;
    }
  }
  return out;
}

}  // namespace

Result<std::string> partition_folder(std::string_view key,
                                     const std::optional<std::string>& value) {
  std::string name = escape(key) + "=";
  const bool is_null = !value || value->empty();
  name += is_null ? "__HIVE_DEFAULT_PARTITION__" : escape(*value);
  const bool has_nul = key.find('\0') != key.npos || (value && value->find('\0') != value->npos);
  if (!has_nul && name.size() <= kNameBytesMax) return name;
  const std::string why =
      has_nul
          ? "contains a NUL, which a folder's name cannot; remove it in the view, as in replace(" +
                data::quote_identifier(key) + ", chr(0), '')"
          : "makes a folder's name of bytes=" + std::to_string(name.size()) + ", and " +
                std::to_string(kNameBytesMax) +
                " are possible at most; partition by something shorter, as left(" +
                data::quote_identifier(key) + ", 40)";
  return user_error("E_PARTITION_VALUE: a value of partition_by column '" + std::string(key) +
                    "' " + why + "; value=" + shown_text(name));
}

}  // namespace sluice::connector
