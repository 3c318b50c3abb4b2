#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "formats/protobuf_bytes.h"
#include "formats/protobuf_schema.h"
#include "formats/reason.h"
#include "formats/schema_option.h"
#include "sluice/base/result.h"

namespace sluice::formats {

struct ProtoStep;

/// What is done with the fields of one message.
struct ProtoRecord {
  std::vector<ProtoStep> steps;
  std::vector<std::uint16_t> absent;  ///< columns, or children, that no field fills: NULL

  /// The step of a field; -1: nobody asked for it.
  std::int32_t step_of(std::uint32_t number) const {
    if (number < by_number.size()) return by_number[number];
    const auto found = large_numbers.find(number);
    return found == large_numbers.end() ? -1 : found->second;
  }

  std::vector<std::int32_t> by_number;  ///< of small numbers
  std::unordered_map<std::uint32_t, std::int32_t> large_numbers;
};

/// What is done with one field. Compiled once a schema, read by the hot loop.
struct ProtoStep {
  static constexpr std::uint16_t kNoTarget = 0xffff;  ///< met for its oneof's sake alone

  ProtoKind kind = ProtoKind::kInt32;
  ProtoWire wire = ProtoWire::kVarint;  ///< of one value
  ProtoWellKnown well_known = ProtoWellKnown::kNone;
  bool is_repeated = false;
  bool is_map = false;
  bool is_open_enum = false;
  bool is_key = false;            ///< of a map: what does not fit is the map's failure
  Reason misfit = Reason::kNone;  ///< every value of it is one
  std::uint16_t target = 0;       ///< the column, or the STRUCT's child
  std::int32_t oneof = -1;
  std::uint32_t state = 0;          ///< of ProtoWalk's scratch space for a list or map
  const ValuePlan* plan = nullptr;  ///< of a list or map: of its elements
  std::unordered_map<std::int32_t, std::string> symbols{};
  bool has_default = false;
  bool is_always_there = false;  ///< absent is the default, an empty message too: parts of an entry
  std::uint64_t default_bits = 0;  ///< of a number, as on the wire
  std::string default_text{};      ///< of a text
  /// Of a message: its fields; of a map: key and value; of a wrapper: its value (one step).
  std::unique_ptr<ProtoRecord> message{};
};

/// How records of one message type become the columns of a decoder. Immutable.
class ProtoPlan {
 public:
  /// `columns` outlive the plan. `message` is the records'. A single field that does not fit is no
  /// error: records with it are rejected.
  static std::shared_ptr<const ProtoPlan> compile(const ProtoSchema& schema, ProtoMessageId message,
                                                  const DecodedColumns& columns);

  const ProtoRecord& root() const { return root_; }
  std::size_t states() const { return states_; }
  /// What cannot be decoded, in words; "": nothing.
  const std::string& complaint() const { return complaint_; }

 private:
  friend class ProtoCompiler;

  ProtoRecord root_;
  std::size_t states_ = 0;
  std::string complaint_;
};

}  // namespace sluice::formats
