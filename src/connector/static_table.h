#pragma once

#include <string>

#include "data/parquet_rows.h"
#include "sluice/base/result.h"

namespace sluice::connector {

/// A table as it was at one moment.
struct TableVersion : data::ParquetRows {
  std::string version;  ///< for people and for comparison: the same version has the same rows
};

/// A table that is read in full, to be joined with streams: Parquet files, a Delta table. Engine
/// thread only.
class StaticTable {
 public:
  virtual ~StaticTable() = default;

  /// Its newest version, or the one that its options pin. kUser when there is none, kTransient when
  /// it may pass.
  virtual Result<TableVersion> newest() = 0;
};

}  // namespace sluice::connector
