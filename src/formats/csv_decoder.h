#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/decoder.h"
#include "formats/csv_record.h"
#include "formats/registry.h"
#include "formats/schema_option.h"

namespace sluice::formats {

/// What the options of the csv format come to.
struct CsvRules {
  CsvStyle style;
  std::string null_text;         ///< an unquoted field of this text is NULL
  bool null_bad_fields = false;  ///< on_error: null
  bool tombstone_rows = false;   ///< tombstones: rows
  std::size_t fields = 0;        ///< in a record
  std::vector<std::size_t> field_of_column;
};

/// CSV records to columns; docs/reference/csv.md says exactly how.
class CsvDecoder final : public data::Decoder {
 public:
  CsvDecoder(DecodedColumns columns, CsvRules rules)
      : columns_(std::move(columns)), rules_(std::move(rules)) {}

  const data::Schema& schema() const override { return columns_.schema; }
  std::unique_ptr<data::RecordReader> reader(std::vector<std::size_t> columns,
                                             std::vector<std::size_t> checked,
                                             data::Arena& arena) const override;
  std::string reason_text(const data::Reject& reject) const override;

 private:
  DecodedColumns columns_;
  CsvRules rules_;
};

/// The format `csv`.
FormatKind csv_format();

}  // namespace sluice::formats
