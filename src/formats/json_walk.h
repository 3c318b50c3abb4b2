#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "formats/json_columns.h"
#include "formats/json_cursor.h"
#include "formats/json_lenient.h"
#include "formats/json_rescued.h"
#include "formats/value_text.h"

namespace sluice::formats {

/// What becomes of a field that does not fit its type.
enum class BadField : unsigned char {
  kReject,  ///< the record is rejected
  kNull,    ///< the innermost value is NULL: a column, a field of a STRUCT, an element
  kSpark,   ///< as Spark does: a column or a field of a STRUCT is NULL, a LIST as a whole
};

/// Decodes any record, with simdjson's on-demand parser: the definition of what is right. Every
/// byte of the record is checked, wanted or not, and a record broken as a whole is distinguished
/// from one with a bad field. Slower than JsonSpeculation, which leaves to it what is not plainly
/// right.
class JsonWalk {
 public:
  /// `columns` outlives it. `rescues`: the format has a rescued column, wanted here or not; a field
  /// of a column that is there twice then always rejects the record. `root` kValue: the one column
  /// takes the record as a whole, an object or a list.
  JsonWalk(const JsonColumns& columns, ValueContext context, BadField bad_field,
           bool rescues = false, JsonRoot root = JsonRoot::kObject);

  /// Whether texts may refer to the bytes given to decode, or must be copied to the arena because
  /// those bytes go away.
  enum class Texts : unsigned char { kSlices, kCopies };

  /// Decodes to row `row` of the targets. After a failure the row holds nothing of use; it is made
  /// writable again (see clear_row).
  Failure decode(std::string_view payload, Texts texts, const JsonTargets& targets,
                 std::uint64_t row);

  /// Takes back what was written to `row`: NULLs, elements of lists. mark_row must have been called
  /// before anything was written.
  void clear_row(const JsonTargets& targets, std::uint64_t row);
  void mark_row(const JsonTargets& targets);

 private:
  using Value = simdjson::ondemand::value;
  using Object = simdjson::ondemand::object;
  using Array = simdjson::ondemand::array;
  using Field = simdjson::ondemand::field;

  // Where a value goes; `out` null: nowhere.
  struct Place {
    const ValuePlan* plan;
    data::VectorWriter* out;
    std::uint64_t row;
  };

  Failure walk_record(std::string_view payload, const JsonTargets& targets, std::uint64_t row);
  Failure walk_value(const JsonTargets& targets, std::uint64_t row);
  Failure walk_fields(Object& object, const JsonTargets& targets, std::uint64_t row);
  void finish_row(const JsonTargets& targets, std::uint64_t row);
  Reason read_column(int column, Value value, const JsonTargets& targets, std::uint64_t row);
  Reason read(Value value, Place place, int depth);
  Reason read_scalar(Value value, Place place);
  Reason read_string(Value value, std::string_view token, Place place);
  Reason read_raw(Value value, Place place, int depth);
  Reason skip(Value value, int depth);
  Reason skip_object(Value value, int depth);
  Reason skip_array(Value value, int depth);
  Reason read_struct(Value value, Place place, int depth);
  Reason read_list(Value value, Place place, int depth);
  Reason read_map(Value value, Place place, int depth);
  Reason write_key(const ValuePlan& plan, std::string_view key, data::VectorWriter& out,
                   std::uint64_t row);
  Reason key_of(Field& field, std::string_view& key);
  void write_rescued(const JsonTargets& targets, std::uint64_t row);
  std::string_view kept(std::string_view scratch_text);

  const JsonColumns& columns_;
  ValueContext context_;
  BadField bad_field_;
  bool rescues_;
  JsonRoot root_;
  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  std::vector<char> scratch_;  // the record, padded
  std::string_view payload_;   // the same bytes where they may be referred to; or empty
  // Per column: the record it last stood in, and the one it last got a value in.
  std::vector<std::uint64_t> met_;
  std::vector<std::uint64_t> written_;
  std::uint64_t record_ = 0;
  std::vector<std::uint8_t> fields_met_;  // a stack: one flag per field of the STRUCTs being read
  std::vector<std::pair<data::VectorWriter*, std::uint64_t>> list_marks_;
  bool lost_ = false;  // of the field in hand, something has no place in its column
  std::vector<std::pair<const char*, const char*>> lost_fields_;  // in scratch_: key, value
  JsonRescued rescued_;
};

/// The reason for simdjson's error code.
Reason reason_of(simdjson::error_code code);

}  // namespace sluice::formats
