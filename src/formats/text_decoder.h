#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/decoder.h"
#include "formats/registry.h"

namespace sluice::formats {

/// A record as one VARCHAR. A record without a value (a Kafka tombstone) is NULL, an empty one the
/// empty text; one that is not UTF-8 is rejected.
class TextDecoder final : public data::Decoder {
 public:
  /// `null_bad`: what is not UTF-8 is NULL.
  TextDecoder(std::string column, bool null_bad)
      : schema_({{std::move(column), data::TypeId::kVarchar}}), null_bad_(null_bad) {}

  const data::Schema& schema() const override { return schema_; }
  std::unique_ptr<data::RecordReader> reader(std::vector<std::size_t> columns,
                                             std::vector<std::size_t> checked,
                                             data::Arena& arena) const override;
  std::string reason_text(const data::Reject& reject) const override;

 private:
  data::Schema schema_;
  bool null_bad_;
};

/// The format `text`.
FormatKind text_format();

}  // namespace sluice::formats
