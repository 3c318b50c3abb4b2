#include "sluice/base/error.h"

namespace sluice {

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kUser:
      return "user";
    case Kind::kData:
      return "data";
    case Kind::kTransient:
      return "transient";
    case Kind::kConflict:
      return "conflict";
    case Kind::kUnknownOutcome:
      return "unknown outcome";
    case Kind::kCorruption:
      return "corruption";
    case Kind::kCancelled:
      return "cancelled";
    case Kind::kInternal:
      return "internal";
  }
  return "internal";
}

}  // namespace sluice
