#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connector/batch_table.h"

namespace sluice::connector {

/// For tests: a BatchTable that holds its rows as text. It writes real CSV and JSON lines (all
/// values as JSON strings); asked for Parquet it writes CSV under a Parquet file's name, which
/// serves where only the protocol matters. It keeps partition_by, rows_per_file and name_prefix.
class TextTable final : public BatchTable {
 public:
  using Row = std::vector<std::optional<std::string>>;

  TextTable(data::Schema schema, std::vector<Row> rows);

  const data::Schema& schema() const override { return schema_; }
  Result<std::vector<WrittenFile>> write_files(const FileRequest& request) override;
  Result<std::uint64_t> read_text(std::uint64_t limit,
                                  const std::function<void(const TextRow&)>& receive) override;

  /// The next write_files leaves its first file half written and fails with kTransient.
  void fail_next_write() { fails_ = true; }

 private:
  Result<WrittenFile> write_file(const FileRequest& request, const std::string& folder,
                                 std::size_t number, const std::vector<const Row*>& rows);

  data::Schema schema_;
  std::vector<Row> rows_;
  bool fails_ = false;
};

}  // namespace sluice::connector
