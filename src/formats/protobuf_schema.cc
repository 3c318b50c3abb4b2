#include "formats/protobuf_schema.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include <google/protobuf/any.pb.h>
#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor_database.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/empty.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/wrappers.pb.h>

#include "base/nearest.h"

namespace sluice::formats {
namespace {

namespace proto = google::protobuf;

/// Files in memory. Owns the texts as long as they are read.
class TextTree final : public proto::compiler::SourceTree {
 public:
  TextTree(std::string name, std::string text, const ProtoSchema::Imports& imports)
      : name_(std::move(name)), text_(std::move(text)), imports_(imports) {}

  proto::io::ZeroCopyInputStream* Open(const std::string& name) override {
    if (name == name_) return stream(text_);
    auto found = imports_(name);
    if (!found) {
      error_ = std::move(found).error();
      return nullptr;
    }
    if (!*found) return nullptr;
    return stream(kept_[name] = **std::move(found));
  }
  std::string GetLastErrorMessage() override {
    return error_ ? error_->message() : "there is no such file";
  }

  /// Of reading a file, if any.
  std::optional<Error>& error() { return error_; }

 private:
  static proto::io::ZeroCopyInputStream* stream(const std::string& text) {
    return new proto::io::ArrayInputStream(text.data(), static_cast<int>(text.size()));
  }

  const std::string name_;
  const std::string text_;
  const ProtoSchema::Imports& imports_;
  std::map<std::string, std::string> kept_;
  std::optional<Error> error_;
};

/// What the compiler says, with places.
class Complaints final : public proto::compiler::MultiFileErrorCollector,
                         public proto::DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, int line, int column, const std::string& what) override {
    if (!text_.empty()) return;
    text_ = file;
    if (line >= 0) text_ += ":" + std::to_string(line + 1) + ":" + std::to_string(column + 1);
    text_ += ": " + what;
  }
  void AddError(const std::string& file, const std::string& element, const proto::Message*,
                proto::DescriptorPool::ErrorCollector::ErrorLocation,
                const std::string& what) override {
    if (text_.empty()) text_.append(file).append(": ").append(element).append(": ").append(what);
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void add_well_known(proto::SimpleDescriptorDatabase& database) {
  const proto::FileDescriptor* const files[] = {
      proto::Any::descriptor()->file(),        proto::Duration::descriptor()->file(),
      proto::Empty::descriptor()->file(),      proto::FieldMask::descriptor()->file(),
      proto::Struct::descriptor()->file(),     proto::Timestamp::descriptor()->file(),
      proto::Int64Value::descriptor()->file(), proto::FileDescriptorProto::descriptor()->file()};
  for (const proto::FileDescriptor* const file : files) {
    proto::FileDescriptorProto copy;
    file->CopyTo(&copy);
    database.Add(copy);
  }
}

ProtoKind kind_of(const proto::FieldDescriptor& field) {
  using F = proto::FieldDescriptor;
  switch (field.type()) {
    case F::TYPE_DOUBLE:
      return ProtoKind::kDouble;
    case F::TYPE_FLOAT:
      return ProtoKind::kFloat;
    case F::TYPE_INT64:
      return ProtoKind::kInt64;
    case F::TYPE_UINT64:
      return ProtoKind::kUint64;
    case F::TYPE_INT32:
      return ProtoKind::kInt32;
    case F::TYPE_FIXED64:
      return ProtoKind::kFixed64;
    case F::TYPE_FIXED32:
      return ProtoKind::kFixed32;
    case F::TYPE_BOOL:
      return ProtoKind::kBool;
    case F::TYPE_STRING:
      return ProtoKind::kString;
    case F::TYPE_BYTES:
      return ProtoKind::kBytes;
    case F::TYPE_UINT32:
      return ProtoKind::kUint32;
    case F::TYPE_ENUM:
      return ProtoKind::kEnum;
    case F::TYPE_SFIXED32:
      return ProtoKind::kSfixed32;
    case F::TYPE_SFIXED64:
      return ProtoKind::kSfixed64;
    case F::TYPE_SINT32:
      return ProtoKind::kSint32;
    case F::TYPE_SINT64:
      return ProtoKind::kSint64;
    default:
      return ProtoKind::kMessage;
  }
}

std::string default_of(const proto::FieldDescriptor& field) {
  using F = proto::FieldDescriptor;
  switch (field.cpp_type()) {
    case F::CPPTYPE_INT32:
      return std::to_string(field.default_value_int32());
    case F::CPPTYPE_INT64:
      return std::to_string(field.default_value_int64());
    case F::CPPTYPE_UINT32:
      return std::to_string(field.default_value_uint32());
    case F::CPPTYPE_UINT64:
      return std::to_string(field.default_value_uint64());
    case F::CPPTYPE_DOUBLE:
    case F::CPPTYPE_FLOAT: {
      char text[40];
      const bool is_float = field.cpp_type() == F::CPPTYPE_FLOAT;
      std::snprintf(text, sizeof text, "%.17g",
                    is_float ? double{field.default_value_float()} : field.default_value_double());
      return text;
    }
    case F::CPPTYPE_BOOL:
      return field.default_value_bool() ? "1" : "0";
    case F::CPPTYPE_ENUM:
      return std::to_string(field.default_value_enum()->number());
    default:
      return field.default_value_string();
  }
}

ProtoWellKnown well_known(const proto::Descriptor& message) {
  const std::string& name = message.full_name();
  if (name == "google.protobuf.Timestamp") return ProtoWellKnown::kTimestamp;
  if (name == "google.protobuf.Duration") return ProtoWellKnown::kDuration;
  const bool is_wrapper = message.file()->name() == "google/protobuf/wrappers.proto";
  return is_wrapper ? ProtoWellKnown::kWrapper : ProtoWellKnown::kNone;
}

}  // namespace

/// Copies what descriptors say; the library is not needed after that.
class ProtoSchemaReader {
 public:
  ProtoSchema read(const proto::FileDescriptor& file) {
    for (int i = 0; i < file.message_type_count(); ++i) add_own(*file.message_type(i));
    std::set<std::string> seen;
    add_imports(file, seen);
    return std::move(schema_);
  }

 private:
  // NOLINTNEXTLINE(misc-no-recursion): as deep as the file nests them.
  void add_own(const proto::Descriptor& message) {
    if (message.options().map_entry()) return;
    schema_.own_.push_back(add(message));
    for (int i = 0; i < message.nested_type_count(); ++i) add_own(*message.nested_type(i));
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  void add_imports(const proto::FileDescriptor& file, std::set<std::string>& seen) {
    for (int i = 0; i < file.dependency_count(); ++i) {
      const proto::FileDescriptor& used = *file.dependency(i);
      if (!seen.insert(used.name()).second || used.name().starts_with("google/protobuf/")) continue;
      schema_.imported_.push_back(used.name());
      add_imports(used, seen);
    }
  }

  // NOLINTNEXTLINE(misc-no-recursion): each message once.
  ProtoMessageId add(const proto::Descriptor& message) {
    const auto [at, added] =
        ids_.emplace(&message, static_cast<ProtoMessageId>(schema_.messages_.size()));
    if (!added) return at->second;
    const ProtoMessageId id = at->second;
    ProtoMessage made;
    made.name = message.full_name();
    made.well_known = well_known(message);
    for (const proto::Descriptor* one = &message; one != nullptr; one = one->containing_type()) {
      made.path.insert(made.path.begin(), one->index());
    }
    schema_.messages_.push_back(std::move(made));
    std::vector<ProtoField> fields;
    for (int i = 0; i < message.field_count(); ++i) fields.push_back(field(*message.field(i)));
    schema_.messages_[id].fields = std::move(fields);
    return id;
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  ProtoField field(const proto::FieldDescriptor& from) {
    ProtoField to;
    to.name = from.name();
    to.number = from.number();
    to.kind = kind_of(from);
    to.is_repeated = from.is_repeated();
    to.is_map = from.is_map();
    to.is_packed = from.is_packed();
    to.is_group = from.type() == proto::FieldDescriptor::TYPE_GROUP;
    to.is_required = from.is_required();
    to.has_presence = from.has_presence();
    if (from.real_containing_oneof() != nullptr) to.oneof = from.real_containing_oneof()->index();
    if (to.kind == ProtoKind::kMessage) {
      to.message = add(*from.message_type());
      return to;
    }
    if (to.kind == ProtoKind::kEnum) {
      const proto::EnumDescriptor& symbols = *from.enum_type();
      to.is_open_enum = symbols.file()->syntax() == proto::FileDescriptor::SYNTAX_PROTO3;
      for (int i = 0; i < symbols.value_count(); ++i) {
        to.symbols.emplace(symbols.value(i)->number(), symbols.value(i)->name());
        to.numbers.emplace(symbols.value(i)->name(), symbols.value(i)->number());
      }
    }
    const bool of_entry = from.containing_type()->options().map_entry();
    if (!to.is_repeated && (!to.has_presence || of_entry || from.has_default_value())) {
      to.default_text = default_of(from);
    }
    return to;
  }

  ProtoSchema schema_;
  std::map<const proto::Descriptor*, ProtoMessageId> ids_;
};

Result<ProtoSchema> ProtoSchema::parse(const std::string& name, const std::string& text,
                                       const Imports& imports) {
  TextTree tree(name, text, imports);
  Complaints complaints;
  proto::SimpleDescriptorDatabase known;
  add_well_known(known);
  proto::compiler::SourceTreeDescriptorDatabase files(&tree, &known);
  files.RecordErrorsTo(&complaints);
  proto::DescriptorPool pool(&files, files.GetValidationErrorCollector());
  pool.EnforceWeakDependencies(true);
  const proto::FileDescriptor* const file = pool.FindFileByName(name);
  if (file == nullptr) {
    if (tree.error() && tree.error()->kind() != Kind::kUser) return *std::move(tree.error());
    return user_error(complaints.text().empty() ? name + ": it cannot be read as a .proto file"
                                                : complaints.text());
  }
  return ProtoSchemaReader().read(*file);
}

Result<ProtoSchema> ProtoSchema::from_descriptor_set(std::string_view bytes) {
  proto::FileDescriptorSet set;
  if (!set.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || set.file_size() == 0) {
    return user_error("it is no descriptor set; write it by protoc --include_imports -o FILE");
  }
  proto::SimpleDescriptorDatabase known;
  for (const proto::FileDescriptorProto& file : set.file()) known.Add(file);
  add_well_known(known);
  Complaints complaints;
  proto::DescriptorPool pool(&known, &complaints);
  const proto::FileDescriptor* const file =
      pool.FindFileByName(set.file(set.file_size() - 1).name());
  if (file == nullptr) {
    return user_error("the descriptor set cannot be used: " + complaints.text() +
                      "; write it by protoc --include_imports -o FILE");
  }
  return ProtoSchemaReader().read(*file);
}

Result<ProtoMessageId> ProtoSchema::find(const std::string& name) const {
  if (own_.empty()) return user_error("the file has no message");
  if (name.empty()) return own_[0];
  std::vector<ProtoMessageId> found;
  std::vector<std::string> names;
  for (const ProtoMessageId id : own_) {
    const std::string& full = messages_[id].name;
    names.push_back(full);
    if (full == name) return id;
    if (full.ends_with("." + name)) found.push_back(id);
  }
  if (found.size() == 1) return found[0];
  std::string list;
  for (const std::string& one : names) list += (list.empty() ? "" : ", ") + one;
  return user_error((found.empty() ? "there is no message '" : "there is more than one message '") +
                    name + "'" + did_you_mean(name, names) + "; there are: " + list);
}

namespace {

using data::Type;
using data::TypeId;

class ProtoColumnTypes {
 public:
  explicit ProtoColumnTypes(const ProtoSchema& schema) : schema_(schema) {}

  // NOLINTNEXTLINE(misc-no-recursion): a message inside itself is refused.
  Result<std::vector<data::Field>> fields(ProtoMessageId id) {
    const ProtoMessage& message = schema_.at(id);
    if (!inside_.insert(id).second) {
      return user_error("the message '" + message.name +
                        "' holds itself, and a column cannot: name the columns that you need in "
                        "'schema', without that field or as BLOB");
    }
    if (message.fields.empty()) {
      return user_error("the message '" + message.name + "' has no fields, and a STRUCT needs one");
    }
    std::vector<data::Field> fields;
    for (const ProtoField& field : message.fields) {
      auto type = of(field);
      if (!type) return user_error(field.name + ": " + type.error().message());
      fields.push_back({field.name, *std::move(type)});
    }
    inside_.erase(id);
    return fields;
  }

 private:
  // NOLINTNEXTLINE(misc-no-recursion)
  Result<Type> of(const ProtoField& field) {
    if (field.is_group) {
      return user_error(
          "it is a group, which only proto2 has, and which is not read; name the columns "
          "that you need in 'schema', without it");
    }
    if (++fields_ > kFieldsMax) {
      return user_error(
          "the message has more than " + std::to_string(kFieldsMax) +
          " fields, those of its messages included; name the columns that you need in "
          "'schema'");
    }
    if (field.is_map) {
      const std::vector<ProtoField>& entry = schema_.at(field.message).fields;
      SLUICE_ASSIGN(Type key, one(entry[0]));
      if (key.id() == TypeId::kBoolean) {
        return user_error(
            "keys of a map are VARCHAR or an integer, not BOOLEAN; name the columns "
            "that you need in 'schema'");
      }
      if (key.id() == TypeId::kDecimal) key = TypeId::kUbigint;
      SLUICE_ASSIGN(Type value, one(entry[1]));
      return Type::map(std::move(key), std::move(value));
    }
    SLUICE_ASSIGN(Type type, one(field));
    return field.is_repeated ? Type::list(std::move(type)) : type;
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Result<Type> one(const ProtoField& field) {
    switch (field.kind) {
      case ProtoKind::kDouble:
        return Type(TypeId::kDouble);
      case ProtoKind::kFloat:
        return Type(TypeId::kReal);
      case ProtoKind::kInt32:
      case ProtoKind::kSint32:
      case ProtoKind::kSfixed32:
        return Type(TypeId::kInteger);
      case ProtoKind::kInt64:
      case ProtoKind::kSint64:
      case ProtoKind::kSfixed64:
      case ProtoKind::kUint32:
      case ProtoKind::kFixed32:
        return Type(TypeId::kBigint);
      case ProtoKind::kUint64:
      case ProtoKind::kFixed64:
        return Type::decimal(20, 0);
      case ProtoKind::kBool:
        return Type(TypeId::kBoolean);
      case ProtoKind::kBytes:
        return Type(TypeId::kBlob);
      case ProtoKind::kString:
      case ProtoKind::kEnum:
        return Type(TypeId::kVarchar);
      case ProtoKind::kMessage:
        break;
    }
    const ProtoMessage& message = schema_.at(field.message);
    switch (message.well_known) {
      case ProtoWellKnown::kTimestamp:
        return Type(TypeId::kTimestampTz);
      case ProtoWellKnown::kDuration:
        return Type(TypeId::kInterval);
      case ProtoWellKnown::kWrapper:
        return one(message.fields[0]);
      case ProtoWellKnown::kNone:
        break;
    }
    SLUICE_ASSIGN(std::vector<data::Field> inner, fields(field.message));
    return Type::structure(std::move(inner));
  }

  static constexpr int kFieldsMax = 10'000;

  const ProtoSchema& schema_;
  int fields_ = 0;
  std::set<ProtoMessageId> inside_;
};

}  // namespace

Result<data::Schema> proto_columns(const ProtoSchema& schema, ProtoMessageId message) {
  SLUICE_ASSIGN(std::vector<data::Field> fields, ProtoColumnTypes(schema).fields(message));
  return data::Schema(std::move(fields));
}

}  // namespace sluice::formats
