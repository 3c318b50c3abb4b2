#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/config_value.h"
#include "base/time_zone.h"
#include "data/decoder.h"
#include "formats/encoder.h"
#include "formats/json_decoder.h"
#include "formats/number_text.h"
#include "formats/reason.h"
#include "formats/vector_memory.h"

/// For tests of this folder only.
namespace sluice::formats {

/// `a INTEGER, b VARCHAR[]` as a decoder's columns. Aborts when it is not a schema.
inline DecodedColumns columns_from(std::string_view sql) {
  const auto type = data::Type::parse("STRUCT(" + std::string(sql) + ")");
  SLUICE_CHECK(type.has_value());
  DecodedColumns columns;
  for (const data::Field& field : type->children()) {
    columns.schema.add(field);
    auto plan = compile_plan(field.type);
    SLUICE_CHECK(plan.has_value());
    columns.plans.push_back(*std::move(plan));
  }
  return columns;
}

inline std::string shown_number(Int128 value, int scale) {
  const bool negative = value < 0;
  std::string digits;
  for (Uint128 left = negative ? -static_cast<Uint128>(value) : static_cast<Uint128>(value);
       left > 0 || digits.size() <= static_cast<std::size_t>(scale); left /= 10) {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(left % 10)));
  }
  if (scale > 0) digits.insert(digits.size() - static_cast<std::size_t>(scale), ".");
  return (negative ? "-" : "") + digits;
}

inline std::string shown_text(const data::StringSlot& slot) {
  const bool is_inline = slot.bytes <= data::StringSlot::kInlineBytesMax;
  const char* const text = is_inline ? reinterpret_cast<const char*>(&slot) + 4 : slot.pointer;
  SLUICE_CHECK(is_inline || std::memcmp(slot.prefix, text, 4) == 0);
  return "'" + std::string(text, slot.bytes) + "'";
}

inline std::string shown_real(double value) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.17g", value);
  return text;
}

inline std::string shown_scalar(const ValuePlan& plan, const void* values, std::uint64_t row) {
  const auto number = [&]<class T>(T) {
    return shown_number(static_cast<const T*>(values)[row], plan.scale);
  };
  switch (plan.op) {
    case Op::kBoolean:
      return static_cast<const std::uint8_t*>(values)[row] != 0 ? "true" : "false";
    case Op::kInt8:
      return number(std::int8_t{});
    case Op::kUint8:
      return number(std::uint8_t{});
    case Op::kInt16:
    case Op::kDecimal16:
      return number(std::int16_t{});
    case Op::kUint16:
      return number(std::uint16_t{});
    case Op::kInt32:
    case Op::kDate:
    case Op::kDecimal32:
      return number(std::int32_t{});
    case Op::kUint32:
      return number(std::uint32_t{});
    case Op::kUint64:
      return number(std::uint64_t{});
    case Op::kInt128:
    case Op::kUuid:
    case Op::kDecimal128:
      return number(Int128{});
    case Op::kFloat:
      return shown_real(double{static_cast<const float*>(values)[row]});
    case Op::kDouble:
      return shown_real(static_cast<const double*>(values)[row]);
    case Op::kText:
    case Op::kBlob:
    case Op::kJson:
      return shown_text(static_cast<const data::StringSlot*>(values)[row]);
    default:
      return number(std::int64_t{});
  }
}

/// The value of a row as SQL would show it; texts in single quotes, times as microseconds.
inline std::string shown(const ValuePlan& plan, const data::VectorWriter& vector,
                         std::uint64_t row) {
  if (vector.validity != nullptr && (vector.validity[row / 64] >> (row % 64) & 1) == 0) {
    return "NULL";
  }
  std::string text;
  if (plan.op == Op::kStruct) {
    for (std::size_t i = 0; i < plan.children.size(); ++i) {
      text += (text.empty() ? "" : ", ") + plan.names[i] + ": " +
              shown(plan.children[i], vector.children[i], row);
    }
    return "{" + text + "}";
  }
  if (plan.op != Op::kList && plan.op != Op::kMap) return shown_scalar(plan, vector.values, row);
  const auto& slot = static_cast<const data::ListSlot*>(vector.values)[row];
  SLUICE_CHECK(slot.offset + slot.length <= vector.list_elements);
  for (std::uint64_t i = slot.offset; i < slot.offset + slot.length; ++i) {
    const data::VectorWriter& child = vector.children[0];
    text += text.empty() ? "" : ", ";
    text += plan.op == Op::kList ? shown(plan.children[0], child, i)
                                 : shown(plan.children[0], child.children[0], i) + ": " +
                                       shown(plan.children[1], child.children[1], i);
  }
  return plan.op == Op::kList ? "[" + text + "]" : "{" + text + "}";
}

/// What a reader made of some records.
struct Decoded {
  std::vector<std::string> rows;  ///< "1 | 'x' | NULL"
  std::vector<std::string>
      rejects;  ///< "0 a: field is a string, not INTEGER"; a record's: "0: ..."

  bool operator==(const Decoded&) const = default;
};

/// Decodes records in chunks, each copied to memory of exactly its size, so that a read after its
/// end shows under AddressSanitizer. `wanted` empty: all columns. `checked`: for errors only.
inline Decoded decode_all(const data::Decoder& decoder, const std::vector<ValuePlan>& plans,
                          std::span<const std::string> records,
                          std::vector<std::size_t> wanted = {},
                          const std::vector<std::size_t>& checked = {}) {
  if (wanted.empty()) {
    for (std::size_t i = 0; i < plans.size(); ++i) wanted.push_back(i);
  }
  std::vector<std::unique_ptr<char[]>> bytes;
  std::vector<data::Payload> payloads;
  for (const std::string& record : records) {
    bytes.push_back(std::make_unique_for_overwrite<char[]>(record.size()));
    std::copy(record.begin(), record.end(), bytes.back().get());
    payloads.push_back({bytes.back().get(), static_cast<std::uint32_t>(record.size())});
  }
  data::Arena arena;
  const auto reader = decoder.reader(wanted, checked, arena);
  Decoded decoded;
  for (std::size_t first = 0; first < payloads.size(); first += data::kChunkRowsMax) {
    std::vector<std::unique_ptr<VectorMemory>> memory;
    std::vector<data::VectorWriter> chunk;
    for (const std::size_t column : wanted) {
      memory.push_back(std::make_unique<VectorMemory>(plans[column], data::kChunkRowsMax));
      chunk.push_back(memory.back()->vector());
    }
    std::vector<std::uint32_t> kept;
    std::vector<data::Reject> rejects;
    const std::size_t count = std::min(data::kChunkRowsMax, payloads.size() - first);
    reader->read(payloads, first, count, chunk, kept, rejects);
    SLUICE_CHECK(kept.size() + rejects.size() == count);
    for (std::size_t row = 0; row < kept.size(); ++row) {
      std::string text;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        text += (i == 0 ? "" : " | ") + shown(plans[wanted[i]], chunk[i], row);
      }
      decoded.rows.push_back(text);
    }
    for (const data::Reject& reject : rejects) {
      const bool has_column = reject.column != data::Reject::kNoColumn;
      decoded.rejects.push_back(std::to_string(reject.row) +
                                (has_column ? " " + decoder.schema()[reject.column].name : "") +
                                ": " + decoder.reason_text(reject));
    }
  }
  return decoded;
}

/// The same for JSON by rules.
inline Decoded decode_json(std::string_view schema, std::span<const std::string> records,
                           JsonRules rules = {}) {
  DecodedColumns columns = columns_from(schema);
  const std::vector<ValuePlan> plans = columns.plans;
  const JsonDecoder decoder(std::move(columns), rules);
  return decode_all(decoder, plans, records);
}

/// One record: its row, or its reject without the number.
inline std::string decode_one(std::string_view schema, std::string record, JsonRules rules = {}) {
  const Decoded decoded = decode_json(schema, std::span(&record, 1), rules);
  return decoded.rows.empty() ? decoded.rejects.at(0).substr(2) : decoded.rows.at(0);
}

/// What a test expects instead of a value that is not found.
inline std::string why(Reason reason) {
  return "reason " + std::to_string(static_cast<int>(reason));
}

/// As if it were quoted in a pipeline file.
inline ConfigValue text(const std::string& value, int line = 1) {
  return ConfigValue::scalar(value, true, {"p.yaml", line, 5});
}

/// Central European time, without the summers.
inline TimeZone berlin() { return TimeZone("Europe/Berlin", 3600, {}); }

/// A JSON record, decoded by `columns`, as `encoder` writes it; or why it does not decode.
inline std::string encode_record(const Encoder& encoder, DecodedColumns columns,
                                 std::string record) {
  const std::vector<ValuePlan> plans = columns.plans;
  const JsonDecoder decoder(std::move(columns), {});
  std::vector<std::size_t> wanted;
  data::Arena arena;
  std::vector<std::unique_ptr<VectorMemory>> memory;
  std::vector<data::VectorWriter> chunk;
  for (const ValuePlan& plan : plans) {
    wanted.push_back(wanted.size());
    chunk.push_back(memory.emplace_back(std::make_unique<VectorMemory>(plan, 1))->vector());
  }
  const data::Payload payload{record.data(), static_cast<std::uint32_t>(record.size())};
  std::vector<std::uint32_t> kept;
  std::vector<data::Reject> rejects;
  decoder.reader(wanted, {}, arena)->read({&payload, 1}, 0, 1, chunk, kept, rejects);
  if (kept.empty()) return decoder.reason_text(rejects.at(0));
  const std::vector<data::VectorReader> readers(chunk.begin(), chunk.end());
  std::string text;
  return *encoder.append(readers, 0, text) ? text : "no record";
}

inline constexpr JsonRules kSparkRules{Rules::kSpark, BadField::kSpark};
inline constexpr JsonRules kNullRules{Rules::kStrict, BadField::kNull};

}  // namespace sluice::formats
