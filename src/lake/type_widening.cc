#include "lake/type_widening.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "data/type_holds.h"
#include "lake/delta_schema.h"

namespace sluice::lake {
namespace {

/// Members keep their order, so that a table's schema stays recognisable.
using data::Field;
using data::Type;
using data::TypeId;

constexpr char kFeature[] = "typeWidening";

bool is_primitive(const Type& type) { return type.children().empty(); }

/// The name that Delta has for a primitive type.
Result<OrderedJson> type_name(const Type& type) {
  SLUICE_ASSIGN(const std::string schema, to_delta_json(data::Schema({{"a", type}})));
  return parse_ordered_json(schema).at("fields").at(0).at("type");
}

OrderedJson* find_field(OrderedJson& structure, const std::string& name) {
  for (OrderedJson& field : structure.at("fields")) {
    if (field.at("name") == name) return &field;
  }
  return nullptr;
}

/// Changes a table's schema in place.
class Change {
 public:
  Status widen(const std::vector<Field>& rows, const std::vector<Field>& table,
               OrderedJson& structure) {
    for (const Field& column : rows) {
      const auto there = std::ranges::find(table, column.name, &Field::name);
      if (there == table.end()) continue;
      OrderedJson* field = find_field(structure, column.name);
      SLUICE_TRY(widen(column.type, there->type, {*field, field->at("type"), ""}));
    }
    return {};
  }

  bool any() const { return any_; }
  bool needs_timestamp_ntz() const { return timestamp_ntz_; }

 private:
  /// A type inside a field: of the field itself, or of what is inside its LIST or MAP.
  struct Place {
    OrderedJson& field;
    OrderedJson& type;
    std::string path;  ///< "element", "value.element"; "": the field itself
  };

  static Place inside(const Place& place, const char* member, const char* name) {
    return {place.field, place.type.at(member),
            place.path.empty() ? name : place.path + "." + name};
  }

  Status widen(const Type& rows, const Type& table, Place place) {
    if (is_primitive(table)) return widen_primitive(rows, table, place);
    if (rows.id() != table.id()) return {};
    const auto& from = rows.children();
    const auto& to = table.children();
    if (table.id() == TypeId::kStruct) return widen(from, to, place.type);
    if (table.id() == TypeId::kList) {
      return widen(from[0].type, to[0].type, inside(place, "elementType", "element"));
    }
    SLUICE_TRY(widen(from[0].type, to[0].type, inside(place, "keyType", "key")));
    return widen(from[1].type, to[1].type, inside(place, "valueType", "value"));
  }

  Status widen_primitive(const Type& rows, const Type& table, const Place& place) {
    if (rows == table || !data::type_holds(rows, table)) return {};
    SLUICE_ASSIGN(OrderedJson wider, type_name(rows));
    OrderedJson change = {{"fromType", place.type}, {"toType", wider}};
    if (!place.path.empty()) change["fieldPath"] = place.path;
    place.field["metadata"]["delta.typeChanges"].push_back(std::move(change));
    place.type = std::move(wider);
    any_ = true;
    timestamp_ntz_ = timestamp_ntz_ || rows.id() == TypeId::kTimestamp;
    return {};
  }

  bool any_ = false;
  bool timestamp_ntz_ = false;
};

OrderedJson listed(const std::set<std::string>& features) {
  OrderedJson list = OrderedJson::array();
  for (const std::string& feature : features) list.push_back(feature);
  return list;
}

/// Since which version of writers a feature is asked for without being listed.
constexpr std::pair<int, std::string_view> kImplied[] = {
    {2, "appendOnly"},       {2, "invariants"},    {3, "checkConstraints"}, {4, "changeDataFeed"},
    {4, "generatedColumns"}, {5, "columnMapping"}, {6, "identityColumns"}};

/// The protocol with the features; of old versions, what they stand for is written out.
OrderedJson widened_protocol(const TableState& table, bool timestamp_ntz) {
  std::set<std::string> readers(table.reader_features.begin(), table.reader_features.end());
  std::set<std::string> writers(table.features.begin(), table.features.end());
  if (table.min_writer_version < 7) {
    for (const auto& [since, feature] : kImplied) {
      if (table.min_writer_version >= since) writers.emplace(feature);
    }
    if (table.min_reader_version < 2) writers.erase("columnMapping");
  }
  if (writers.contains("columnMapping")) readers.insert("columnMapping");
  std::set<std::string> added = {kFeature};
  if (timestamp_ntz) added.insert("timestampNtz");
  readers.insert(added.begin(), added.end());
  writers.insert(added.begin(), added.end());
  return {{"minReaderVersion", 3},
          {"minWriterVersion", 7},
          {"readerFeatures", listed(readers)},
          {"writerFeatures", listed(writers)}};
}

OrderedJson commit_info(const TableState& table, const Widening& widening) {
  OrderedJson info;
  const std::int64_t now_ms = widening.now / 1000;
  const auto in_commit = table.configuration.find("delta.enableInCommitTimestamps");
  if (in_commit != table.configuration.end() && in_commit->second == "true") {
    info["inCommitTimestamp"] = std::max(now_ms, widening.last_commit_ms.value_or(0) + 1);
  }
  info["timestamp"] = now_ms;
  info["operation"] = "CHANGE COLUMNS";
  info["operationParameters"] = OrderedJson::object();
  info["isBlindAppend"] = false;
  info["engineInfo"] = widening.engine;
  if (!widening.txn_id.empty()) info["txnId"] = widening.txn_id;
  return info;
}

Status check_room(const TableState& table) {
  for (const char* other : {"typeWidening-preview", "catalogManaged"}) {
    if (std::ranges::find(table.features, other) == table.features.end()) continue;
    return user_error(std::string("the Delta table has the feature ") + other +
                      ", with which sluice cannot widen its columns; cast in the view");
  }
  return {};
}

}  // namespace

Result<std::string> widening_entry(const data::Schema& rows, const TableState& table,
                                   const Widening& widening) {
  OrderedJson metadata = parse_ordered_json(table.metadata_json);
  OrderedJson schema =
      metadata.is_object() && metadata.value("schemaString", OrderedJson()).is_string()
          ? parse_ordered_json(metadata["schemaString"].get<std::string>())
          : OrderedJson();
  if (!schema.is_object()) return internal_error("the table's metadata was not read");
  Change change;
  SLUICE_TRY(change.widen(rows.fields(), table.schema.columns.fields(), schema));
  if (!change.any()) return std::string();
  SLUICE_TRY(check_room(table));
  metadata["schemaString"] = dump_json(schema);
  metadata["configuration"]["delta.enableTypeWidening"] = "true";
  for (const char* optional : {"name", "description"}) {
    if (metadata.contains(optional) && metadata[optional].is_null()) metadata.erase(optional);
  }
  return dump_json(OrderedJson{{"commitInfo", commit_info(table, widening)}}) + "\n" +
         dump_json(
             OrderedJson{{"protocol", widened_protocol(table, change.needs_timestamp_ntz())}}) +
         "\n" + dump_json(OrderedJson{{"metaData", std::move(metadata)}}) + "\n";
}

}  // namespace sluice::lake
