#pragma once

#include <cstdint>
#include <vector>

#include "base/config_value.h"
#include "base/time_zone.h"
#include "connector/batch_table.h"
#include "data/type.h"
#include "data/vector_reader.h"
#include "formats/json_writer.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// Rows that came, each a map of columns.
struct CameRows {
  data::Schema schema;
  std::vector<ConfigValue> rows;
};

/// For whom rows become values.
enum class RowForm : unsigned char {
  kExpected,  ///< bytes are their text, or 0x00ff; times have no zone
  kGiven,     ///< to be given to a source again: bytes that are no text are {hex: 00ff}
};

/// Rows as maps of columns: numbers keep their digits.
class RowReader {
 public:
  /// Of chunks with these columns; both outlive this. kUser: a type that no file of tests can hold.
  static Result<RowReader> make(const data::Schema& schema, const TimeZone& zone, RowForm form);

  Result<ConfigValue> row(data::ChunkReader columns, std::uint64_t row) const;

 private:
  RowReader(const data::Schema& schema, const TimeZone& zone, RowForm form);

  const data::Schema& schema_;
  RowForm form_;
  std::vector<formats::JsonWriter> writers_;
};

/// The rows of a batch, at most `rows_max` of them.
Result<CameRows> read_rows(connector::BatchTable& rows, const connector::ChunkRequest& request,
                           RowForm form = RowForm::kExpected,
                           std::size_t rows_max = static_cast<std::size_t>(-1));

}  // namespace sluice::app
