#include "cli/exit_code.h"

namespace sluice::cli {

ExitCode exit_code(const Error& error) {
  switch (error.kind()) {
    case Kind::kUser:
    case Kind::kData:
      return kUserError;
    case Kind::kConflict:
      return kConflict;
    case Kind::kCorruption:
      return kCorruption;
    case Kind::kCancelled:
      return kFine;
    case Kind::kTransient:
    case Kind::kUnknownOutcome:
    case Kind::kInternal:
      return kFailure;
  }
  return kFailure;
}

}  // namespace sluice::cli
