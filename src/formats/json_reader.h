#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/time_zone.h"
#include "data/decoder.h"
#include "formats/json_columns.h"
#include "formats/json_lenient.h"
#include "formats/json_pointer.h"
#include "formats/json_speculation.h"
#include "formats/json_walk.h"
#include "formats/vector_memory.h"

namespace sluice::formats {

/// What the options of the json format come to.
struct JsonRules {
  Rules rules = Rules::kStrict;
  BadField bad_field = BadField::kReject;
  /// Off: every record goes the careful road. For tests and benchmarks.
  bool speculate = true;
  /// The schema's last column takes, as a JSON object, what has no place in the others.
  bool rescue = false;
  /// kValue: the schema's one column takes the record as a whole.
  JsonRoot root = JsonRoot::kObject;
  /// Of a TIMESTAMPTZ whose text names no zone; not owned; null: UTC.
  const TimeZone* zone = nullptr;
  /// Where in the record's text the object is, which may be a text that holds JSON itself; not
  /// owned; null: it is the record.
  const JsonPointer* payload = nullptr;
  bool tombstone_rows = false;  ///< tombstones: rows
};

/// Reads JSON records: on a guess first, carefully at a surprise.
class JsonReader final : public data::RecordReader {
 public:
  /// `plans` has one plan per column of `schema` and outlives the reader.
  JsonReader(const data::Schema& schema, const std::vector<ValuePlan>& plans, JsonRules rules,
             const std::vector<std::size_t>& columns, const std::vector<std::size_t>& checked,
             data::Arena& arena);

  void read(std::span<const data::Payload> payloads, std::size_t first, std::size_t count,
            data::ChunkWriter out, std::vector<std::uint32_t>& kept,
            std::vector<data::Reject>& rejects) override;

 private:
  /// The columns as Decoder::reader gives them, the rescued one among them known by its target.
  struct Wanted {
    const std::vector<std::size_t>& columns;
    std::vector<std::size_t> checked;
    std::uint16_t rescued;
  };

  JsonReader(const data::Schema& schema, const std::vector<ValuePlan>& plans, JsonRules rules,
             const Wanted& wanted, data::Arena& arena);
  static Wanted wanted(const data::Schema& schema, JsonRules rules,
                       const std::vector<std::size_t>& columns,
                       const std::vector<std::size_t>& checked);
  Failure decode(const data::Payload& payload, std::uint64_t row);
  /// From the message to what `payload` points to.
  Reason unwrap(std::string_view& text);
  Failure decode_carefully(std::string_view payload, std::uint64_t row);
  bool is_lone_element(std::string_view payload) const;
  bool guess(std::string_view payload, std::uint64_t row);
  void write_null_row(std::uint64_t row);

  JsonRules rules_;
  data::Arena& arena_;
  std::vector<std::unique_ptr<VectorMemory>> checked_;
  JsonColumns columns_;
  JsonSpeculation speculation_;
  JsonWalk walk_;
  JsonTargets targets_;
  unsigned surprises_ = 0;  // in a row
  unsigned records_ = 0;
  std::string plain_;  // scratch: a lenient record rewritten
};

}  // namespace sluice::formats
