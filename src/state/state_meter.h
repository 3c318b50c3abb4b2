#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "sluice/base/result.h"
#include "sql/duckdb/database.h"

namespace sluice::state {

struct StateSize {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;  ///< of these rows, not compressed (sql/duckdb/row_bytes.h); an estimate
};

/// Measures tables of the schema `state`, often: rows are counted each time; how wide a row is, on
/// average, is found from a sample and for a while remembered.
class StateMeter {
 public:
  /// `session` outlives it.
  explicit StateMeter(sql::Session& session) : session_(session) {}

  /// `now`: a steady clock's.
  Result<StateSize> measure(const std::string& table, std::chrono::nanoseconds now);

 private:
  struct Width {
    double bytes = 0;  ///< of a row
    std::chrono::nanoseconds known_since{0};
  };

  Status measure_width(const std::string& table, std::int64_t rows, Width& width);

  sql::Session& session_;
  std::map<std::string, Width> widths_;  ///< by table; none while it has no rows
};

}  // namespace sluice::state
