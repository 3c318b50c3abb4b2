#include "connectors/cassandra/row_writes.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <xxhash.h>

#include "base/nearest.h"
#include "connectors/cassandra/cql_encoding.h"
#include "connectors/cassandra/cql_number.h"

namespace sluice::connectors::cassandra {
namespace {

/// 20 years, the most that Cassandra takes.
constexpr std::int64_t kTtlMax = 630'720'000;

template <class T>
void append_plain(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

template <class T>
T plain_at(std::string_view bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// The table's column that a column of the rows is: of the same name, or else of one that differs
/// in case alone, which SQL ignores. "": none.
std::string column_for(const std::string& name, const std::vector<std::string>& columns) {
  if (has(columns, name)) return name;
  for (const std::string& column : columns) {
    if (data::Schema({{column, data::TypeId::kVarchar}}).find(name) == 0) return column;
  }
  return "";
}

}  // namespace

Result<RowWrites> RowWrites::make(const data::Schema& schema, const RowColumns& columns,
                                  const TableName& name, const TableColumns& table,
                                  Cluster& cluster) {
  RowWrites writes;
  writes.table_ = name.to_string();
  writes.writes_nulls_ = columns.writes_nulls;
  SLUICE_TRY(writes.take_columns(schema, columns, name, table));
  writes.write_statements(columns, name);
  SLUICE_TRY(writes.take_types(columns, cluster));
  return writes;
}

Status RowWrites::take_columns(const data::Schema& schema, const RowColumns& columns,
                               const TableName& name, const TableColumns& table) {
  const std::string where = " table=" + name.to_string();
  if (table.has_counters) {
    return user_error(
        "cassandra: the table has counters, which cannot be set: counting again after "
        "a crash would count twice; write totals into a table of bigint" +
        where);
  }
  std::vector<Cell> others;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const data::Field& field = schema[i];
    if (!columns.ttl.empty() && schema.find(columns.ttl) == static_cast<int>(i)) {
      ttl_ = Cell{field.name, i, field.type, {}, false};
      continue;
    }
    const std::string column = column_for(field.name, table.all);
    if (column.empty()) {
      return user_error("cassandra: the table has no column '" + field.name + "'" +
                        did_you_mean(field.name, table.all) +
                        "; leave the column out of the view, or add it to the table" + where);
    }
    names.push_back(column);
  }
  if (!columns.ttl.empty() && !ttl_) {
    return user_error("cassandra: the rows have no column '" + columns.ttl +
                      "', which 'ttl' names" + where);
  }
  const auto add = [&](const std::string& column, bool is_key) {
    const auto index = static_cast<std::size_t>(schema.find(column));
    cells_.push_back({column, index, schema[index].type, {}, is_key});
  };
  std::vector<std::string> key = table.partition_key;
  key.insert(key.end(), table.clustering_key.begin(), table.clustering_key.end());
  for (const std::string& column : key) {
    if (!has(names, column)) {
      return user_error("cassandra: the rows have no column '" + column +
                        "', which is in the table's key" + where);
    }
    add(column, true);
  }
  partition_cells_ = table.partition_key.size();
  key_cells_ = cells_;
  for (const std::string& column : names) {
    if (!has(key, column)) add(column, false);
  }
  return {};
}

void RowWrites::write_statements(const RowColumns& columns, const TableName& name) {
  std::string insert = "INSERT INTO " + name.quoted() + " (";
  std::string marks;
  for (const Cell& cell : cells_) {
    insert += (marks.empty() ? "" : ", ") + quote_cql(cell.name);
    marks += marks.empty() ? "?" : ", ?";
  }
  insert += ") VALUES (" + marks + ") USING TIMESTAMP ?";
  if (!columns.ttl.empty()) insert += " AND TTL ?";
  statements_ = {insert};
  if (!columns.may_delete) return;
  std::string erase = "DELETE FROM " + name.quoted() + " USING TIMESTAMP ? WHERE ";
  for (const Cell& cell : key_cells_) {
    erase += (&cell == &key_cells_.front() ? "" : " AND ") + quote_cql(cell.name) + " = ?";
  }
  statements_.push_back(erase);
}

Status RowWrites::take_types(const RowColumns& columns, Cluster& cluster) {
  SLUICE_ASSIGN(const Described described, cluster.describe(statements_[0], {}));
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    Cell& cell = cells_[i];
    cell.to = described.markers[i].type;
    if (const auto why = cannot_hold(cell.to, cell.from)) {
      return user_error("cassandra: column '" + cell.name + "' is " + cell.to.to_string() +
                        " in the table and " + cell.from.to_string() + " in the rows; it takes " +
                        *why + ": cast it in the view table=" + table_);
    }
    if (i < key_cells_.size()) key_cells_[i].to = cell.to;
  }
  if (!ttl_) return {};
  ttl_->to.id = CqlId::kInt;
  if (const auto why = cannot_hold(ttl_->to, ttl_->from)) {
    return user_error("cassandra: the column '" + columns.ttl + "', which 'ttl' names, is " +
                      ttl_->from.to_string() +
                      "; it must be an integer, of seconds table=" + table_);
  }
  return {};
}

Error RowWrites::bad_value(const Cell& cell, const std::string& what) const {
  return user_error("cassandra: column '" + cell.name + "' (" + cell.to.to_string() + "): " + what +
                    " table=" + table_);
}

Status RowWrites::append_cells(std::string& out, const std::vector<Cell>& cells,
                               data::ChunkReader columns, std::size_t row) const {
  for (const Cell& cell : cells) {
    const data::VectorReader& vector = columns[cell.column];
    if (vector.is_null(row)) {
      if (cell.is_key) return bad_value(cell, "a key is NULL, which Cassandra does not take");
      append_big_endian(out, static_cast<std::uint32_t>(writes_nulls_ ? kNullCell : kUnsetCell));
      continue;
    }
    const CqlProblem problem = append_cell(out, cell.to, cell.from, vector, row);
    if (problem != CqlProblem::kNone) return bad_value(cell, problem_text(problem));
  }
  return {};
}

Status RowWrites::append_ttl(std::string& out, data::ChunkReader columns, std::size_t row) const {
  const data::VectorReader& vector = columns[ttl_->column];
  if (vector.is_null(row)) {
    // The table's default.
    append_big_endian(out, static_cast<std::uint32_t>(kUnsetCell));
    return {};
  }
  std::string cell;
  const CqlProblem problem = append_value(cell, ttl_->to, ttl_->from, vector, row);
  const auto seconds = problem == CqlProblem::kNone
                           ? static_cast<std::int32_t>(big_endian<std::uint32_t>(cell.data()))
                           : -1;
  if (seconds < 0 || seconds > kTtlMax) {
    return bad_value(*ttl_, "a time to live is 0 to " + std::to_string(kTtlMax) + " seconds");
  }
  append_big_endian(out, std::uint32_t{4});
  out += cell;
  return {};
}

Status RowWrites::append(std::string& out, data::ChunkReader columns, std::size_t row,
                         Micros timestamp) {
  cells_text_.clear();
  const bool deletes = deletes_ && columns[*deletes_].at<std::uint8_t>(row) != 0;
  if (deletes) append_bigint_cell(cells_text_, timestamp);
  const std::size_t key_begin = cells_text_.size();
  SLUICE_TRY(append_cells(cells_text_, deletes ? key_cells_ : cells_, columns, row));
  std::string_view partition = std::string_view(cells_text_).substr(key_begin);
  std::size_t key_bytes = 0;
  for (std::size_t i = 0; i < partition_cells_; ++i) {
    key_bytes += 4 + big_endian<std::uint32_t>(partition.data() + key_bytes);
  }
  const std::uint64_t hash = XXH64(partition.data(), key_bytes, 0);
  if (!deletes) {
    append_bigint_cell(cells_text_, timestamp);
    if (ttl_) SLUICE_TRY(append_ttl(cells_text_, columns, row));
  }
  append_plain(out, hash);
  append_plain(out, std::uint32_t{deletes ? 1U : 0U});
  append_plain(out, static_cast<std::uint32_t>(cells_text_.size()));
  out += cells_text_;
  return {};
}

bool split_item(std::string_view& items, WriteItem& item) {
  constexpr std::size_t kHead = sizeof(std::uint64_t) + 2 * sizeof(std::uint32_t);
  if (items.size() < kHead) return false;
  const auto bytes = plain_at<std::uint32_t>(items, kHead - sizeof(std::uint32_t));
  if (items.size() - kHead < bytes) return false;
  item.partition = plain_at<std::uint64_t>(items, 0);
  item.write = items.substr(sizeof(std::uint64_t), kHead - sizeof(std::uint64_t) + bytes);
  items.remove_prefix(kHead + bytes);
  return true;
}

std::string batch_block(std::string_view items, std::size_t batch_bytes) {
  std::vector<WriteItem> writes;
  WriteItem item;
  while (split_item(items, item)) writes.push_back(item);
  std::ranges::stable_sort(writes, {}, &WriteItem::partition);
  std::string block;
  for (std::size_t first = 0; first < writes.size();) {
    std::size_t bytes = 0;
    std::size_t end = first;
    while (end < writes.size() && writes[end].partition == writes[first].partition &&
           (end == first || bytes + writes[end].write.size() <= batch_bytes)) {
      bytes += writes[end++].write.size();
    }
    append_plain(block, static_cast<std::uint32_t>(end - first));
    for (; first < end; ++first) block += writes[first].write;
  }
  return block;
}

std::string one_row_block(std::uint32_t statement, std::string_view cells) {
  std::string block;
  append_plain(block, std::uint32_t{1});
  append_plain(block, statement);
  append_plain(block, static_cast<std::uint32_t>(cells.size()));
  block += cells;
  return block;
}

}  // namespace sluice::connectors::cassandra
