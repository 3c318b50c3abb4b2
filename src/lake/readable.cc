#include "lake/readable.h"

#include <algorithm>
#include <string_view>

#include "io/file_system.h"
#include "lake/uri.h"

namespace sluice::lake {
namespace {

/// What the reader of this program does, or does not have to mind.
constexpr std::string_view kKnownFeatures[] = {
    "columnMapping",
    "deletionVectors",
    "timestampNtz",
    "typeWidening",
    "typeWidening-preview",
    "v2Checkpoint",
    "vacuumProtocolCheck",
    "variantType",
    "variantType-preview",
    "variantShredding",
    "variantShredding-preview",
};

/// Readers of version 1 know no features, of version 2 column mapping, of version 3 those listed.
constexpr int kReaderVersionMax = 3;

/// The first type inside `type` that sluice lacks; null: none.
const data::Type* unknown_type(const data::Type& type) {
  if (type.id() == data::TypeId::kOther) return &type;
  for (const data::Field& field : type.children()) {
    if (const data::Type* found = unknown_type(field.type)) return found;
  }
  return nullptr;
}

void forget_ids(std::vector<data::StoredColumn>& columns) {
  for (data::StoredColumn& column : columns) {
    column.field_id = -1;
    forget_ids(column.children);
  }
}

bool has_variant(const std::vector<data::StoredColumn>& columns) {
  return std::ranges::any_of(columns, [](const data::StoredColumn& column) {
    return column.is_variant || has_variant(column.children);
  });
}

}  // namespace

std::string mapping_mode(const TableState& state) {
  const auto mode = state.configuration.find("delta.columnMapping.mode");
  return mode == state.configuration.end() ? "none" : mode->second;
}

Status check_readable(const TableState& state) {
  if (state.min_reader_version > kReaderVersionMax) {
    return user_error("E_UNKNOWN_FEATURE: the Delta table asks for reader version " +
                      std::to_string(state.min_reader_version) + ", sluice knows up to " +
                      std::to_string(kReaderVersionMax));
  }
  for (const std::string& feature : state.reader_features) {
    if (std::ranges::find(kKnownFeatures, feature) != std::end(kKnownFeatures)) continue;
    return user_error("E_UNKNOWN_FEATURE: the Delta table has the reader feature " + feature +
                      ", which sluice does not know; drop it with the tool that added it");
  }
  const std::string mode = mapping_mode(state);
  if (mode != "none" && mode != "name" && mode != "id") {
    return user_error("E_UNKNOWN_FEATURE: the Delta table has the column mapping mode " + mode +
                      "; sluice knows name and id");
  }
  for (const data::Field& column : state.schema.columns.fields()) {
    const data::Type* unknown = unknown_type(column.type);
    if (unknown == nullptr) continue;
    return user_error("column " + data::quote_identifier(column.name) + " of the Delta table has " +
                      "the type " + unknown->to_string() + ", which sluice does not know");
  }
  return {};
}

std::vector<data::StoredColumn> written_columns(const TableState& state) {
  return mapping_mode(state) == "none" ? std::vector<data::StoredColumn>() : state.schema.stored;
}

data::Schema logged_columns(const TableState& state) {
  const std::vector<data::StoredColumn> stored = written_columns(state);
  data::Schema columns;
  for (std::size_t i = 0; i < state.schema.columns.size(); ++i) {
    const data::Field& field = state.schema.columns[i];
    columns.add({stored.empty() ? field.name : stored[i].name, field.type});
  }
  return columns;
}

std::vector<std::string> logged_names(const TableState& state, std::vector<std::string> names) {
  const data::Schema logged = logged_columns(state);
  for (std::string& name : names) {
    const int column = state.schema.columns.find(name);
    if (column >= 0) name = logged[static_cast<std::size_t>(column)].name;
  }
  return names;
}

std::vector<data::StoredColumn> stored_columns(const TableState& state) {
  const std::string mode = mapping_mode(state);
  if (mode == "none" && !has_variant(state.schema.stored)) return {};
  std::vector<data::StoredColumn> stored = state.schema.stored;
  if (mode != "id") forget_ids(stored);
  return stored;
}

std::map<std::string, std::optional<std::string>> partition_values_of(
    const TableState& state, const std::map<std::string, std::string>& logged) {
  const std::vector<data::StoredColumn> stored = stored_columns(state);
  std::map<std::string, std::optional<std::string>> values;
  for (const std::string& name : state.partition_by) {
    const int column = state.schema.columns.find(name);
    const bool mapped = column >= 0 && !stored.empty();
    const auto value = logged.find(mapped ? stored[static_cast<std::size_t>(column)].name : name);
    values[name] = value == logged.end() ? std::nullopt : std::optional(value->second);
  }
  return values;
}

std::string data_path(const std::string& folder, const std::string& logged) {
  std::string path = located_path(logged);
  return is_whole_path(path) ? path : io::join_path(folder, path);
}

}  // namespace sluice::lake
