#include "app/rerun/row_difference.h"

#include <algorithm>
#include <utility>

namespace sluice::app {
namespace {

using data::quote_identifier;
using data::TypeId;
using sql::Rows;

std::int64_t number(const std::optional<std::string>& text) {
  return std::stoll(text.value_or("0"));
}

std::string listed(const std::vector<std::string>& items, const std::string& between = ", ") {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : between) + item;
  return text;
}

/// A column that both sides have; in the tables before and after it is called c0, c1 ...
struct Column {
  std::string name;
  data::Type type;  ///< after; rows before are cast to it
  std::string place;

  /// What the type does not hold, as text; NULL: it is in `place`.
  std::string rest() const { return "rest_" + place; }
  /// Of `side`: "a.", "b." or "".
  std::string text(const std::string& side) const {
    return "coalesce(" + side + rest() + ", CAST(" + side + place + " AS VARCHAR))";
  }
};

class Comparison {
 public:
  Comparison(sql::Session& session, const ComparedBy& by) : session_(session), by_(by) {}

  Result<SinkDifference> run(const ComparedRows& before, const ComparedRows& after) {
    find_columns(before.schema, after.schema);
    SLUICE_TRY(make_table("before", before));
    SLUICE_TRY(make_table("after", after));
    SLUICE_ASSIGN(made_.before, count("before"));
    SLUICE_ASSIGN(made_.after, count("after"));
    SLUICE_ASSIGN(const auto key, find_key());
    SLUICE_TRY(key ? compare_by(*key) : compare_whole());
    SLUICE_TRY(session_.execute("DROP TABLE temp.before; DROP TABLE temp.after"));
    return std::move(made_);
  }

 private:
  using Key = std::vector<const Column*>;

  Result<std::int64_t> count(const std::string& table) {
    SLUICE_ASSIGN(const auto rows, session_.value("SELECT count(*) FROM temp." + table));
    return number(rows);
  }

  void find_columns(const data::Schema& before, const data::Schema& after) {
    for (const data::Field& field : after.fields()) {
      const int was = before.find(field.name);
      if (was < 0) {
        made_.notes.push_back("column " + field.name + " is new, and not compared");
        continue;
      }
      const data::Type& type = before[static_cast<std::size_t>(was)].type;
      if (type != field.type) {
        made_.notes.push_back("column " + field.name + " was " + type.to_string() + ", and is " +
                              field.type.to_string());
      }
      columns_.push_back({field.name, field.type, "c" + std::to_string(columns_.size())});
    }
    for (const data::Field& field : before.fields()) {
      if (after.find(field.name) >= 0) continue;
      made_.notes.push_back("column " + field.name + " is gone, and not compared");
    }
  }

  Status make_table(const std::string& table, const ComparedRows& rows) {
    std::vector<std::string> items = {"true AS found"};
    for (const Column& column : columns_) {
      const std::string name = quote_identifier(column.name);
      const std::string cast = "TRY_CAST(" + name + " AS " + column.type.to_string() + ")";
      items.push_back(cast + " AS " + column.place);
      items.push_back("CASE WHEN " + cast + " IS NULL THEN CAST(" + name + " AS VARCHAR) END AS " +
                      column.rest());
    }
    return session_.execute("CREATE OR REPLACE TEMP TABLE " + table + " AS SELECT " +
                            listed(items) + " FROM (" + rows.select + "\n)");
  }

  Result<std::optional<Key>> find_key() {
    for (const auto& names : by_.keys) {
      Key key;
      for (const std::string& name : names) {
        const auto found = std::ranges::find_if(columns_, [&](const Column& column) {
          return data::Schema({{column.name, column.type}}).find(name) == 0;
        });
        if (found != columns_.end()) key.push_back(&*found);
      }
      if (key.size() < names.size()) {
        if (by_.is_given) {
          return user_error("the key " + listed(names) +
                            " is not among the columns of both: " + listed(names_of(columns_)));
        }
        continue;
      }
      SLUICE_ASSIGN(const std::string twice, equal_rows(key));
      if (twice.empty()) return std::optional(std::move(key));
      const std::string text = "rows cannot be compared by " + listed(names) + ": " + twice;
      if (by_.is_given) return user_error(text);
      made_.notes.push_back(text);
    }
    return std::optional<Key>();
  }

  static std::vector<std::string> names_of(const std::vector<Column>& columns) {
    std::vector<std::string> names;
    for (const Column& column : columns) names.push_back(column.name);
    return names;
  }

  /// "3 rows after are equal in it"; "": each row is known by the key.
  Result<std::string> equal_rows(const Key& key) {
    std::vector<std::string> places;
    for (const Column* column : key) places.push_back(column->place);
    for (const std::string table : {"before", "after"}) {
      const std::string groups = places.empty() ? "" : " GROUP BY " + listed(places);
      SLUICE_ASSIGN(const auto most,
                    session_.value("SELECT max(n) FROM (SELECT count(*) AS n FROM temp." + table +
                                   groups + ")"));
      if (number(most) > 1) return *most + " rows " + table + " are equal in it";
    }
    return std::string();
  }

  static bool is_fraction(const Column& column) {
    return column.type.id() == TypeId::kReal || column.type.id() == TypeId::kDouble;
  }

  /// SQL: whether the two rows have different values.
  static std::string differs(const Column& column) {
    const std::string was = "b." + column.place;
    const std::string is = "a." + column.place;
    const std::string other = "(" + was + " IS DISTINCT FROM " + is + " OR b." + column.rest() +
                              " IS DISTINCT FROM a." + column.rest() + ")";
    if (!is_fraction(column)) return other;
    const char* tolerance = column.type.id() == TypeId::kReal ? "1e-6" : "1e-12";
    return "(" + other + " AND NOT coalesce(abs(" + was + " - " + is + ") <= " + tolerance +
           " * greatest(abs(" + was + "), abs(" + is + ")), false))";
  }

  Status compare_by(const Key& key) {
    made_.key.emplace();
    std::vector<std::string> same_row;
    for (const Column* column : key) {
      made_.key->push_back(column->name);
      same_row.push_back("b." + column->place + " IS NOT DISTINCT FROM a." + column->place);
    }
    std::vector<std::string> items;
    std::vector<std::string> any = {"false"};
    for (const Column& column : columns_) {
      items.push_back(column.text("b.") + " AS was_" + column.place + ", " + column.text("a.") +
                      " AS is_" + column.place + ", coalesce(a." + column.place + ", b." +
                      column.place + ") AS o_" + column.place +
                      ", coalesce(b.found AND a.found, false) AND " + differs(column) + " AS d_" +
                      column.place);
      any.push_back("d_" + column.place);
    }
    items.push_back(
        "CASE WHEN b.found IS NULL THEN 'added' WHEN a.found IS NULL THEN 'removed' "
        "END AS one_side");
    SLUICE_TRY(session_.execute(
        "CREATE OR REPLACE TEMP TABLE compared AS SELECT *, coalesce(one_side, CASE WHEN " +
        listed(any, " OR ") + " THEN 'changed' ELSE 'same' END) AS sort FROM (SELECT " +
        listed(items) + " FROM temp.before b FULL JOIN temp.after a ON " +
        (same_row.empty() ? "true" : listed(same_row, " AND ")) + ")"));
    SLUICE_TRY(count_compared());
    SLUICE_TRY(add_rows(RowDifference::Sort::kChanged, key));
    SLUICE_TRY(add_rows(RowDifference::Sort::kAdded, key));
    SLUICE_TRY(add_rows(RowDifference::Sort::kRemoved, key));
    return session_.execute("DROP TABLE temp.compared");
  }

  Status count_compared() {
    std::vector<std::string> items;
    for (const char* sort : {"same", "changed", "added", "removed"}) {
      items.push_back("count(*) FILTER (sort = '" + std::string(sort) + "')");
    }
    for (const Column& column : columns_) items.push_back("count_if(d_" + column.place + ")");
    SLUICE_ASSIGN(const Rows rows,
                  session_.query("SELECT " + listed(items) + " FROM temp.compared"));
    const auto& row = rows.values.at(0);
    made_.same = number(row[0]);
    made_.changed = number(row[1]);
    made_.added = number(row[2]);
    made_.removed = number(row[3]);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::int64_t changed = number(row[i + 4]);
      if (changed > 0) made_.changed_columns[columns_[i].name] = changed;
    }
    return {};
  }

  Status add_rows(RowDifference::Sort sort, const Key& key) {
    const bool is_changed = sort == RowDifference::Sort::kChanged;
    const bool is_removed = sort == RowDifference::Sort::kRemoved;
    std::vector<std::string> items;
    for (const Column& column : columns_) {
      items.push_back("was_" + column.place + ", is_" + column.place + ", d_" + column.place);
    }
    std::vector<std::string> order;
    for (const Column* column : key) order.push_back("o_" + column->place);
    SLUICE_ASSIGN(const Rows rows,
                  session_.query("SELECT " + listed(items) + " FROM temp.compared WHERE sort = '" +
                                 (is_changed   ? "changed"
                                  : is_removed ? "removed"
                                               : "added") +
                                 "'" + (order.empty() ? "" : " ORDER BY " + listed(order)) +
                                 " LIMIT " + std::to_string(by_.rows)));
    for (const auto& row : rows.values) {
      RowDifference difference{sort, {}, {}};
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        const auto& was = row[3 * i];
        const auto& is = row[3 * i + 1];
        const bool in_key = std::ranges::find(key, &columns_[i]) != key.end();
        if (!is_changed || in_key) {
          difference.row.emplace_back(columns_[i].name, is_removed ? was : is);
        } else if (row[3 * i + 2] == "true") {
          difference.changes.push_back({columns_[i].name, was, is});
        }
      }
      made_.rows.push_back(std::move(difference));
    }
    return {};
  }

  Status compare_whole() {
    std::vector<std::string> places;
    for (const Column& column : columns_) {
      places.push_back(column.place);
      places.push_back(column.rest());
    }
    if (places.empty()) return {};
    const auto only_in = [&](const std::string& one, const std::string& other) {
      return "CREATE OR REPLACE TEMP TABLE only_" + one + " AS SELECT " + listed(places) +
             " FROM temp." + one + " EXCEPT ALL SELECT " + listed(places) + " FROM temp." + other;
    };
    SLUICE_TRY(session_.execute(only_in("after", "before")));
    SLUICE_TRY(session_.execute(only_in("before", "after")));
    SLUICE_ASSIGN(made_.added, count("only_after"));
    SLUICE_ASSIGN(made_.removed, count("only_before"));
    made_.same = made_.after - made_.added;
    SLUICE_TRY(add_whole("only_after", RowDifference::Sort::kAdded));
    SLUICE_TRY(add_whole("only_before", RowDifference::Sort::kRemoved));
    return session_.execute("DROP TABLE temp.only_after; DROP TABLE temp.only_before");
  }

  Status add_whole(const std::string& table, RowDifference::Sort sort) {
    std::vector<std::string> texts;
    std::vector<std::string> order;
    for (const Column& column : columns_) {
      texts.push_back(column.text(""));
      order.push_back(column.place);
    }
    SLUICE_ASSIGN(const Rows rows,
                  session_.query("SELECT " + listed(texts) + " FROM temp." + table + " ORDER BY " +
                                 listed(order) + " LIMIT " + std::to_string(by_.rows)));
    for (const auto& row : rows.values) {
      RowDifference difference{sort, {}, {}};
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        difference.row.emplace_back(columns_[i].name, row[i]);
      }
      made_.rows.push_back(std::move(difference));
    }
    return {};
  }

  sql::Session& session_;
  const ComparedBy& by_;
  std::vector<Column> columns_;
  SinkDifference made_;
};

}  // namespace

Result<SinkDifference> row_difference(sql::Session& session, const ComparedRows& before,
                                      const ComparedRows& after, const ComparedBy& by) {
  return Comparison(session, by).run(before, after);
}

}  // namespace sluice::app
