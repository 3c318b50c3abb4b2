#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_zone.h"
#include "data/type.h"
#include "data/vector_reader.h"

namespace sluice::formats {

/// The rows of a table as the texts that Spark's `show` has (append_shown), one after the other.
/// One thread.
class ShownRow {
 public:
  using Texts = std::vector<std::optional<std::string_view>>;

  /// `zone` outlives this. REQUIRES: no kOther in `schema`, as in that of chunks.
  ShownRow(const data::Schema& schema, const TimeZone& zone);

  /// A text a column, null for NULL; valid until the next call. REQUIRES: `columns` are those of
  /// the schema.
  const Texts& at(data::ChunkReader columns, std::uint64_t row);

 private:
  std::vector<data::Type> types_;
  const TimeZone& zone_;
  std::vector<std::string> values_;  // what texts_ points into
  Texts texts_;
};

}  // namespace sluice::formats
