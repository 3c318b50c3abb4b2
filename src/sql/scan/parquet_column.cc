#include "sql/scan/parquet_column.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace sluice::sql {
namespace {

using data::Field;
using data::quote_identifier;
using data::quote_literal;
using data::StoredColumn;
using data::Type;
using data::TypeId;

class ColumnReader {
 public:
  explicit ColumnReader(bool int96) : int96_(int96) {}

  /// The type inside the files.
  Type stored_type(const Type& type, const StoredColumn* stored) const {
    if (stored != nullptr && stored->is_variant) return Type::other("VARIANT");
    std::vector<Field> children;
    for (std::size_t i = 0; i < type.children().size(); ++i) {
      const Field& field = type.children()[i];
      const StoredColumn* below = child(stored, i);
      const bool renamed = below != nullptr && type.id() == TypeId::kStruct;
      children.push_back({renamed ? below->name : field.name, stored_type(field.type, below)});
    }
    switch (type.id()) {
      case TypeId::kStruct:
        return Type::structure(std::move(children));
      case TypeId::kList:
        return Type::list(children[0].type);
      case TypeId::kMap:
        return Type::map(children[0].type, children[1].type);
      case TypeId::kTimestampTz:
        return int96_ ? Type(TypeId::kTimestamp) : type;
      default:
        return type;
    }
  }

  /// `expression` itself where nothing inside is called or meant differently.
  std::string value(const Type& type, const StoredColumn* stored, const std::string& expression) {
    if (stored_type(type, stored) == type) return expression;
    if (stored != nullptr && stored->is_variant) return "sluice_variant_json(" + expression + ")";
    const std::string element = "__e" + std::to_string(++depth_);
    const std::vector<Field>& children = type.children();
    switch (type.id()) {
      case TypeId::kStruct:
        return structure(type, stored, expression);
      case TypeId::kList:
        return "list_transform(" + expression + ", lambda " + element + ": " +
               value(children[0].type, child(stored, 0), element) + ")";
      case TypeId::kMap:
        // struct_pack's names serve the map only.
        return "map_from_entries(list_transform(map_entries(" + expression + "), lambda " +
               element +
               ": struct_pack(k := " + value(children[0].type, child(stored, 0), element + ".key") +
               ", v := " + value(children[1].type, child(stored, 1), element + ".value") + ")))";
      default:
        return "timezone('UTC', " + expression + ")";
    }
  }

 private:
  static const StoredColumn* child(const StoredColumn* stored, std::size_t index) {
    return stored != nullptr && index < stored->children.size() ? &stored->children[index]
                                                                : nullptr;
  }

  std::string structure(const Type& type, const StoredColumn* stored,
                        const std::string& expression) {
    std::string fields;
    for (std::size_t i = 0; i < type.children().size(); ++i) {
      const Field& field = type.children()[i];
      const StoredColumn* below = child(stored, i);
      const std::string member = "struct_extract(" + expression + ", " +
                                 quote_literal(below != nullptr ? below->name : field.name) + ")";
      fields += (fields.empty() ? "" : ", ") + quote_identifier(field.name) +
                " := " + value(field.type, below, member);
    }
    return "CASE WHEN " + expression + " IS NOT NULL THEN struct_pack(" + fields + ") END";
  }

  bool int96_;
  int depth_ = 0;
};

}  // namespace

ParquetColumnRead parquet_column(const Type& type, const StoredColumn* stored,
                                 const std::string& expression, bool int96) {
  ColumnReader reader(int96);
  return {reader.stored_type(type, stored).to_string(), reader.value(type, stored, expression)};
}

bool has_instants(const Type& type) {
  return type.id() == TypeId::kTimestampTz ||
         std::ranges::any_of(type.children(),
                             [](const Field& field) { return has_instants(field.type); });
}

}  // namespace sluice::sql
