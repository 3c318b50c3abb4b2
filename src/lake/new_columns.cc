#include "lake/new_columns.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "base/json.h"
#include "lake/delta_schema.h"
#include "lake/readable.h"

namespace sluice::lake {
namespace {

using data::Field;

/// The field as Delta's JSON.
Result<std::string> field_json(const Field& field) {
  SLUICE_ASSIGN(const std::string schema, to_delta_json(data::Schema({field})));
  const nlohmann::json root = parse_json(schema);
  return dump_json(root.at("fields").at(0));
}

class Search {
 public:
  explicit Search(const TableState& table) : table_(table) {}

  Status compare(std::span<const Field> rows, std::span<const Field> table,
                 const std::vector<std::string>& parent) {
    for (const Field& field : rows) {
      const auto found = std::ranges::find(table, field.name, &Field::name);
      if (found == table.end()) {
        SLUICE_TRY(add(field, parent));
      } else if (field.type.id() == data::TypeId::kStruct &&
                 found->type.id() == data::TypeId::kStruct) {
        std::vector<std::string> inner = parent;
        inner.push_back(field.name);
        SLUICE_TRY(compare(field.type.children(), found->type.children(), inner));
      }
    }
    return {};
  }

  std::vector<NewColumn> take() { return std::move(found_); }

 private:
  Status add(const Field& field, const std::vector<std::string>& parent) {
    const bool has_feature =
        std::ranges::find(table_.features, "timestampNtz") != table_.features.end();
    if (has_timestamp_ntz(data::Schema({field})) && !has_feature) {
      return user_error("column " + data::quote_identifier(field.name) +
                        " is a TIMESTAMP, for which the Delta table lacks the feature "
                        "timestampNtz; write CAST(" +
                        data::quote_identifier(field.name) + " AS TIMESTAMPTZ)");
    }
    const std::string unusual = name_to_map(data::Schema({field}));
    if (!unusual.empty() && written_columns(table_).empty()) {
      return user_error("column " + data::quote_identifier(unusual) +
                        ": Delta allows none of ' ,;{}()=', tab and newline in a name unless the "
                        "table has column mapping; rename it with AS in the view");
    }
    SLUICE_ASSIGN(std::string json, field_json(field));
    found_.push_back({parent, std::move(json)});
    return {};
  }

  const TableState& table_;
  std::vector<NewColumn> found_;
};

}  // namespace

Result<std::vector<NewColumn>> missing_columns(const data::Schema& rows, const TableState& table) {
  Search search(table);
  SLUICE_TRY(search.compare(rows.fields(), table.schema.columns.fields(), {}));
  return search.take();
}

}  // namespace sluice::lake
