#pragma once

#include <cstdint>
#include <string>

#include "data/offset.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// How far a stream of a Delta table is read. As JSON, after Spark's:
///   {"table": "<id>", "version": 12, "index": 3, "initial": false}
struct DeltaOffset {
  std::string table;         ///< id of the table, which changes when it is made again
  std::int64_t version = 0;  ///< being read; those before it are
  std::int64_t index = 0;    ///< of the first of its files that is not read
  bool initial = false;      ///< all files of the version are read, else those that it added

  data::Offset to_offset() const;
  /// kCorruption when it is not an offset of this source.
  static Result<DeltaOffset> parse(const data::Offset& offset);

  bool operator==(const DeltaOffset&) const = default;
};

}  // namespace sluice::connectors
