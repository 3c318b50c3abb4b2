#include "lake/column_fit.h"

#include <algorithm>
#include <utility>

#include "base/list_text.h"
#include "data/type_holds.h"
#include "lake/readable.h"

namespace sluice::lake {
namespace {

using data::Field;
using data::quote_identifier;
using data::Schema;
using data::Type;
using data::TypeId;

const Field* find_exact(const std::vector<Field>& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

/// JSON is text in Delta; a table read back says VARCHAR.
Type as_stored(const Type& type) {
  switch (type.id()) {
    case TypeId::kJson:
      return TypeId::kVarchar;
    case TypeId::kList:
      return Type::list(as_stored(type.children()[0].type));
    case TypeId::kMap:
      return Type::map(as_stored(type.children()[0].type), as_stored(type.children()[1].type));
    case TypeId::kStruct: {
      std::vector<Field> fields;
      for (const Field& field : type.children()) {
        fields.push_back({field.name, as_stored(field.type)});
      }
      return Type::structure(std::move(fields));
    }
    default:
      return type;
  }
}

/// What of the rows the table has no place for.
class Comparison {
 public:
  Comparison(const Schema& table, const FitRules& rules) : table_(table), rules_(rules) {}

  void compare(const Field& column) {
    const Field* there = find_exact(table_.fields(), column.name);
    if (there != nullptr) return compare(column.type, there->type, {column.name, column.name});
    if (const int other = table_.find(column.name); other >= 0) {
      differ(quote_identifier(column.name) + " is written " +
             quote_identifier(table_[static_cast<std::size_t>(other)].name) + " in the table");
    } else {
      lack(quote_identifier(column.name), {column.name, column.name});
    }
  }

  const std::vector<std::string>& left_out() const { return left_out_; }
  const std::string& differences() const { return differences_; }
  bool rescues() const { return rescues_; }
  void differ(const std::string& text) {
    differences_ += (differences_.empty() ? "" : "; ") + text;
  }

 private:
  struct Place {
    std::string column;
    std::string path;
  };

  bool is_lenient() const { return rules_.widen || rules_.on_new_field != OnNewField::kFail; }

  bool may_rescue(const Place& place) const {
    return rules_.on_new_field == OnNewField::kRescue &&
           std::ranges::find(rules_.exact, place.column) == rules_.exact.end();
  }

  void lack(const std::string& shown, const Place& place) {
    if (may_rescue(place)) {
      rescues_ = true;
    } else if (rules_.on_new_field == OnNewField::kIgnore) {
      left_out_.push_back(place.path);
    } else {
      differ(shown + " is not in the table");
    }
  }

  void compare(const Type& given, const Type& there, const Place& place) {
    const Type type = as_stored(given);
    if (type == there || (is_lenient() && data::type_holds(there, type))) return;
    const bool nested = type.id() == there.id() && !type.children().empty();
    const bool ignores = rules_.on_new_field == OnNewField::kIgnore;
    const bool opened = rules_.on_new_field == OnNewField::kAdd || rules_.widen;
    if (nested && type.id() == TypeId::kStruct && (ignores || opened || may_rescue(place))) {
      return compare_fields(type, there, place);
    }
    if (nested && (ignores || opened)) {  // LIST, MAP
      for (std::size_t i = 0; i < type.children().size(); ++i) {
        const Field& child = type.children()[i];
        compare(child.type, there.children()[i].type,
                {place.column, place.path + "." + child.name});
      }
      return;
    }
    if (may_rescue(place)) {
      rescues_ = true;
      return;
    }
    differ(quoted(place) + " is " + given.to_string() + " here and " + there.to_string() +
           " in the table" + way_out(type, there));
  }

  void compare_fields(const Type& type, const Type& there, const Place& place) {
    for (const Field& field : type.children()) {
      const Place inner{place.column, place.path + "." + field.name};
      if (const Field* found = find_exact(there.children(), field.name)) {
        compare(field.type, found->type, inner);
      } else {
        lack(quoted(inner), inner);
      }
    }
  }

  static std::string quoted(const Place& place) { return quote_identifier(place.path); }

  std::string way_out(const Type& type, const Type& there) const {
    const bool wider = data::type_holds(type, there);
    return wider && !rules_.widen ? " (on_wider_type: widen makes the table's wider)" : "";
  }

  const Schema& table_;
  const FitRules& rules_;
  std::vector<std::string> left_out_;
  std::string differences_;
  bool rescues_ = false;
};

Comparison compared(const Schema& rows, const TableState& table, const FitRules& rules) {
  Comparison comparison(table.schema.columns, rules);
  for (const Field& column : rows.fields()) {
    const bool own = rules.on_new_field == OnNewField::kRescue && column.name == kRescuedColumn;
    if (!own) comparison.compare(column);
  }
  return comparison;
}

Status check_partitions(const std::vector<std::string>& given,
                        const std::vector<std::string>& there) {
  if (given == there) return {};
  return user_error("partition_by=[" + joined(given) + "] but the Delta table has [" +
                    joined(there) + "]" + "; use the table's, or another path");
}

}  // namespace

bool needs_rescue(const Schema& rows, const TableState& table, const FitRules& rules) {
  return rules.on_new_field == OnNewField::kRescue &&
         (find_exact(rows.fields(), kRescuedColumn) != nullptr ||
          compared(rows, table, rules).rescues());
}

Result<ColumnFit> fit_columns(const Schema& rows, const std::vector<std::string>& partition_by,
                              const TableState& table, const FitRules& rules) {
  Comparison comparison = compared(rows, table, rules);
  const Schema& columns = table.schema.columns;
  const Field* rescued = find_exact(columns.fields(), kRescuedColumn);
  ColumnFit fit;
  fit.rescues = needs_rescue(rows, table, rules);
  if (fit.rescues && (rescued == nullptr || rescued->type.id() != TypeId::kVarchar)) {
    comparison.differ(std::string("\"_rescued\" is ") +
                      (rescued == nullptr
                           ? "not in the table"
                           : rescued->type.to_string() + " in the table and no VARCHAR"));
  }
  for (const std::string& name : table.schema.required) {
    if (find_exact(rows.fields(), name) != nullptr) continue;
    comparison.differ(quote_identifier(name) + " is NOT NULL in the table and missing here");
  }
  if (!comparison.differences().empty()) {
    return user_error("the view's columns do not fit the Delta table: " + comparison.differences() +
                      "; change the view's SELECT (names, casts) or write to another path");
  }
  SLUICE_TRY(check_partitions(partition_by, table.partition_by));
  if (table.schema.nested_required) {
    return user_error(
        "the Delta table has NOT NULL fields inside a nested column, which sluice "
        "cannot check; write to another path");
  }
  const std::vector<data::StoredColumn> stored = written_columns(table);
  fit.same = stored.empty() && !fit.rescues;
  for (const Field& column : rows.fields()) {
    const auto found = std::ranges::find(columns.fields(), column.name, &Field::name);
    fit.same = fit.same && found != columns.fields().end() && as_stored(column.type) == found->type;
    if (found == columns.fields().end() || (fit.rescues && column.name == kRescuedColumn)) continue;
    fit.columns.add(*found);
    if (!stored.empty()) {
      fit.stored.push_back(stored[static_cast<std::size_t>(found - columns.fields().begin())]);
    }
  }
  if (fit.rescues) {
    fit.columns.add(*rescued);
    if (!stored.empty()) {
      fit.stored.push_back(stored[static_cast<std::size_t>(rescued - columns.fields().data())]);
    }
  }
  fit.left_out = comparison.left_out();
  return fit;
}

}  // namespace sluice::lake
