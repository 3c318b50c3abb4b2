#include "formats/reason.h"

namespace sluice::formats {

namespace {

/// Of formats with a schema of their own.
const char* binary_text(Reason reason) {
  switch (reason) {
    case Reason::kEndsEarly:
      return "record ends in the middle of a value";
    case Reason::kBytesLeft:
      return "record has bytes left after its last value";
    case Reason::kBadLength:
      return "record has a number or a length that cannot be";
    case Reason::kTooManyElements:
      return "record has a list of too many elements";
    case Reason::kBadBranch:
      return "record names a branch of a union that its schema does not have";
    case Reason::kBadMagic:
      return "record does not begin with a 0 byte and the number of a schema";
    case Reason::kUnknownSchema:
      return "record names a schema that the registry does not know";
    case Reason::kUnreadableSchema:
      return "record names a schema that cannot be used; the log says why";
    case Reason::kOtherMessage:
      return "record is of another message type of its schema";
    case Reason::kNoEnvelope:
      return "record is no envelope of Debezium: it has no 'op'";
    case Reason::kNoImage:
      return "change has no row: it is a truncate, or has not the row that 'image' asks for";
    default:
      return nullptr;
  }
}

/// Of records inside messages.
const char* place_text(Reason reason) {
  switch (reason) {
    case Reason::kNothingThere:
      return "record has no field where 'payload' points";
    case Reason::kNoElements:
      return "message has no list where 'each' points";
    case Reason::kNotList:
      return "what 'each' points to is not a list";
    case Reason::kPlaceTwice:
      return "a field that 'payload' or 'each' goes through is in the message twice";
    default:
      return nullptr;
  }
}

std::string record_text(Reason reason, const data::Schema& schema) {
  if (const char* const text = binary_text(reason)) return text;
  if (const char* const text = place_text(reason)) return text;
  switch (reason) {
    case Reason::kNoValue:
      return "record has no value (a Kafka tombstone)";
    case Reason::kEmpty:
      return "record is empty";
    case Reason::kByteOrderMark:
      return "record starts with a byte order mark; write it as plain UTF-8";
    case Reason::kInvalidUtf8:
      return "record is not valid UTF-8";
    case Reason::kNotObject:
      return "record is not a JSON object";
    case Reason::kTruncated:
      return "record is not valid JSON: it ends inside an object or a list";
    case Reason::kUnclosedString:
      return "record is not valid JSON: unclosed string";
    case Reason::kControlCharacter:
      return "record is not valid JSON: raw control character in a string; write it as \\u00XX";
    case Reason::kBadEscape:
      return "record is not valid JSON: bad escape or lone surrogate in a string";
    case Reason::kBadNumber:
      return "record is not valid JSON: malformed number";
    case Reason::kBadLiteral:
      return "record is not valid JSON: a value is neither text, number, true, false nor null";
    case Reason::kTrailing:
      return "record is not valid JSON: text after the object";
    case Reason::kTooDeep:
      return "record is nested too deeply";
    case Reason::kTooLarge:
      return "record is too large";
    case Reason::kTooFewFields:
      return "record has too few fields for the schema's " + std::to_string(schema.size()) +
             " columns";
    case Reason::kTooManyFields:
      return "record has too many fields for the schema's " + std::to_string(schema.size()) +
             " columns";
    case Reason::kBadQuotes:
      return "record is not valid CSV: unclosed quote, or text after a closing quote";
    case Reason::kSeveralLines:
      return "record contains a line end outside quotes: a message is one record";
    default:
      return "record is not valid JSON";
  }
}

std::string field_text(Reason reason, const std::string& type) {
  switch (reason) {
    case Reason::kIsString:
      return "field is a string, not " + type;
    case Reason::kIsNumber:
      return "field is a number, not " + type;
    case Reason::kIsBoolean:
      return "field is a boolean, not " + type;
    case Reason::kIsObject:
      return "field is an object, not " + type;
    case Reason::kIsArray:
      return "field is a list, not " + type;
    case Reason::kDuplicateField:
      return "field is in the record twice";
    case Reason::kDuplicateMapKey:
      return "a key is in the map twice";
    case Reason::kNotInteger:
      return "number has a fraction or an exponent, which does not fit " + type;
    case Reason::kOutOfRange:
      return "number does not fit " + type;
    case Reason::kBadNumberText:
      return "text is not a number for " + type;
    case Reason::kBadBooleanText:
      return "text is neither true nor false";
    case Reason::kBadDate:
      return "text is not a date (YYYY-MM-DD)";
    case Reason::kBadTime:
      return "text is not a time (HH:MM:SS, with a fraction of up to 9 digits)";
    case Reason::kBadTimestamp:
      return "text is not a timestamp (YYYY-MM-DDTHH:MM:SS, with fraction and offset if need be)";
    case Reason::kBadUuid:
      return "text is not a UUID";
    case Reason::kBadBase64:
      return "text is not base64 with padding";
    case Reason::kOtherType:
      return "field has another type in the schema of the record, which does not fit " + type;
    case Reason::kMissingField:
      return "field is not in the schema of the record, and has no default";
    case Reason::kUnknownSymbol:
      return "enum has a symbol that the schema does not know";
    case Reason::kTooManyDigits:
      return "number has more digits after the point than " + type;
    default:
      return "text is not valid JSON";
  }
}

}  // namespace

std::string reason_text(const data::Reject& reject, const data::Schema& schema) {
  const Reason reason{reject.reason};
  if (reason < Reason::kIsString) return record_text(reason, schema);
  std::string type = "its type";
  if (reject.column < schema.size()) {
    const data::Type& column = schema[reject.column].type;
    type = column.children().empty() ? column.to_string() : "its type in " + column.to_string();
  }
  return field_text(reason, type);
}

}  // namespace sluice::formats
