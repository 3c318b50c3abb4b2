#pragma once

#include "connector/registry.h"

namespace sluice::connectors {

/// Parquet files as a table that is read in full: a file, a folder with the folders of its
/// partitions (key=value), or a glob.
connector::TableKind parquet_table_kind();

}  // namespace sluice::connectors
