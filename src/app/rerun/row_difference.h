#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "data/type.h"
#include "sluice/base/result.h"
#include "sluice/shadow.h"
#include "sql/duckdb/database.h"

namespace sluice::app {

/// A table's rows as SQL, and their columns.
struct ComparedRows {
  std::string select;
  data::Schema schema;
};

struct ComparedBy {
  /// Columns that may be a key, the first choice first: that which both sides have and in which no
  /// two rows of a side are equal is taken. No columns: there is one row.
  std::vector<std::vector<std::string>> keys;
  bool is_given = false;  ///< by the user: kUser where it cannot be taken
  std::size_t rows = 10;  ///< SinkDifference::rows of each sort
};

/// In what the rows differ, of columns that both sides have. Fractions of rows with a key need not
/// be the same in their last digits, since sums of them depend on their order. Makes temporary
/// tables in the session.
Result<SinkDifference> row_difference(sql::Session& session, const ComparedRows& before,
                                      const ComparedRows& after, const ComparedBy& by);

}  // namespace sluice::app
