#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/type.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// What is done to a value: one per physical layout (data/vector_writer.h) and text form.
enum class Op : std::uint8_t {
  kSkip,  ///< not wanted; only its form is checked
  kBoolean,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kInt128,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kFloat,
  kDouble,
  kDecimal16,
  kDecimal32,
  kDecimal64,
  kDecimal128,
  kText,
  kBlob,
  kJson,
  kUuid,
  kDate,
  kTime,
  kTimestamp,
  kInterval,
  kStruct,
  kList,
  kMap,
};

/// How values of one type are decoded; compiled once per schema, read by the hot loops.
struct ValuePlan {
  Op op = Op::kSkip;
  int width = 0;  ///< of a DECIMAL
  int scale = 0;
  bool zoned = false;               ///< a TIMESTAMPTZ
  std::vector<ValuePlan> children;  ///< STRUCT: fields. LIST: element. MAP: key, value
  std::vector<std::string> names;   ///< of a STRUCT's fields

  /// The field of a STRUCT, or -1. `hint` is tried first: fields mostly come in order.
  int find(std::string_view name, std::size_t hint) const;
};

/// What values are decoded from: only binary formats have intervals.
enum class ValueForm : unsigned char { kText, kBinary };

/// kUser error for a type that the form cannot hold: INTERVAL in text, DuckDB's own types, maps
/// whose keys are neither VARCHAR, an integer nor DATE.
Result<ValuePlan> compile_plan(const data::Type& type, ValueForm form = ValueForm::kText);

}  // namespace sluice::formats
