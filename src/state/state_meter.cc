#include "state/state_meter.h"

#include <cmath>

#include "data/type.h"
#include "sql/duckdb/row_bytes.h"

namespace sluice::state {
namespace {

/// A table of up to this many rows is measured in full. A sample takes as many, whatever the size.
constexpr std::int64_t kSampleRows = 20'000;
constexpr std::chrono::seconds kRememberedFor{10};

}  // namespace

Result<StateSize> StateMeter::measure(const std::string& table, std::chrono::nanoseconds now) {
  const std::string name = "state.state." + data::quote_identifier(table);
  SLUICE_ASSIGN(const auto count, session_.value("SELECT count(*) FROM " + name));
  StateSize size;
  size.rows = count ? std::stoll(*count) : 0;
  if (size.rows == 0) {
    widths_.erase(table);
    return size;
  }
  const auto [width, is_new] = widths_.try_emplace(table);
  if (is_new || now - width->second.known_since >= kRememberedFor) {
    SLUICE_TRY(measure_width(name, size.rows, width->second));
    width->second.known_since = now;
  }
  size.bytes = std::llround(width->second.bytes * static_cast<double>(size.rows));
  return size;
}

Status StateMeter::measure_width(const std::string& table, std::int64_t rows, Width& width) {
  SLUICE_ASSIGN(const data::Schema columns, session_.describe("SELECT * FROM " + table));
  std::string sample;
  if (rows > kSampleRows) {
    // Of whole vectors, which DuckDB picks before it reads anything.
    const double percent = 100.0 * static_cast<double>(kSampleRows) / static_cast<double>(rows);
    sample = " TABLESAMPLE system(" + std::to_string(percent) + " PERCENT)";
  }
  SLUICE_ASSIGN(const auto bytes, session_.value("SELECT avg(" + sql::row_bytes(columns) +
                                                 ") FROM " + table + sample));
  // By chance a sample has no rows: the width of the last one stays.
  if (bytes) width.bytes = std::stod(*bytes);
  return {};
}

}  // namespace sluice::state
