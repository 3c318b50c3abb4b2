#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "connector/batch_table.h"
#include "connectors/cassandra/cluster.h"
#include "connectors/cassandra/cql_encoding.h"
#include "connectors/cassandra/table_name.h"
#include "sluice/base/result.h"

namespace sluice::connectors::cassandra {

/// What becomes of the columns of the rows, besides cells of their names.
struct RowColumns {
  std::string ttl;           ///< the column with a row's time to live in seconds; "": none
  bool writes_nulls = true;  ///< a NULL deletes the cell; else the cell stays as it is
  bool may_delete = false;   ///< rows may delete their keys
};

/// Makes statements with values of rows: what one row writes, with its timestamp. One thread.
class RowWrites {
 public:
  /// Compares the rows' columns with the table's, by name. `schema` as chunks have it. kUser: a
  /// column or key that is not there, a type that does not fit, a table of counters.
  static Result<RowWrites> make(const data::Schema& schema, const RowColumns& columns,
                                const TableName& name, const TableColumns& table, Cluster& cluster);

  /// For Cluster::writer: an INSERT, and a DELETE where rows may delete.
  const std::vector<std::string>& statements() const { return statements_; }

  /// Of the rows that come: the column that says whether one deletes its key; null: none does.
  /// REQUIRES: RowColumns::may_delete.
  void set_deletes(std::optional<std::size_t> column) { deletes_ = column; }

  /// Appends one item: a hash of the row's partition (8 bytes), the number of its statement and of
  /// its cells' bytes (uint32), the cells; as split_item() reads it. kUser: a value that does not
  /// fit, a NULL in the key.
  Status append(std::string& out, data::ChunkReader columns, std::size_t row, Micros timestamp);

 private:
  struct Cell {
    std::string name;
    std::size_t column = 0;  ///< of the rows
    data::Type from;
    CqlType to;
    bool is_key = false;
  };

  RowWrites() = default;
  Status take_columns(const data::Schema& schema, const RowColumns& columns, const TableName& name,
                      const TableColumns& table);
  Status take_types(const RowColumns& columns, Cluster& cluster);
  void write_statements(const RowColumns& columns, const TableName& name);
  Status append_cells(std::string& out, const std::vector<Cell>& cells, data::ChunkReader columns,
                      std::size_t row) const;
  Status append_ttl(std::string& out, data::ChunkReader columns, std::size_t row) const;
  Error bad_value(const Cell& cell, const std::string& what) const;

  std::string table_;
  std::vector<Cell> cells_;      // of the INSERT, in its order; first the partition key's
  std::vector<Cell> key_cells_;  // of the DELETE
  std::size_t partition_cells_ = 0;
  std::optional<Cell> ttl_;
  std::optional<std::size_t> deletes_;
  bool writes_nulls_ = true;
  std::vector<std::string> statements_;
  std::string cells_text_;  // scratch
};

/// Parts of an item, pointing into it; moves `items` after it. False: it is cut.
struct WriteItem {
  std::uint64_t partition = 0;
  std::string_view write;  ///< as the bridge has a row of a batch
};
bool split_item(std::string_view& items, WriteItem& item);

/// The items as a block of batches for Writer::write: rows of one partition together, in their
/// order, up to `batch_bytes` a batch.
std::string batch_block(std::string_view items, std::size_t batch_bytes);
/// A block of one batch of one row.
std::string one_row_block(std::uint32_t statement, std::string_view cells);

}  // namespace sluice::connectors::cassandra
