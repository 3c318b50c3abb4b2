#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "data/arena.h"
#include "data/vector_writer.h"
#include "formats/avro_bytes.h"
#include "formats/avro_plan.h"
#include "formats/value_text.h"

namespace sluice::formats {

/// Decodes one record after the other into columns, without an object between. One thread.
class AvroWalk {
 public:
  /// `targets`: a vector for each column that is wanted, null for others; the caller's. `null_bad`:
  /// a field that does not fit becomes NULL.
  AvroWalk(const std::vector<data::VectorWriter*>& targets, data::Arena& arena, bool null_bad)
      : targets_(targets), context_{Rules::kCsv, arena}, null_bad_(null_bad) {}

  /// Writes the record to row `row`. After a failure what the row holds means nothing.
  Failure decode(const AvroPlan& plan, std::string_view record, std::uint64_t row);

  /// `op` and `ts_ms` of an envelope, as far as it can be read.
  void read_change(const AvroPlan& plan, std::string_view record, std::string_view& op,
                   std::optional<std::int64_t>& ts_ms);

 private:
  Reason read(const AvroStep& step, data::VectorWriter& out, std::uint64_t row);
  Reason read_value(const AvroStep& step, data::VectorWriter& out, std::uint64_t row);
  Reason read_columns(const AvroStep& step, std::uint64_t row);
  Reason read_image(const AvroStep& step, std::uint64_t row);
  Reason read_integer(const AvroStep& step, data::VectorWriter& out, std::uint64_t row);
  Reason read_bytes(const AvroStep& step, std::string_view bytes, data::VectorWriter& out,
                    std::uint64_t row);
  Reason read_duration(std::string_view bytes, data::VectorWriter& out, std::uint64_t row);
  Reason read_struct(const AvroStep& step, data::VectorWriter& out, std::uint64_t row);
  Reason read_absent(const AvroStep& step, data::VectorWriter* out, std::uint64_t row);
  Reason read_union(const AvroStep& step, data::VectorWriter& out, std::uint64_t row);
  Reason read_member(const AvroStep& step, std::size_t branch, data::VectorWriter& out,
                     std::uint64_t row);
  Reason read_list(const AvroStep& step, data::VectorWriter& out, std::uint64_t row);
  Reason read_map(const AvroStep& step, data::VectorWriter& out, std::uint64_t row);
  Reason next_block(std::int64_t& count);
  Reason read_length(std::string_view& bytes);
  Reason skip(AvroNodeId node, int depth);
  Reason skip_blocks(const AvroNode& node, int depth);
  Reason long_failure() const;

  const std::vector<data::VectorWriter*>& targets_;
  ValueContext context_;
  const bool null_bad_;
  const AvroSchema* writer_ = nullptr;  // of the record in hand
  const AvroSchema* reader_ = nullptr;  // of its defaults
  std::int64_t steps_ = 0;              // records that were skipped, in the record
  AvroBytes bytes_{{}};
  std::uint16_t column_ = data::Reject::kNoColumn;  // where a field failed
  bool has_image_ = false;                          // of an envelope, in the record
  std::int64_t empty_elements_ = 0;                 // of no bytes, in the record
};

}  // namespace sluice::formats
