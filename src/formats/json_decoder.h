#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/decoder.h"
#include "formats/json_reader.h"
#include "formats/registry.h"
#include "formats/schema_option.h"

namespace sluice::formats {

/// JSON objects to columns; docs/reference/json.md says exactly how.
class JsonDecoder final : public data::Decoder {
 public:
  JsonDecoder(DecodedColumns columns, JsonRules rules)
      : columns_(std::move(columns)), rules_(rules) {}

  const data::Schema& schema() const override { return columns_.schema; }
  std::unique_ptr<data::RecordReader> reader(std::vector<std::size_t> columns,
                                             std::vector<std::size_t> checked,
                                             data::Arena& arena) const override;
  std::string reason_text(const data::Reject& reject) const override;

 private:
  DecodedColumns columns_;
  JsonRules rules_;
};

/// The format `json`.
FormatKind json_format();

}  // namespace sluice::formats
