#include "data/offset.h"

#include "base/shown_text.h"

namespace sluice::data {

std::string shown_offset(const std::string& json) {
  constexpr std::size_t kBytesMax = 200;
  return json.empty() ? "none" : shown_text(json, kBytesMax);
}

}  // namespace sluice::data
