#pragma once

#include <string>

#include "data/type.h"

namespace sluice::app {

/// The columns as Spark's Dataset.printSchema shows them (StructType.treeString in Spark 4.0), to
/// the character: " |-- id: long (nullable = true)", lists, structs and maps as trees. Types that
/// Spark does not have are called as SQL calls them, in lower case.
std::string schema_tree(const data::Schema& schema);

}  // namespace sluice::app
