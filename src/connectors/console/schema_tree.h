#pragma once

#include <string>

#include "data/type.h"

namespace sluice::connectors {

/// The columns as Spark's printSchema prints them, with Spark's names of types (those that Spark
/// lacks have SQL's, in lower case).
///   root
///    |-- id: long (nullable = true)
///    |-- tags: array (nullable = true)
///    |    |-- element: string (containsNull = true)
std::string schema_tree(const data::Schema& schema);

}  // namespace sluice::connectors
