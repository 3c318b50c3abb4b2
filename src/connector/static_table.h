#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/type.h"

namespace sluice::connector {

/// A Parquet file of a table, and the columns that its folder or the table's log gives it: name and
/// value as text, null for NULL.
struct ParquetFile {
  std::string path;
  std::map<std::string, std::optional<std::string>> partition_values;
};

/// A table as it stood at one moment.
struct TableVersion {
  std::string version;  ///< for people and for comparison: the same version has the same rows
  std::vector<ParquetFile> files;
  data::Schema schema;  ///< empty: the files tell it
};

/// A table that is read whole, to be joined with streams: Parquet files, a Delta table. Engine
/// thread only.
class StaticTable {
 public:
  virtual ~StaticTable() = default;

  /// Its newest version, or the one that its options pin. kUser when there is none, kTransient when
  /// it may pass.
  virtual Result<TableVersion> newest() = 0;
};

}  // namespace sluice::connector
