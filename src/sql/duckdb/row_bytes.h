#pragma once

#include <string>

#include "data/type.h"

namespace sluice::sql {

/// SQL of how many bytes a row with these columns takes in DuckDB's vectors, where nothing is
/// compressed: fixed widths, 16 bytes a text and its length from 13 characters on, 16 bytes a list
/// and its elements. A NULL counts as an empty value.
std::string row_bytes(const data::Schema& columns);

}  // namespace sluice::sql
