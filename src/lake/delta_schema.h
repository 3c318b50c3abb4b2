#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/parquet_rows.h"
#include "data/type.h"
#include "sluice/base/result.h"

namespace sluice::lake {

/// A table's columns as its metadata has them (Delta protocol, "Schema Serialization Format").
struct DeltaSchema {
  data::Schema columns;
  /// Top-level columns that must not be NULL.
  std::vector<std::string> required;
  /// Something inside a STRUCT, LIST or MAP must not be NULL.
  bool nested_required = false;
  /// How the columns are called in the files, one each: by column mapping, else their own names.
  /// Field ids are those of column mapping, whatever its mode.
  std::vector<data::StoredColumn> stored;
};

/// Gives columns, and the fields inside them, their ids and their names in files (Delta protocol,
/// "Column Mapping").
struct ColumnNumbers {
  std::string prefix;  ///< of the names; unique to the table
  int last = 0;        ///< id given
};

/// `schema` as Delta's JSON, every column nullable. TIMESTAMP becomes timestamp_ntz and TIMESTAMPTZ
/// timestamp. With `numbers` the columns have the metadata of column mapping. kUser errors name the
/// column and what to write instead: a type that Delta lacks (HUGEINT, unsigned integers, UUID,
/// TIME, INTERVAL), an empty name, two names that differ in case only.
Result<std::string> to_delta_json(const data::Schema& schema, ColumnNumbers* numbers = nullptr);

/// The first name, of a column or of a field inside one, that Delta allows only in tables with
/// column mapping, since else it would be in Parquet files; "": none.
std::string name_to_map(const data::Schema& schema);

/// Reads a table's schema. A variant is its JSON; a type that sluice lacks becomes kOther.
/// kCorruption: not a schema.
Result<DeltaSchema> from_delta_json(std::string_view json);

/// A TIMESTAMP is in the schema, at whatever depth: the table needs the timestampNtz feature.
bool has_timestamp_ntz(const data::Schema& schema);

/// kUser unless each of `partition_by` is a column of a type that can name a folder, once, and a
/// column is left over for the files.
Status check_partition_columns(const data::Schema& schema,
                               const std::vector<std::string>& partition_by);

}  // namespace sluice::lake
