#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "formats/avro_schema.h"
#include "formats/json_change.h"
#include "formats/reason.h"
#include "formats/schema_option.h"
#include "sluice/base/result.h"

namespace sluice::formats {

struct AvroStep;

/// A field that the record's schema lacks: its default, as bytes of the reader's schema.
struct AvroDefault {
  std::uint16_t child = 0;  ///< of the STRUCT, or the column
  std::string bytes;
  std::vector<AvroStep> step;  ///< one
};

/// What is done with one value of the writer's schema. Compiled once a schema, read by the hot
/// loop.
struct AvroStep {
  static constexpr std::int32_t kNone = -1;
  static constexpr std::int32_t kSecondImage = -3;  ///< read only where there is no first one
  static constexpr std::int32_t kImage =
      -2;  ///< of an envelope: a row, whose fields are the columns

  AvroNodeId node = 0;  ///< of the writer's schema: how the value is skipped
  AvroKind kind = AvroKind::kNull;
  AvroLogical logical = AvroLogical::kNone;
  /// Every value of it is a misfit: kOtherType, kMissingField. kNone: it is decoded.
  Reason misfit = Reason::kNone;
  const ValuePlan* plan = nullptr;  ///< of the target; null: a record of columns (`of_columns`)
  std::size_t size = 0;             ///< of a fixed
  int scale = 0;                    ///< of a decimal
  /// Record: its fields. Union: its branches. Array and map: the element.
  std::vector<AvroStep> children{};
  /// Record: per field the STRUCT's child, or the column; kNone: skipped. Union that becomes a
  /// STRUCT of members: per branch the member.
  std::vector<std::int32_t> targets{};
  std::vector<std::uint16_t> absent{};  ///< children that become NULL
  std::vector<AvroDefault> defaults{};
  std::vector<std::string> symbols{};  ///< of an enum, as the reader has them; "": unknown
  bool of_columns = false;             ///< a record whose fields are columns
  bool is_members = false;             ///< a union that becomes a STRUCT of members
};

/// How records of one writer's schema become the columns of a decoder: the specification's schema
/// resolution, worked out once. Immutable.
class AvroPlan {
 public:
  /// What the records' fields are to become; outlives the plan.
  struct Target {
    const DecodedColumns& columns;
    /// The reader's schema, of which the columns were made (avro_columns): its aliases, defaults
    /// and enums count, and only its promotions are done. Null: columns that somebody has declared:
    /// fields go by name, what is missing is NULL, and texts are read as the column's type.
    const AvroSchema* reader = nullptr;
    /// The records are Debezium's envelopes: the columns are fields of its `after`, `before` or,
    /// kRow, of `after` where there is one. Null: they are not.
    std::optional<RowImage> image{};
  };

  /// kUser: the two have nothing to do with each other (an envelope without `after`, say). A single
  /// field that does not fit is no error: records with it are rejected.
  static Result<std::shared_ptr<const AvroPlan>> compile(AvroSchema writer, const Target& target);

  const AvroSchema& writer() const { return writer_; }
  const AvroStep& root() const { return root_; }
  bool is_envelope() const { return is_envelope_; }
  /// By whose nodes defaults are decoded; null: there are none.
  const AvroSchema* reader() const { return reader_; }
  /// What cannot be decoded, in words; "": nothing. For one line in the log.
  const std::string& complaint() const { return complaint_; }
  /// That is so of every record: it is no branch of a union.
  bool never_fits() const { return never_fits_; }

 private:
  friend class AvroCompiler;
  explicit AvroPlan(AvroSchema writer) : writer_(std::move(writer)) {}

  AvroSchema writer_;
  AvroStep root_;
  const AvroSchema* reader_ = nullptr;
  bool is_envelope_ = false;
  bool never_fits_ = false;
  std::string complaint_;
};

/// `json` as a default of `node` in Avro's bytes. kUser: it is none.
Status append_avro_default(const AvroSchema& schema, AvroNodeId node, std::string_view json,
                           std::string& out);

}  // namespace sluice::formats
