#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connector {

/// What the end of a Parquet file says of it.
struct ParquetFooter {
  std::uint64_t rows = 0;
  std::vector<std::string> columns;  ///< top-level names, in order
};

/// Reads the footer of the file at `path`, whose size is `bytes`. Null: it has none (yet), the file
/// is still being written, or was cut. kUser when it is not a Parquet file that can be read
/// (encrypted); kCorruption when the footer is there and makes no sense.
Result<std::optional<ParquetFooter>> read_parquet_footer(io::FileSystem& files,
                                                         const std::string& path,
                                                         std::uint64_t bytes);

/// The bytes of its FileMetaData (parquet.thrift); null and errors as of read_parquet_footer().
Result<std::optional<std::string>> read_parquet_metadata(io::FileSystem& files,
                                                         const std::string& path,
                                                         std::uint64_t bytes);

/// Parses FileMetaData (parquet.thrift, in Thrift's compact protocol); null: it is not that.
std::optional<ParquetFooter> parse_parquet_footer(std::string_view thrift);

}  // namespace sluice::connector
