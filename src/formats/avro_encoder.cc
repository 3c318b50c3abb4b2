#include "formats/avro_encoder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "formats/avro_decoder.h"
#include "formats/avro_write_plan.h"
#include "formats/schema_registry.h"

namespace sluice::formats {
namespace {

using data::Type;
using data::TypeId;

class SchemaWriter {
 public:
  // NOLINTNEXTLINE(misc-no-recursion): as deep as the column's type.
  Result<OrderedJson> type(const Type& type, const std::string& name) {
    switch (type.id()) {
      case TypeId::kBoolean:
        return OrderedJson("boolean");
      case TypeId::kTinyint:
      case TypeId::kSmallint:
      case TypeId::kInteger:
      case TypeId::kUtinyint:
      case TypeId::kUsmallint:
        return OrderedJson("int");
      case TypeId::kUinteger:
      case TypeId::kBigint:
        return OrderedJson("long");
      case TypeId::kUbigint:
        return decimal(20, 0);
      case TypeId::kHugeint:
        return decimal(39, 0);
      case TypeId::kDecimal:
        return decimal(type.width(), type.scale());
      case TypeId::kReal:
        return OrderedJson("float");
      case TypeId::kDouble:
        return OrderedJson("double");
      case TypeId::kVarchar:
      case TypeId::kJson:
        return OrderedJson("string");
      case TypeId::kBlob:
        return OrderedJson("bytes");
      case TypeId::kUuid:
        return logical("string", "uuid");
      case TypeId::kDate:
        return logical("int", "date");
      case TypeId::kTime:
        return logical("long", "time-micros");
      case TypeId::kTimestamp:
        return logical("long", "local-timestamp-micros");
      case TypeId::kTimestampTz:
        return logical("long", "timestamp-micros");
      case TypeId::kStruct:
        return record(type.children(), name);
      case TypeId::kList: {
        SLUICE_ASSIGN(OrderedJson element, nullable(type.children()[0].type, name + "_element"));
        return OrderedJson{{"type", "array"}, {"items", std::move(element)}};
      }
      case TypeId::kMap:
        if (type.children()[0].type.id() == TypeId::kVarchar) {
          SLUICE_ASSIGN(OrderedJson value, nullable(type.children()[1].type, name + "_value"));
          return OrderedJson{{"type", "map"}, {"values", std::move(value)}};
        }
        break;
      default:
        break;
    }
    return user_error("column '" + last_of(name) + "' is a " + type.to_string() +
                      ", for which Avro has no type: CAST it AS VARCHAR");
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Result<OrderedJson> record(const std::vector<data::Field>& columns, const std::string& name) {
    OrderedJson fields = OrderedJson::array();
    for (const data::Field& column : columns) {
      const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
      };
      const bool is_name = !column.name.empty() && std::ranges::all_of(column.name, plain) &&
                           (column.name[0] < '0' || column.name[0] > '9');
      if (!is_name) {
        return user_error("column '" + column.name +
                          "' has no name that Avro takes (letters, digits and _); rename it in the "
                          "view: AS new_name");
      }
      SLUICE_ASSIGN(OrderedJson type, nullable(column.type, name + "_" + column.name));
      fields.push_back({{"name", column.name}, {"type", std::move(type)}, {"default", nullptr}});
    }
    return OrderedJson{{"type", "record"}, {"name", name}, {"fields", std::move(fields)}};
  }

 private:
  static OrderedJson logical(const char* type, const char* name) {
    return OrderedJson{{"type", type}, {"logicalType", name}};
  }

  static OrderedJson decimal(int precision, int scale) {
    OrderedJson type = logical("bytes", "decimal");
    type["precision"] = precision;
    type["scale"] = scale;
    return type;
  }

  static std::string last_of(const std::string& name) {
    const std::size_t at = name.rfind('_');
    return at == std::string::npos ? name : name.substr(at + 1);
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  Result<OrderedJson> nullable(const Type& of, const std::string& name) {
    SLUICE_ASSIGN(OrderedJson made, type(of, name));
    return OrderedJson::array({"null", std::move(made)});
  }
};

class AvroEncoder final : public Encoder {
 public:
  AvroEncoder(AvroWritePlan plan, WrittenSchema schema)
      : plan_(std::move(plan)), schema_(std::move(schema)) {}

  Status prepare() override {
    SLUICE_ASSIGN(header_, schema_.header());
    return {};
  }

  Result<bool> append(data::ChunkReader columns, std::uint64_t row,
                      std::string& out) const override {
    out += header_;
    SLUICE_TRY(plan_.append(columns, row, out));
    return true;
  }

 private:
  const AvroWritePlan plan_;
  const WrittenSchema schema_;
  std::string header_;
};

/// A name for the record after the topic's.
std::string record_name(const std::string& topic) {
  std::string name;
  for (const char c : topic) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += plain ? c : '_';
  }
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) name.insert(0, "record_");
  return name;
}

/// A schema that is somewhere, and not made of the columns.
struct NamedSchema {
  AvroSchema schema;
  std::string text;
  std::optional<RegisteredSchema> newest;  ///< null: of a file
};

/// Null: the options name none.
Result<std::optional<NamedSchema>> named_schema(const Options& options,
                                                const EncoderContext& context) {
  NamedSchema named;
  SLUICE_ASSIGN(named.newest, newest_if_wanted(options, context.registry, context.topic,
                                               {"schema_file", "references", "record"}));
  if (named.newest) {
    SLUICE_ASSIGN(named.schema, parse_avro(*named.newest, options, context.topic));
    return std::optional(std::move(named));
  }
  if (!options.has("schema_file")) {
    if (!options.has("references")) return std::optional<NamedSchema>();
    return options.value("references").error("'references' are of a 'schema_file'; add that");
  }
  if (options.has("record")) {
    return options.value("record").error("the record's name is in 'schema_file'; remove 'record'");
  }
  if (context.registry != nullptr && options.has("references")) {
    return options.value("references")
        .error(
            "only a schema without references is registered: put the types into one file, or "
            "register them yourself and write 'newest: true' in place of 'schema_file'");
  }
  SLUICE_ASSIGN(AvroFile file, read_avro_file(options, *context.files));
  named.schema = std::move(file.schema);
  named.text = std::move(file.text);
  return std::optional(std::move(named));
}

}  // namespace

Result<std::string> avro_schema_of(const data::Schema& schema, const std::string& record) {
  const std::size_t dot = record.rfind('.');
  const std::string name = dot == std::string::npos ? record : record.substr(dot + 1);
  SLUICE_ASSIGN(OrderedJson json, SchemaWriter().record(schema.fields(), name));
  if (dot != std::string::npos) json["namespace"] = record.substr(0, dot);
  return json.dump();
}

Result<std::unique_ptr<Encoder>> make_avro_encoder(const Options& options,
                                                   const data::Schema& schema,
                                                   const EncoderContext& context) {
  SLUICE_ASSIGN(std::optional<NamedSchema> named, named_schema(options, context));
  if (!named) {
    const std::string record =
        options.has("record") ? options.text("record") : record_name(context.topic);
    named.emplace();
    SLUICE_ASSIGN(named->text, avro_schema_of(schema, record));
    SLUICE_ASSIGN(named->schema, AvroSchema::parse(named->text));
  }
  SLUICE_ASSIGN(AvroWritePlan plan, AvroWritePlan::compile(named->schema, schema));
  SLUICE_ASSIGN(WrittenSchema written, written_schema(SchemaLanguage::kAvro, std::move(named->text),
                                                      options, context.registry, context.topic,
                                                      named->newest ? &*named->newest : nullptr));
  return {std::make_unique<AvroEncoder>(std::move(plan), std::move(written))};
}

Result<data::Schema> avro_written_columns(const Options& options, const EncoderContext& context) {
  SLUICE_ASSIGN(const std::optional<NamedSchema> named, named_schema(options, context));
  if (!named) {
    return user_error(
        "the avro format needs the schema of the values: 'schema_file' names a file with it "
        "(.avsc), 'registry' with 'newest: true' the address of a schema registry that has it");
  }
  auto columns = avro_columns(named->schema);
  if (columns) return columns;
  return options.value(named->newest ? "registry" : "schema_file").error(columns.error().message());
}

void add_avro_encoder(FormatKind& kind) {
  kind.value_text =
      "A row as an Avro value: with the number of its schema in a registry, or bare. The schema is "
      "made of the columns, each of which may be null, unless a file has it.";
  kind.encoder_options = {
      {.name = "schema_file",
       .type = OptionType::kPath,
       .text =
           "A file with the schema (.avsc): a record with a field for each column. A value that "
           "does not fit it stops the pipeline (E_VALUE_DOES_NOT_FIT).",
       .example = "schemas/order.avsc"},
      {.name = "record",
       .text =
           "The full name of the record in the schema that is made of the columns. Default: the "
           "topic's name.",
       .example = "com.example.Order"},
      avro_references_option(),
  };
  for (const std::vector<OptionSpec>& more :
       {written_schema_options(), schema_registry_options()}) {
    kind.encoder_options.insert(kind.encoder_options.end(), more.begin(), more.end());
  }
  kind.make_encoder = make_avro_encoder;
  kind.written_columns = avro_written_columns;
}

}  // namespace sluice::formats
