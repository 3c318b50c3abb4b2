#pragma once

#include "sluice/base/error.h"

namespace sluice::lake {

/// An error of the Delta library in the words of this program: a log that cannot be understood is
/// E_BROKEN_LOG and says what is wrong with it, a feature or a version of readers that the library
/// lacks is E_UNKNOWN_FEATURE and is named. The kind stays; other errors stay as they are. What the
/// library said follows in brackets, cut.
Error log_problem(Error error);

}  // namespace sluice::lake
