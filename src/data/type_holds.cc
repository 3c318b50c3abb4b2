#include "data/type_holds.h"

#include <algorithm>

namespace sluice::data {
namespace {

/// TINYINT 1 to BIGINT 4; 0: no such type.
int integer_rank(TypeId id) {
  switch (id) {
    case TypeId::kTinyint:
      return 1;
    case TypeId::kSmallint:
      return 2;
    case TypeId::kInteger:
      return 3;
    case TypeId::kBigint:
      return 4;
    default:
      return 0;
  }
}

bool decimal_holds(const Type& to, const Type& from) {
  if (from.id() == TypeId::kDecimal) {
    return to.scale() >= from.scale() && to.width() - to.scale() >= from.width() - from.scale();
  }
  // The digits that Delta asks for: one more than a BIGINT has.
  const int rank = integer_rank(from.id());
  return rank > 0 && to.width() - to.scale() >= (rank == 4 ? 20 : 10);
}

bool structure_holds(const Type& to, const Type& from) {
  return std::ranges::all_of(from.children(), [&to](const Field& field) {
    const auto found = std::ranges::find(to.children(), field.name, &Field::name);
    return found != to.children().end() && type_holds(found->type, field.type);
  });
}

}  // namespace

bool type_holds(const Type& to, const Type& from) {
  if (to == from) return true;
  const int rank = integer_rank(from.id());
  switch (to.id()) {
    case TypeId::kSmallint:
    case TypeId::kInteger:
    case TypeId::kBigint:
      return rank > 0 && rank < integer_rank(to.id());
    case TypeId::kDouble:
      return from.id() == TypeId::kReal || (rank > 0 && rank < 4);
    case TypeId::kDecimal:
      return decimal_holds(to, from);
    case TypeId::kTimestamp:
      return from.id() == TypeId::kDate;
    case TypeId::kVarchar:
      return from.id() == TypeId::kJson;
    case TypeId::kStruct:
      return from.id() == TypeId::kStruct && structure_holds(to, from);
    case TypeId::kList:
    case TypeId::kMap:
      return from.id() == to.id() && std::ranges::equal(to.children(), from.children(), type_holds,
                                                        &Field::type, &Field::type);
    default:
      return false;
  }
}

}  // namespace sluice::data
