#include "connector/batch_table.h"

#include <algorithm>

namespace sluice::connector {
namespace {

using data::Type;
using data::TypeId;

bool holds_other(const Type& type) {
  return type.id() == TypeId::kOther ||
         std::ranges::any_of(type.children(),
                             [](const data::Field& child) { return holds_other(child.type); });
}

}  // namespace

data::Schema chunk_schema(const data::Schema& schema, const ChunkRequest& request) {
  std::vector<data::Field> fields = schema.fields();
  for (data::Field& field : fields) {
    if (!holds_other(field.type)) continue;
    field.type = field.type.id() == TypeId::kOther ? TypeId::kVarchar : TypeId::kJson;
  }
  for (const std::string& name : request.partition_by) {
    const int column = schema.find(name);
    if (column >= 0) fields[static_cast<std::size_t>(column)].type = TypeId::kVarchar;
  }
  std::erase_if(fields, [&request](const data::Field& field) {
    const data::Schema column({field});
    return std::ranges::any_of(request.upsert.leave_out, [&column](const std::string& name) {
      return column.find(name) == 0;
    });
  });
  return data::Schema(std::move(fields));
}

}  // namespace sluice::connector
