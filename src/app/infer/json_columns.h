#pragma once

#include <string>
#include <vector>

#include "app/infer/column_type.h"
#include "app/infer/json_tree.h"

namespace sluice::app {

/// A column, or a field of one.
struct InferredColumn {
  std::string name;
  ColumnType what;
  std::int64_t records = 0;  ///< that could have it
  std::int64_t values = 0;   ///< that have it, and not as NULL
  std::optional<std::int64_t> distinct{};
  bool is_left_out = false;              ///< no schema can have it; what.reason says why
  std::vector<InferredColumn> fields{};  ///< of a STRUCT, or of a list's elements
};

/// The columns of records, by the fields of their objects.
std::vector<InferredColumn> json_columns(const JsonPlace& root);

}  // namespace sluice::app
