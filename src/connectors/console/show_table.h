#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::connectors {

struct ShowOptions {
  std::size_t truncate = 20;  ///< characters of a cell; longer ones end in "..."; 0: no limit
  bool vertical = false;      ///< one line a value
};

/// Formats rows as Spark's `Dataset.show` does, to the character (Dataset.showString in Spark 4.2):
/// columns at least 3 wide, right-aligned when cells are truncated, left-aligned when not, line
/// ends and the like as \n, NULL as NULL. Lengths count UTF-16 units as Java does, and East Asian
/// wide letters twice. Rows are added one by one; the text is made at the end.
class ShowTable {
 public:
  ShowTable(const std::vector<std::string>& columns, ShowOptions options);

  void add_row(const std::vector<std::optional<std::string_view>>& row);
  std::size_t rows() const { return rows_.size(); }
  /// Bytes that the cells hold.
  std::size_t bytes() const { return bytes_; }

  /// The table; with `has_more` also the line "only showing top n rows", without its line end (as
  /// in Spark, where an empty line follows a whole table only).
  std::string text(bool has_more) const;

 private:
  struct Cell {
    std::string text;
    std::size_t width = 0;
  };
  using Row = std::vector<Cell>;

  static Cell make_cell(std::string text);
  std::string horizontal() const;
  std::string vertical() const;

  const ShowOptions options_;
  Row names_;
  std::vector<Row> rows_;
  std::size_t bytes_ = 0;
};

}  // namespace sluice::connectors
