#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "connector/batch_table.h"
#include "connectors/console/show_table.h"
#include "sluice/preview.h"

namespace sluice::app {

/// The first rows of a part, as text. One thread.
class FirstRows {
 public:
  explicit FirstRows(const PreviewRequest& request) : request_(request) {}

  /// Those of a batch; `replaces`: instead of those of the batches before. Gives how many it took.
  Result<std::uint64_t> add(connector::BatchTable& rows, bool replaces);
  std::size_t rows() const { return rows_; }
  bool has_enough() const { return rows_ >= request_.rows; }
  /// All but the title and the note.
  PreviewedPart part() const;

 private:
  Status begin(const data::Schema& schema);
  std::string text() const;
  void add_values(const std::string& json);

  const PreviewRequest& request_;
  bool has_begun_ = false;
  bool has_more_ = false;
  std::size_t rows_ = 0;
  std::unique_ptr<connectors::ShowTable> table_;  // of PreviewFormat::kTable
  std::string lines_;                             // of the others
  std::vector<PreviewedColumn> columns_;          // of PreviewRequest::for_page, as what follows
  std::vector<std::string> values_;
  std::size_t value_bytes_ = 0;
};

}  // namespace sluice::app
