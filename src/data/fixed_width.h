#pragma once

#include <cstddef>

#include "data/type.h"

namespace sluice::data {

/// Bytes of a value in a vector (data/vector_writer.h), for types whose values lie there whole; 0:
/// texts, lists, maps and structs, whose slots point elsewhere, and types that have no name here.
std::size_t fixed_width(const Type& type);

}  // namespace sluice::data
