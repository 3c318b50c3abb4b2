#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time_zone.h"
#include "data/type.h"
#include "data/vector_reader.h"

namespace sluice::formats {

/// How values become JSON. In each way decimals keep all their digits, doubles are as Java writes
/// them ("NaN", "Infinity" and "-Infinity" as texts), bytes are base64 and JSON stays as it is but
/// for the blanks between its words.
enum class JsonForm : unsigned char {
  /// As Spark's to_json: fields of STRUCTs that are NULL are left out, times are
  /// 2024-01-01T00:00:00.000Z (of milliseconds), 0.0000001 is 1E-7. A date or time that is the key
  /// of a map is the number inside: days, microseconds.
  kSpark,
  /// Fields that are NULL stay as null, times are 2024-01-01 00:00:00.123456 with +00 after those
  /// of a zone, decimals are plain.
  kLines,
  /// The same without +00.
  kLinesWithoutOffsets,
};

/// Writes values of one type as JSON. Nothing is allocated a value but the room in `out`, except
/// for maps whose keys are nested. Immutable; any thread may use it.
class JsonWriter {
 public:
  /// `zone`: of TIMESTAMPTZ; outlives this. REQUIRES: has_json(type).
  JsonWriter(const data::Type& type, JsonForm form, const TimeZone& zone);

  /// REQUIRES: `vector` holds values of the type, the row is not NULL.
  void append(std::string& out, const data::VectorReader& vector, std::uint64_t row) const {
    append_value(out, plan_, vector, row);
  }

  /// An object of the fields' values at `row`. REQUIRES: the type is a STRUCT, and `fields` has its
  /// fields.
  void append_object(std::string& out, data::ChunkReader fields, std::uint64_t row) const {
    append_object(out, plan_, fields, row);
  }

 private:
  struct Plan {
    data::Type type;
    std::vector<Plan> children;
    std::vector<std::string> names;  // of a STRUCT's fields: `,"name":`
  };

  static Plan make_plan(const data::Type& type);
  void append_value(std::string& out, const Plan& plan, const data::VectorReader& vector,
                    std::uint64_t row) const;
  void append_nullable(std::string& out, const Plan& plan, const data::VectorReader& vector,
                       std::uint64_t row) const;
  void append_object(std::string& out, const Plan& plan, data::ChunkReader fields,
                     std::uint64_t row) const;
  void append_array(std::string& out, const Plan& plan, const data::VectorReader& vector,
                    std::uint64_t row) const;
  void append_key(std::string& out, const data::VectorReader& keys, const data::Type& type,
                  std::uint64_t row) const;
  void append_map(std::string& out, const Plan& plan, const data::VectorReader& vector,
                  std::uint64_t row) const;
  void append_moment(std::string& out, std::int64_t micros, bool zoned) const;

  Plan plan_;
  JsonForm form_;
  const TimeZone& zone_;
};

/// Whether a JsonWriter takes values of the type: all but those that hold a kOther, unless that is
/// the NULL which nobody gave a type.
bool has_json(const data::Type& type);

}  // namespace sluice::formats
