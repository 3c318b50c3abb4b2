#include "data/fixed_width.h"

namespace sluice::data {
namespace {

std::size_t decimal_width(int digits) {
  if (digits <= 4) return 2;
  if (digits <= 9) return 4;
  return digits <= 18 ? 8 : 16;
}

}  // namespace

std::size_t fixed_width(const Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
    case TypeId::kTinyint:
    case TypeId::kUtinyint:
      return 1;
    case TypeId::kSmallint:
    case TypeId::kUsmallint:
      return 2;
    case TypeId::kInteger:
    case TypeId::kUinteger:
    case TypeId::kReal:
    case TypeId::kDate:
      return 4;
    case TypeId::kBigint:
    case TypeId::kUbigint:
    case TypeId::kDouble:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return 8;
    case TypeId::kHugeint:
    case TypeId::kUuid:
    case TypeId::kInterval:
      return 16;
    case TypeId::kDecimal:
      return decimal_width(type.width());
    case TypeId::kVarchar:
    case TypeId::kBlob:
    case TypeId::kJson:
    case TypeId::kStruct:
    case TypeId::kList:
    case TypeId::kMap:
    case TypeId::kOther:
      break;
  }
  return 0;
}

}  // namespace sluice::data
