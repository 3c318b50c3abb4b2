#include "formats/value_plan.h"

namespace sluice::formats {

namespace {

using data::TypeId;

Op decimal_op(int width) {
  if (width <= 4) return Op::kDecimal16;
  if (width <= 9) return Op::kDecimal32;
  return width <= 18 ? Op::kDecimal64 : Op::kDecimal128;
}

// kSkip: no such values.
Op scalar_op(const data::Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return Op::kBoolean;
    case TypeId::kTinyint:
      return Op::kInt8;
    case TypeId::kSmallint:
      return Op::kInt16;
    case TypeId::kInteger:
      return Op::kInt32;
    case TypeId::kBigint:
      return Op::kInt64;
    case TypeId::kHugeint:
      return Op::kInt128;
    case TypeId::kUtinyint:
      return Op::kUint8;
    case TypeId::kUsmallint:
      return Op::kUint16;
    case TypeId::kUinteger:
      return Op::kUint32;
    case TypeId::kUbigint:
      return Op::kUint64;
    case TypeId::kReal:
      return Op::kFloat;
    case TypeId::kDouble:
      return Op::kDouble;
    case TypeId::kDecimal:
      return decimal_op(type.width());
    case TypeId::kVarchar:
      return Op::kText;
    case TypeId::kBlob:
      return Op::kBlob;
    case TypeId::kJson:
      return Op::kJson;
    case TypeId::kUuid:
      return Op::kUuid;
    case TypeId::kDate:
      return Op::kDate;
    case TypeId::kTime:
      return Op::kTime;
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return Op::kTimestamp;
    case TypeId::kInterval:
      return Op::kInterval;
    default:
      return Op::kSkip;
  }
}

bool can_be_key(Op op) {
  return op == Op::kText || op == Op::kDate || (op >= Op::kInt8 && op <= Op::kUint64);
}

}  // namespace

int ValuePlan::find(std::string_view name, std::size_t hint) const {
  if (hint < names.size() && names[hint] == name) return static_cast<int>(hint);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<int>(i);
  }
  return -1;
}

Result<ValuePlan> compile_plan(const data::Type& type, ValueForm form) {
  ValuePlan plan;
  switch (type.id()) {
    case TypeId::kStruct:
      plan.op = Op::kStruct;
      break;
    case TypeId::kList:
      plan.op = Op::kList;
      break;
    case TypeId::kMap:
      plan.op = Op::kMap;
      break;
    default:
      plan.op = scalar_op(type);
      break;
  }
  if (plan.op == Op::kInterval && form == ValueForm::kText) plan.op = Op::kSkip;
  if (plan.op == Op::kSkip) {
    return user_error("type " + type.to_string() +
                      " cannot be read from records; declare it VARCHAR and cast it in a view");
  }
  plan.width = type.width();
  plan.scale = type.scale();
  plan.zoned = type.id() == TypeId::kTimestampTz;
  for (const data::Field& field : type.children()) {
    SLUICE_ASSIGN(ValuePlan child, compile_plan(field.type, form));
    plan.children.push_back(std::move(child));
    if (plan.op == Op::kStruct) plan.names.push_back(field.name);
  }
  if (plan.op == Op::kMap && !can_be_key(plan.children[0].op)) {
    return user_error("type " + type.to_string() +
                      ": keys of a map are VARCHAR, an integer or DATE");
  }
  return plan;
}

}  // namespace sluice::formats
