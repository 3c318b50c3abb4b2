#pragma once

#include <string>
#include <vector>

#include "data/parquet_rows.h"
#include "data/type.h"
#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::lake {

/// What becomes of columns of the rows, and fields of their STRUCTs, that the table lacks.
enum class OnNewField : unsigned char {
  kFail,
  kAdd,     ///< the table gets them
  kIgnore,  ///< they are left out
  kRescue,  ///< they go into kRescuedColumn, and values that do not fit their column, too
};

/// A VARCHAR column with a JSON object of what has no place in the others.
inline constexpr char kRescuedColumn[] = "_rescued";

/// How rows may differ from the table that they go into.
struct FitRules {
  OnNewField on_new_field = OnNewField::kFail;
  bool widen = false;              ///< the table's columns are made wider where rows need it
  std::vector<std::string> exact;  ///< columns whose values must not be rescued: keys, partitions
};

/// The columns that files of the rows get.
struct ColumnFit {
  data::Schema columns;  ///< with the table's names and types
  /// Column mapping: one for each of `columns`; empty: by their own names.
  std::vector<data::StoredColumn> stored;
  std::vector<std::string> left_out;  ///< paths such as `s.a`, by OnNewField::kIgnore
  bool rescues = false;               ///< kRescuedColumn is among `columns` and is computed
  bool same = false;                  ///< files have the rows' own columns: nothing is to be done
};

/// kUser unless rows of `rows`, partitioned by `partition_by`, may go into the table as it is now:
/// the message names every column that differs. The table may have more columns (rows get NULL
/// there) unless they are required. Narrower types are cast, unless the rules say nothing but fail.
Result<ColumnFit> fit_columns(const data::Schema& rows,
                              const std::vector<std::string>& partition_by, const TableState& table,
                              const FitRules& rules);

/// Rows cannot go into the table without kRescuedColumn.
bool needs_rescue(const data::Schema& rows, const TableState& table, const FitRules& rules);

}  // namespace sluice::lake
