#include "lake/vector_path.h"

#include <cstdint>
#include <cstdio>

#include "base/json.h"
#include "lake/uri.h"

namespace sluice::lake {
namespace {

/// Of 16 bytes.
constexpr std::size_t kUuidDigits = 20;

/// Z85: five digits are four bytes, the first the highest.
std::optional<std::string> decode_uuid(std::string_view digits) {
  static constexpr std::string_view kAlphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
  std::string hex;
  for (std::size_t i = 0; i < digits.size(); i += 5) {
    std::uint64_t word = 0;
    for (const char digit : digits.substr(i, 5)) {
      const std::size_t value = kAlphabet.find(digit);
      if (value == std::string_view::npos) return std::nullopt;
      word = word * kAlphabet.size() + value;
    }
    char text[17];
    std::snprintf(text, sizeof text, "%08llx", static_cast<unsigned long long>(word));
    hex += text;
  }
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) hex.insert(dash, "-");
  return hex;
}

}  // namespace

Result<std::optional<std::string>> vector_path(std::string_view descriptor) {
  const Json json = parse_json(descriptor);
  const Error broken = corruption_error("no descriptor of a deletion vector: " +
                                        std::string(descriptor.substr(0, 200)));
  if (!json.is_object()) return broken.clone();
  const std::string storage = json.value("storageType", "");
  const std::string place = json.value("pathOrInlineDv", "");
  if (storage == "i") return std::optional<std::string>();
  if (storage == "p") return std::optional(located_path(place));
  if (storage != "u" || place.size() < kUuidDigits) return broken.clone();
  const std::size_t prefix = place.size() - kUuidDigits;
  const auto uuid = decode_uuid(std::string_view(place).substr(prefix));
  if (!uuid) return broken.clone();
  const std::string folder = prefix == 0 ? "" : place.substr(0, prefix) + "/";
  return std::optional(folder + "deletion_vector_" + *uuid + ".bin");
}

}  // namespace sluice::lake
