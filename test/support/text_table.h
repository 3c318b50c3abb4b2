#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connector/batch_table.h"

namespace sluice::connector {

/// For tests: a BatchTable that is given its rows as text. Chunks have their values in the types of
/// the schema, which are scalar ones (as the format `csv` reads them; bytes are base64). Files:
/// real CSV; asked for Parquet it writes CSV under a Parquet file's name, which serves where only
/// the protocol matters. It keeps partition_by, rows_per_file and name_prefix.
class TextTable final : public BatchTable {
 public:
  using Row = std::vector<std::optional<std::string>>;

  TextTable(data::Schema schema, std::vector<Row> rows);

  const data::Schema& schema() const override { return schema_; }
  Result<std::vector<WrittenFile>> write_files(const FileRequest& request) override;
  const TimeZone& zone() const override { return zone_; }
  Status read_chunks(const ChunkRequest& request,
                     const std::function<Result<bool>(const RowChunk&)>& receive) override;

  /// The next write_files leaves its first file half written and fails with kTransient.
  void fail_next_write() { fails_ = true; }

 private:
  Result<WrittenFile> write_file(const FileRequest& request, const std::string& folder,
                                 std::size_t number, const std::vector<const Row*>& rows);

  data::Schema schema_;
  std::vector<Row> rows_;
  const TimeZone zone_;  // UTC
  bool fails_ = false;
};

}  // namespace sluice::connector
