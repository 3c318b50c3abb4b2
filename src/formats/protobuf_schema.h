#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/type.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// The scalar types of a .proto file, and what else a field can be.
enum class ProtoKind : unsigned char {
  kDouble,
  kFloat,
  kInt32,
  kInt64,
  kUint32,
  kUint64,
  kSint32,
  kSint64,
  kFixed32,
  kFixed64,
  kSfixed32,
  kSfixed64,
  kBool,
  kString,
  kBytes,
  kEnum,
  kMessage,
};

/// A message by its place in ProtoSchema::messages: messages may hold themselves.
using ProtoMessageId = std::uint32_t;

struct ProtoField {
  std::string name;
  std::int32_t number = 0;
  ProtoKind kind = ProtoKind::kInt32;
  bool is_repeated = false;
  bool is_map = false;        ///< repeated; `message` has the fields key and value
  bool is_packed = false;     ///< how it is written; both ways are read
  bool is_group = false;      ///< proto2's, which are not read
  bool is_required = false;   ///< proto2
  bool has_presence = false;  ///< absent is not the same as the default
  std::int32_t oneof = -1;    ///< the number of the oneof that it is in; -1: none
  ProtoMessageId message = 0;
  bool is_open_enum = false;  ///< proto3: a number without a name is a value, too
  std::map<std::int32_t, std::string> symbols{};  ///< of an enum: the first name of each number
  std::map<std::string, std::int32_t> numbers{};  ///< all names
  /// What an absent field means: a number or a text, of proto2 what `default` says. Of a field with
  /// presence null, unless proto2 says something.
  std::optional<std::string> default_text{};
};

/// Messages that have a meaning of their own.
enum class ProtoWellKnown : unsigned char { kNone, kTimestamp, kDuration, kWrapper };

struct ProtoMessage {
  std::string name;  ///< with its package
  ProtoWellKnown well_known = ProtoWellKnown::kNone;
  std::vector<ProtoField> fields;
  /// Where it is in its file, as Confluent's wire format says it: the number of the outermost
  /// message, of the one inside that, and so on.
  std::vector<std::int32_t> path;
};

/// The message types of a .proto file and of those that it imports.
class ProtoSchema {
 public:
  /// The text of an imported file by its name; null: there is none.
  using Imports = std::function<Result<std::optional<std::string>>(const std::string& name)>;

  /// Reads `text`, a .proto file of the name `name`. The imports of google/protobuf are known.
  /// kUser: the compiler's words, with line and column.
  static Result<ProtoSchema> parse(const std::string& name, const std::string& text,
                                   const Imports& imports);
  /// A FileDescriptorSet in binary, as `protoc --include_imports -o` writes it, of which the last
  /// file is the one that is meant.
  static Result<ProtoSchema> from_descriptor_set(std::string_view bytes);

  /// The message of that name, with its package or, where that leaves no doubt, without; "": the
  /// file's first. kUser: there is none, with those that there are.
  Result<ProtoMessageId> find(const std::string& name) const;

  const ProtoMessage& at(ProtoMessageId message) const { return messages_[message]; }
  /// Files besides google/protobuf's that it needs.
  const std::vector<std::string>& imported() const { return imported_; }

 private:
  friend class ProtoSchemaReader;
  std::vector<ProtoMessage> messages_;
  std::vector<ProtoMessageId> own_;  ///< of the file itself, outer ones before inner ones
  std::vector<std::string> imported_;
};

/// The columns of a message: a field each, as Spark has them, with INTERVAL of a Duration and the
/// value itself of a wrapper. kUser: a message that holds itself, one without fields, a map whose
/// keys are boolean.
Result<data::Schema> proto_columns(const ProtoSchema& schema, ProtoMessageId message);

}  // namespace sluice::formats
