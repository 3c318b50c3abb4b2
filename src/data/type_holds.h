#pragma once

#include "data/type.h"

namespace sluice::data {

/// Every value of `from` is, after a CAST, the same value in `to`: wider numbers (the pairs of
/// Delta's type widening), a TIMESTAMP for a DATE, a STRUCT with more fields; equal types.
bool type_holds(const Type& to, const Type& from);

}  // namespace sluice::data
