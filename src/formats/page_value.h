#pragma once

#include <cstdint>
#include <string>

#include "base/time_zone.h"
#include "data/type.h"
#include "data/vector_reader.h"
#include "formats/json_writer.h"

namespace sluice::formats {

/// Writes values of one type as JSON for a page: in the way of JsonForm::kLines, but integers
/// beyond 2^53 and decimals are texts, whose digits JavaScript's numbers may not hold. Immutable.
class PageValue {
 public:
  /// `zone`: of TIMESTAMPTZ; outlives this. REQUIRES: has_json(type).
  PageValue(const data::Type& type, const TimeZone& zone);

  /// REQUIRES: `vector` holds values of the type.
  void append(std::string& out, const data::VectorReader& vector, std::uint64_t row) const;

 private:
  const data::Type type_;
  const JsonWriter writer_;
};

}  // namespace sluice::formats
