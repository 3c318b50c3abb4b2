#include "connector/sink.h"

#include <algorithm>
#include <set>

namespace sluice::connector {
namespace {

bool compares(const data::Type& type) {
  switch (type.id()) {
    case data::TypeId::kStruct:
    case data::TypeId::kList:
    case data::TypeId::kMap:
    case data::TypeId::kOther:
      return false;
    default:
      return true;
  }
}

std::string column_list(const data::Schema& schema) {
  std::string list;
  for (const data::Field& field : schema.fields()) list += (list.empty() ? "" : ", ") + field.name;
  return list;
}

Status check_columns(const data::Schema& schema, const std::vector<std::string>& names,
                     const std::string& option) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    const int column = schema.find(name);
    if (column < 0) {
      return user_error(option + " names column " + data::quote_identifier(name) +
                        ", which the rows do not have; they have: " + column_list(schema));
    }
    if (!seen.insert(name).second) {
      return user_error(option + " names column " + data::quote_identifier(name) + " twice");
    }
    const data::Type& type = schema[static_cast<std::size_t>(column)].type;
    if (!compares(type)) {
      return user_error(option + " names column " + data::quote_identifier(name) + ", a " +
                        type.to_string() +
                        ", by which rows cannot be compared; name columns of "
                        "plain types, such as a field of it");
    }
  }
  return {};
}

}  // namespace

std::string_view output_mode_name(OutputMode mode) {
  switch (mode) {
    case OutputMode::kAppend:
      return "append";
    case OutputMode::kUpdate:
      return "update";
    case OutputMode::kComplete:
      return "complete";
    case OutputMode::kUpsert:
      return "upsert";
  }
  return "";
}

std::string_view promise_name(Promise promise) {
  switch (promise) {
    case Promise::kAtomic:
      return "exactly once";
    case Promise::kIdempotentByKey:
      return "exactly once by key";
    case Promise::kAtLeastOnce:
      return "at least once";
  }
  return "";
}

Status check_upsert_key(const data::Schema& schema, const UpsertKey& key) {
  if (key.columns.empty()) return user_error("mode: upsert needs a key: key: [COLUMN, ...]");
  SLUICE_TRY(check_columns(schema, key.columns, "key"));
  return check_columns(schema, key.order_by, "order_by");
}

}  // namespace sluice::connector
