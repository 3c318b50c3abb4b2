#include "sql/files/keyed_rows.h"

#include <algorithm>
#include <utility>

#include "sql/files/upserted_rows.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

constexpr char kTable[] = "temp.sluice_keyed_rows";
const std::string kDeletes(connector::kDeletesColumn);

std::string order_list(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    list += (list.empty() ? "" : ", ") + quote_identifier(name) + " DESC NULLS LAST";
  }
  return list;
}

std::string key_list(const connector::UpsertKey& key,
                     const std::vector<std::string>& partition_by) {
  std::string list;
  for (const std::string& name : key.columns) {
    const bool partitions = std::ranges::find(partition_by, name) != partition_by.end();
    list += (list.empty() ? "" : ", ") +
            (partitions ? "nullif(CAST(" + quote_identifier(name) + " AS VARCHAR), '')"
                        : quote_identifier(name));
  }
  return list;
}

/// " EXCLUDE (a, b)"; "" without names.
std::string excluding(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + quote_identifier(name);
  return list.empty() ? "" : " EXCLUDE (" + list + ")";
}

Status refuse_duplicates(DuckdbSession& session, const connector::UpsertKey& key,
                         const std::string& keys, bool deletes) {
  const std::string some_stay = deletes ? " AND NOT bool_and(" + kDeletes + ")" : "";
  std::string texts;
  for (const std::string& name : key.columns) {
    texts += ", min(CAST(" + quote_identifier(name) + " AS VARCHAR))";
  }
  SLUICE_ASSIGN(
      const Rows rows,
      session.query("SELECT count(*)" + texts + std::string(" FROM ") + kTable + " GROUP BY " +
                    keys + " HAVING count(*) > 1" + some_stay + " ORDER BY ALL LIMIT 1"));
  if (rows.values.empty()) return {};
  const auto& row = rows.values.front();
  std::string values;
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    values += (i == 0 ? "" : ", ") + key.columns[i] + "=" + row[i + 1].value_or("NULL");
  }
  const std::string fix =
      key.order_by.empty()
          ? "say which one is the last: order_by: [COLUMN], or let the view have one row per key"
          : "they are equal in order_by, too: add a column in which they differ";
  return user_error("E_DUPLICATE_KEY: " + row[0].value_or("") +
                    " different rows of this batch have the same key: " + values + "; " + fix);
}

}  // namespace

Result<KeyedRows> KeyedRows::make(DuckdbSession& session, const std::string& select,
                                  const data::Schema& schema, const connector::UpsertKey& key,
                                  const std::vector<std::string>& partition_by) {
  const std::string keys = key_list(key, partition_by);
  std::string sql =
      "CREATE OR REPLACE TEMP TABLE sluice_keyed_rows AS SELECT DISTINCT * FROM (" + select + "\n)";
  if (!key.order_by.empty()) {
    sql += " QUALIFY rank() OVER (PARTITION BY " + keys + " ORDER BY " + order_list(key.order_by) +
           ") = 1";
  }
  SLUICE_TRY(session.execute(sql));
  KeyedRows rows(session, schema, key);
  SLUICE_TRY(refuse_duplicates(session, key, keys, rows.deletes_));
  return rows;
}

KeyedRows::KeyedRows(DuckdbSession& session, const data::Schema& schema,
                     const connector::UpsertKey& key)
    : session_(&session) {
  std::vector<std::string> left_out;
  for (const data::Field& field : schema.fields()) {
    const data::Schema column({field});
    const bool is_left_out = std::ranges::any_of(
        key.leave_out, [&column](const std::string& name) { return column.find(name) == 0; });
    if (field.name == kDeletes) {
      deletes_ = true;
    } else if (is_left_out) {
      left_out.push_back(field.name);
    } else {
      schema_.add(field);
    }
  }
  left_out_ = excluding(left_out);
  if (deletes_) left_out.push_back(kDeletes);
  excluded_ = excluding(left_out);
}

KeyedRows::KeyedRows(KeyedRows&& other) noexcept
    : session_(std::exchange(other.session_, nullptr)),
      schema_(std::move(other.schema_)),
      excluded_(std::move(other.excluded_)),
      left_out_(std::move(other.left_out_)),
      deletes_(other.deletes_) {}

KeyedRows::~KeyedRows() {
  // Fails in a broken transaction only, which takes the table with it.
  if (session_ != nullptr) {
    static_cast<void>(session_->execute(std::string("DROP TABLE IF EXISTS ") + kTable));
  }
}

std::string KeyedRows::all() { return std::string("SELECT * FROM ") + kTable; }

std::string KeyedRows::marked() const { return "SELECT *" + left_out_ + " FROM " + kTable; }

data::Schema KeyedRows::marked_schema() const {
  data::Schema schema = schema_;
  if (deletes_) schema.add({kDeletes, data::TypeId::kBoolean});
  return schema;
}

std::string KeyedRows::select() const {
  return "SELECT *" + excluded_ + " FROM " + kTable + (deletes_ ? " WHERE NOT " + kDeletes : "");
}

std::string KeyedRows::deleting() const {
  if (!deletes_) return "";
  return "SELECT *" + excluded_ + " FROM " + kTable + " WHERE " + kDeletes;
}

Result<UpsertedRows> upsert_into(Session& session, const std::string& table,
                                 const std::string& select, const connector::UpsertKey& key) {
  SLUICE_ASSIGN(const data::Schema schema, session.describe(select));
  DuckdbSession& own = DuckdbSession::of(session);
  SLUICE_ASSIGN(const KeyedRows rows, KeyedRows::make(own, select, schema, key, {}));
  std::string same;
  for (const std::string& column : key.columns) {
    const std::string name = "." + quote_identifier(column);
    same += (same.empty() ? "w" : " AND w") + name + " IS NOT DISTINCT FROM n" + name;
  }
  UpsertedRows counts;
  SLUICE_ASSIGN(const auto replaced, session.value("DELETE FROM " + table + " AS w USING (" +
                                                   KeyedRows::all() + ") AS n WHERE " + same));
  counts.replaced = std::stoll(replaced.value_or("0"));
  SLUICE_ASSIGN(const auto added, session.value("INSERT INTO " + table + " " + KeyedRows::all()));
  counts.added = std::stoll(added.value_or("0"));
  return counts;
}

}  // namespace sluice::sql
