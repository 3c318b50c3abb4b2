#include "formats/avro_schema.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/json.h"

namespace sluice::formats {
namespace {

// Schemas are people's work: whatever is deeper is an attack or a mistake.
constexpr int kSchemaDepthMax = 64;
constexpr int kSchemaNestingMax = 1000;
// Columns, those inside others included.
constexpr int kSchemaColumnsMax = 10'000;

struct NamedKind {
  std::string_view name;
  AvroKind kind;
};
constexpr NamedKind kPrimitives[] = {
    {"null", AvroKind::kNull},   {"boolean", AvroKind::kBoolean}, {"int", AvroKind::kInt},
    {"long", AvroKind::kLong},   {"float", AvroKind::kFloat},     {"double", AvroKind::kDouble},
    {"bytes", AvroKind::kBytes}, {"string", AvroKind::kString},
};

struct LogicalRule {
  std::string_view name;
  AvroLogical logical;
  AvroKind kind;
};
constexpr LogicalRule kLogicals[] = {
    {"decimal", AvroLogical::kDecimal, AvroKind::kBytes},
    {"decimal", AvroLogical::kDecimal, AvroKind::kFixed},
    {"uuid", AvroLogical::kUuid, AvroKind::kString},
    {"uuid", AvroLogical::kUuid, AvroKind::kFixed},
    {"date", AvroLogical::kDate, AvroKind::kInt},
    {"time-millis", AvroLogical::kTimeMillis, AvroKind::kInt},
    {"time-micros", AvroLogical::kTimeMicros, AvroKind::kLong},
    {"timestamp-millis", AvroLogical::kTimestampMillis, AvroKind::kLong},
    {"timestamp-micros", AvroLogical::kTimestampMicros, AvroKind::kLong},
    {"timestamp-nanos", AvroLogical::kTimestampNanos, AvroKind::kLong},
    {"local-timestamp-millis", AvroLogical::kLocalTimestampMillis, AvroKind::kLong},
    {"local-timestamp-micros", AvroLogical::kLocalTimestampMicros, AvroKind::kLong},
    {"local-timestamp-nanos", AvroLogical::kLocalTimestampNanos, AvroKind::kLong},
    {"duration", AvroLogical::kDuration, AvroKind::kFixed},
};

bool is_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (name.empty() || !letter(name.front())) return false;
  return std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

/// A full name of names with dots between them.
bool is_full_name(std::string_view name) {
  while (true) {
    const std::size_t dot = name.find('.');
    if (!is_name(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

std::string space_of(const std::string& full_name) {
  const std::size_t dot = full_name.rfind('.');
  return dot == std::string::npos ? "" : full_name.substr(0, dot);
}

std::string in_space(const std::string& name, const std::string& space) {
  return space.empty() || name.find('.') != std::string::npos ? name : space + "." + name;
}

/// How deep brackets are inside each other, those in texts included.
int nesting_of(std::string_view text) {
  int depth = 0;
  int most = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') most = std::max(most, ++depth);
    if (c == ']' || c == '}') --depth;
  }
  return most;
}

}  // namespace

/// Reads one schema after the other into the same nodes and names.
class AvroSchemaReader {
 public:
  Status read(std::string_view text) {
    if (nesting_of(text) > kSchemaNestingMax)
      return user_error("the Avro schema is nested too deeply");
    const OrderedJson json = OrderedJson::parse(text, nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded()) return user_error("the Avro schema is not valid JSON");
    SLUICE_ASSIGN(schema_.root_, type(json, "", 0));
    return {};
  }

  AvroSchema take() { return std::move(schema_); }

 private:
  Error error(const std::string& what) const {
    return user_error("the Avro schema is wrong" + (path_.empty() ? "" : " at " + path_) + ": " +
                      what);
  }

  AvroNodeId add(AvroNode node) {
    schema_.nodes_.push_back(std::move(node));
    return static_cast<AvroNodeId>(schema_.nodes_.size() - 1);
  }

  Result<AvroNodeId> type(const OrderedJson& json, const std::string& space, int depth) {
    if (depth > kSchemaDepthMax) return error("it is nested too deeply");
    if (json.is_string()) return named(json.get<std::string>(), space);
    if (json.is_array()) return union_of(json, space, depth);
    if (!json.is_object()) return error("a type is a name, an object or a list of types");
    const auto given = json.find("type");
    if (given == json.end()) return error("an object without 'type' is no type");
    // {"type": {"type": "string", ...}} wraps a type in one more object.
    if (!given->is_string()) return type(*given, space, depth + 1);
    const auto name = given->get<std::string>();
    if (name == "record" || name == "error") return record(json, space, depth);
    if (name == "enum") return enumeration(json, space);
    if (name == "fixed") return fixed(json, space);
    if (name == "array") return container(json, "items", AvroKind::kArray, space, depth);
    if (name == "map") return container(json, "values", AvroKind::kMap, space, depth);
    SLUICE_ASSIGN(const AvroNodeId found, named(name, space));
    if (schema_.nodes_[found].kind > AvroKind::kString) return found;
    AvroNode node;
    node.kind = schema_.nodes_[found].kind;
    add_logical(json, node);
    return add(std::move(node));
  }

  Result<AvroNodeId> named(const std::string& name, const std::string& space) {
    for (const NamedKind& primitive : kPrimitives) {
      if (primitive.name != name) continue;
      AvroNode node;
      node.kind = primitive.kind;
      return add(std::move(node));
    }
    auto found = names_.find(in_space(name, space));
    if (found == names_.end()) found = names_.find(name);
    if (found != names_.end()) return found->second;
    return error("there is no type '" + name +
                 "'; a type must be defined before it is used, here or in a reference");
  }

  Result<AvroNodeId> union_of(const OrderedJson& json, const std::string& space, int depth) {
    AvroNode node;
    node.kind = AvroKind::kUnion;
    std::set<std::string> seen;
    for (const OrderedJson& branch : json) {
      if (branch.is_array()) return error("a union directly inside a union");
      SLUICE_ASSIGN(const AvroNodeId child, type(branch, space, depth + 1));
      const AvroNode& made = schema_.nodes_[child];
      const std::string what =
          made.name.empty() ? std::to_string(static_cast<int>(made.kind)) : made.name;
      if (!seen.insert(what).second) return error("a union holds the same type twice");
      node.children.push_back(child);
    }
    if (node.children.empty()) return error("a union of nothing");
    return add(std::move(node));
  }

  Result<AvroNodeId> container(const OrderedJson& json, const char* key, AvroKind kind,
                               const std::string& space, int depth) {
    const auto element = json.find(key);
    if (element == json.end()) return error(std::string("'") + key + "' is missing");
    AvroNode node;
    node.kind = kind;
    SLUICE_ASSIGN(const AvroNodeId child, type(*element, space, depth + 1));
    node.children.push_back(child);
    return add(std::move(node));
  }

  /// Reads name, namespace and aliases, and makes the name known.
  Result<AvroNodeId> add_named(const OrderedJson& json, AvroKind kind, const std::string& space) {
    const std::string name = text_member(json, "name");
    if (!is_full_name(name)) {
      return error("'" + name + "' is no name; names have letters, digits and _");
    }
    AvroNode node;
    node.kind = kind;
    const bool has_space = json.contains("namespace") && name.find('.') == std::string::npos;
    node.name = in_space(name, has_space ? text_member(json, "namespace") : space);
    for (const std::string& alias : texts(json, "aliases")) {
      node.aliases.push_back(in_space(alias, space_of(node.name)));
    }
    const auto [at, added] =
        names_.emplace(node.name, static_cast<AvroNodeId>(schema_.nodes_.size()));
    if (!added) return error("the type '" + node.name + "' is defined twice");
    add(std::move(node));
    return at->second;
  }

  static std::vector<std::string> texts(const OrderedJson& json, const char* key) {
    std::vector<std::string> result;
    const auto found = json.find(key);
    if (found == json.end() || !found->is_array()) return result;
    for (const OrderedJson& one : *found) {
      if (one.is_string()) result.push_back(one.get<std::string>());
    }
    return result;
  }

  Result<AvroNodeId> record(const OrderedJson& json, const std::string& space, int depth) {
    SLUICE_ASSIGN(const AvroNodeId id, add_named(json, AvroKind::kRecord, space));
    const std::string name = schema_.nodes_[id].name;
    const auto given = json.find("fields");
    if (given == json.end() || !given->is_array()) {
      return error("the record '" + name + "' has no list of 'fields'");
    }
    std::vector<AvroField> fields;
    for (const OrderedJson& one : *given) {
      AvroField field;
      if (one.is_object()) field.name = text_member(one, "name");
      const std::string outer = path_;
      path_ += (path_.empty() ? "" : ".") + field.name;
      if (!is_name(field.name)) return error("a field of '" + name + "' has no proper name");
      if (!one.contains("type")) return error("the field has no type");
      if (std::ranges::find(fields, field.name, &AvroField::name) != fields.end()) {
        return error("the record '" + name + "' has the field twice");
      }
      field.aliases = texts(one, "aliases");
      if (const auto value = one.find("default"); value != one.end()) {
        field.default_json = value->dump();
      }
      SLUICE_ASSIGN(field.node, type(with_logical(one), space_of(name), depth + 1));
      path_ = outer;
      fields.push_back(std::move(field));
    }
    schema_.nodes_[id].fields = std::move(fields);
    return id;
  }

  /// {"name": "day", "type": "int", "logicalType": "date"}: the specification has the logical
  /// type inside the type, and many write it so.
  static OrderedJson with_logical(const OrderedJson& field) {
    const auto given = field.find("type");
    if (!given->is_string() || !field.contains("logicalType")) return *given;
    OrderedJson type = field;
    for (const char* key : {"name", "default", "aliases", "doc", "order"}) type.erase(key);
    return type;
  }

  Result<AvroNodeId> enumeration(const OrderedJson& json, const std::string& space) {
    SLUICE_ASSIGN(const AvroNodeId id, add_named(json, AvroKind::kEnum, space));
    AvroNode& node = schema_.nodes_[id];
    node.symbols = texts(json, "symbols");
    if (node.symbols.empty()) return error("the enum '" + node.name + "' has no symbols");
    if (std::set<std::string>(node.symbols.begin(), node.symbols.end()).size() !=
        node.symbols.size()) {
      return error("the enum '" + node.name + "' has a symbol twice");
    }
    if (json.contains("default")) {
      node.default_symbol = text_member(json, "default");
      if (std::ranges::find(node.symbols, *node.default_symbol) == node.symbols.end()) {
        return error("the default of the enum '" + node.name + "' is none of its symbols");
      }
    }
    return id;
  }

  Result<AvroNodeId> fixed(const OrderedJson& json, const std::string& space) {
    SLUICE_ASSIGN(const AvroNodeId id, add_named(json, AvroKind::kFixed, space));
    AvroNode& node = schema_.nodes_[id];
    const auto size = json.find("size");
    if (size == json.end() || !size->is_number_unsigned() ||
        size->get<std::uint64_t>() > (1 << 30)) {
      return error("the fixed '" + node.name + "' has no proper size");
    }
    node.size = size->get<std::size_t>();
    add_logical(json, node);
    return id;
  }

  static void add_logical(const OrderedJson& json, AvroNode& node) {
    const std::string name = text_member(json, "logicalType");
    const auto found = std::ranges::find_if(kLogicals, [&](const LogicalRule& rule) {
      return rule.name == name && rule.kind == node.kind;
    });
    if (found == std::end(kLogicals)) return;
    const bool is_fixed = node.kind == AvroKind::kFixed;
    if (found->logical == AvroLogical::kUuid && is_fixed && node.size != 16) return;
    if (found->logical == AvroLogical::kDuration && node.size != 12) return;
    if (found->logical == AvroLogical::kDecimal) {
      const auto number = [&json](const char* key) {
        const auto value = json.find(key);
        return value != json.end() && value->is_number_integer() ? value->get<std::int64_t>() : 0;
      };
      const std::int64_t precision = number("precision");
      const std::int64_t scale = number("scale");
      if (precision < 1 || precision > 1'000'000 || scale < 0 || scale > precision) return;
      node.precision = static_cast<int>(precision);
      node.scale = static_cast<int>(scale);
    }
    node.logical = found->logical;
  }

  AvroSchema schema_;
  std::map<std::string, AvroNodeId> names_;
  std::string path_;  // of the field in hand
};

Result<AvroSchema> AvroSchema::parse(std::string_view text,
                                     const std::vector<std::string>& references) {
  AvroSchemaReader reader;
  for (const std::string& reference : references) SLUICE_TRY(reader.read(reference));
  SLUICE_TRY(reader.read(text));
  return reader.take();
}

namespace {

using data::Field;
using data::Type;
using data::TypeId;

class ColumnTypes {
 public:
  explicit ColumnTypes(const AvroSchema& schema) : schema_(schema) {}

  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax.
  Result<Type> of(AvroNodeId id, int depth = 0) {
    if (depth > kSchemaDepthMax || ++columns_ > kSchemaColumnsMax) {
      return user_error(
          "the schema has too many columns, or too deep ones; name those that you need in "
          "'schema'");
    }
    const AvroNode& node = schema_.at(id);
    switch (node.kind) {
      case AvroKind::kBoolean:
        return Type(TypeId::kBoolean);
      case AvroKind::kInt:
      case AvroKind::kLong:
        return of_integer(node);
      case AvroKind::kFloat:
        return Type(TypeId::kReal);
      case AvroKind::kDouble:
        return Type(TypeId::kDouble);
      case AvroKind::kBytes:
      case AvroKind::kString:
      case AvroKind::kFixed:
        return of_bytes(node);
      case AvroKind::kNull:
      case AvroKind::kEnum:
        return Type(TypeId::kVarchar);
      case AvroKind::kArray: {
        SLUICE_ASSIGN(Type element, of(node.children[0], depth + 1));
        return Type::list(std::move(element));
      }
      case AvroKind::kMap: {
        SLUICE_ASSIGN(Type value, of(node.children[0], depth + 1));
        return Type::map(TypeId::kVarchar, std::move(value));
      }
      case AvroKind::kUnion:
        return of_union(node, depth);
      case AvroKind::kRecord:
        return of_record(id, node, depth);
    }
    return Type(TypeId::kVarchar);
  }

 private:
  static Type of_integer(const AvroNode& node) {
    switch (node.logical) {
      case AvroLogical::kDate:
        return TypeId::kDate;
      case AvroLogical::kTimeMillis:
      case AvroLogical::kTimeMicros:
        return TypeId::kTime;
      case AvroLogical::kTimestampMillis:
      case AvroLogical::kTimestampMicros:
      case AvroLogical::kTimestampNanos:
        return TypeId::kTimestampTz;
      case AvroLogical::kLocalTimestampMillis:
      case AvroLogical::kLocalTimestampMicros:
      case AvroLogical::kLocalTimestampNanos:
        return TypeId::kTimestamp;
      default:
        return node.kind == AvroKind::kInt ? TypeId::kInteger : TypeId::kBigint;
    }
  }

  static Result<Type> of_bytes(const AvroNode& node) {
    switch (node.logical) {
      case AvroLogical::kDecimal:
        if (node.precision > 38) {
          return user_error("a decimal of " + std::to_string(node.precision) +
                            " digits fits no column: DECIMAL has up to 38; declare the column in "
                            "'schema' as BLOB to take the bytes");
        }
        return Type::decimal(node.precision, node.scale);
      case AvroLogical::kUuid:
        return Type(TypeId::kUuid);
      case AvroLogical::kDuration:
        return Type(TypeId::kInterval);
      default:
        return Type(node.kind == AvroKind::kString ? TypeId::kVarchar : TypeId::kBlob);
    }
  }

  Result<Type> of_union(const AvroNode& node, int depth) {
    std::vector<Type> types;
    for (const AvroNodeId child : node.children) {
      if (schema_.at(child).kind == AvroKind::kNull) continue;
      SLUICE_ASSIGN(Type type, of(child, depth + 1));
      types.push_back(std::move(type));
    }
    if (types.empty()) return Type(TypeId::kVarchar);
    if (types.size() == 1) return types[0];
    const auto both = [&types](TypeId one, TypeId other) {
      return types.size() == 2 && ((types[0].id() == one && types[1].id() == other) ||
                                   (types[0].id() == other && types[1].id() == one));
    };
    if (both(TypeId::kInteger, TypeId::kBigint)) return Type(TypeId::kBigint);
    if (both(TypeId::kReal, TypeId::kDouble)) return Type(TypeId::kDouble);
    std::vector<Field> members;
    for (Type& type : types) {
      members.push_back({"member" + std::to_string(members.size()), std::move(type)});
    }
    return Type::structure(std::move(members));
  }

  Result<Type> of_record(AvroNodeId id, const AvroNode& node, int depth) {
    if (!inside_.insert(id).second) {
      return user_error("the record '" + node.name +
                        "' holds itself, and a column cannot: name the columns that you need in "
                        "'schema', without that field");
    }
    if (node.fields.empty()) {
      return user_error("the record '" + node.name + "' has no fields, and a STRUCT needs one");
    }
    std::vector<Field> fields;
    for (const AvroField& field : node.fields) {
      auto type = of(field.node, depth + 1);
      if (!type) return user_error(field.name + ": " + type.error().message());
      fields.push_back({field.name, *std::move(type)});
    }
    inside_.erase(id);
    return Type::structure(std::move(fields));
  }

  const AvroSchema& schema_;
  int columns_ = 0;
  std::set<AvroNodeId> inside_;  // records that hold what is in hand
};

}  // namespace

Result<data::Type> avro_column_type(const AvroSchema& schema, AvroNodeId node) {
  return ColumnTypes(schema).of(node);
}

Result<data::Schema> avro_columns(const AvroSchema& schema) {
  SLUICE_ASSIGN(Type type, avro_column_type(schema, schema.root_id()));
  if (schema.root().kind != AvroKind::kRecord) {
    return data::Schema({{"value", std::move(type)}});
  }
  return data::Schema(type.children());
}

}  // namespace sluice::formats
