#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connector/batch_table.h"
#include "io/unpacked_file.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// Where rows go that become lines: `<folder>/[k=v/]<name_prefix><n><ending>`, as the files of
/// BatchTable::write_files are called.
struct LineFilesRequest {
  std::string folder;                     ///< of this machine
  std::string name_prefix;                ///< unique to the batch
  std::vector<std::string> partition_by;  ///< columns; left out of the files themselves
  std::uint64_t rows_per_file = 0;        ///< 0: no limit
  std::optional<io::Packing> packing;
};

/// Writes the rows of a table as files with one JSON object per line (formats::JsonForm::kLines,
/// docs/format/files.md), in their order. Memory: a block of text, and one file is open at a time.
/// The files are not yet synced; no rows, no file. Engine thread only. Errors as of
/// BatchTable::write_files.
Result<std::vector<connector::WrittenFile>> write_json_lines(connector::BatchTable& rows,
                                                             const LineFilesRequest& request);

}  // namespace sluice::connectors
