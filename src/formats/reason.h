#pragma once

#include <cstdint>
#include <string>

#include "data/decoder.h"

namespace sluice::formats {

/// Why a record was rejected: data::Reject::reason of every decoder of this folder.
enum class Reason : std::uint16_t {
  kNone,  ///< nothing is wrong

  // The record as a whole.
  kNoValue,
  kEmpty,
  kByteOrderMark,
  kInvalidUtf8,
  kNotJson,
  kNotObject,
  kTruncated,
  kUnclosedString,
  kControlCharacter,
  kBadEscape,
  kBadNumber,
  kBadLiteral,
  kTrailing,
  kTooDeep,
  kTooLarge,
  kTooFewFields,
  kTooManyFields,
  kBadQuotes,
  kSeveralLines,
  kEndsEarly,
  kBytesLeft,
  kBadLength,
  kTooManyElements,
  kBadBranch,
  kBadMagic,
  kUnknownSchema,
  kUnreadableSchema,
  kOtherMessage,
  kNoEnvelope,
  kNoImage,
  kNothingThere,  ///< at `payload`
  kNoElements,    ///< nothing at `each`
  kNotList,       ///< at `each`
  kPlaceTwice,    ///< a field on the way to `payload` or `each`

  // A field: its JSON type is wrong.
  kIsString,
  kIsNumber,
  kIsBoolean,
  kIsObject,
  kIsArray,

  // A field: its value is wrong.
  kDuplicateField,
  kDuplicateMapKey,
  kNotInteger,
  kOutOfRange,
  kBadNumberText,
  kBadBooleanText,
  kBadDate,
  kBadTime,
  kBadTimestamp,
  kBadUuid,
  kBadBase64,
  kBadJsonText,
  kOtherType,
  kMissingField,
  kUnknownSymbol,
  kTooManyDigits,
};

/// Whether the record as a whole is wrong, not one of its fields.
inline bool is_of_record(Reason reason) {
  return reason != Reason::kNone && reason < Reason::kIsString;
}

/// What failed, and in which column (data::Reject::kNoColumn: the record as a whole).
struct Failure {
  Reason reason = Reason::kNone;
  std::uint16_t column = data::Reject::kNoColumn;
};

/// The sentence for the dead letter, with the type of the column where it matters.
std::string reason_text(const data::Reject& reject, const data::Schema& schema);

}  // namespace sluice::formats
