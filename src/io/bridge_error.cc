#include "io/bridge_error.h"

#include <algorithm>
#include <string>

namespace sluice::io {

Error bridge_error(std::string_view what, std::string_view text) {
  const std::size_t colon = std::min(text.find(": "), text.size());
  const std::string_view code = text.substr(0, colon);
  std::string message(what);
  message += ": ";
  message += text.substr(std::min(colon + 2, text.size()));
  if (code == "not_found" || code == "denied" || code == "unsupported" || code == "invalid") {
    return user_error(std::move(message));
  }
  if (code == "transient") return transient_error(std::move(message));
  if (code == "unknown_outcome") return {Kind::kUnknownOutcome, std::move(message)};
  if (code == "cancelled") return {Kind::kCancelled, std::move(message)};
  if (code == "corruption") return corruption_error(std::move(message));
  return internal_error(std::move(message));
}

}  // namespace sluice::io
