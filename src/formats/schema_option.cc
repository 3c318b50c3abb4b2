#include "formats/schema_option.h"

#include <utility>

namespace sluice::formats {

namespace {

// Column numbers travel in 16 bits, of which the last value means none.
constexpr std::size_t kColumnsMax = 10'000;

}  // namespace

std::vector<OptionSpec> shared_options() {
  return {
      {.name = "schema",
       .type = OptionType::kSchema,
       .text = "The columns and their SQL types, in order. Fields of a record that have no column "
               "are ignored.",
       .required = true,
       .example = "{id: BIGINT, price: \"DECIMAL(18,2)\", tags: \"VARCHAR[]\"}"},
      {.name = "on_error",
       .type = OptionType::kChoice,
       .text = "What happens to a record that does not fit the schema: it goes to the dead letter; "
               "or the field that does not fit becomes NULL and only records broken as a whole go "
               "to the dead letter; or the pipeline stops.",
       .default_text = "dead_letter",
       .choices = {"dead_letter", "null", "fail"}},
      {.name = "tombstones",
       .type = OptionType::kChoice,
       .text =
           "What a record without a value is (in a compacted topic it deletes its key): reject, "
           "a record that does not decode, for which on_error counts; or rows, a row whose "
           "columns are NULL. A view knows such rows by the metadata `value`, which is "
           "NULL for them alone, and a sink of mode upsert deletes by that: delete_when. "
           "Tables skip such records, or delete by them (latest_by_key).",
       .default_text = "reject",
       .choices = {"reject", "rows"}},
  };
}

Result<data::Schema> parse_schema(const ConfigValue& given) {
  if (given.entries().size() > kColumnsMax) {
    return given.error("'schema' has more than " + std::to_string(kColumnsMax) + " columns");
  }
  data::Schema schema;
  for (const ConfigValue::Entry& entry : given.entries()) {
    if (entry.value.shape() != ConfigValue::Shape::kScalar) {
      return entry.value.error("column '" + entry.key +
                               "' needs a type as text, such as BIGINT or \"STRUCT(a INTEGER)\"");
    }
    Result<data::Type> type = data::Type::parse(entry.value.text());
    if (!type) return entry.value.error("column '" + entry.key + "': " + type.error().message());
    if (schema.find(entry.key) >= 0) {
      return entry.value.error("column '" + entry.key +
                               "' is there twice; SQL ignores the case of names");
    }
    schema.add({entry.key, *std::move(type)});
  }
  return schema;
}

Result<DecodedColumns> compile_columns(data::Schema schema, const ColumnError& error) {
  DecodedColumns columns;
  columns.schema = std::move(schema);
  for (std::size_t i = 0; i < columns.schema.size(); ++i) {
    Result<ValuePlan> plan = compile_plan(columns.schema[i].type);
    if (!plan) {
      return error(i, "column '" + columns.schema[i].name + "': " + plan.error().message());
    }
    columns.plans.push_back(*std::move(plan));
  }
  return columns;
}

Result<DecodedColumns> read_schema(const Options& options) {
  const ConfigValue& given = options.value("schema");
  SLUICE_ASSIGN(data::Schema schema, parse_schema(given));
  return compile_columns(std::move(schema),
                         [&given](std::size_t column, const std::string& message) {
                           return given.entries()[column].value.error(message);
                         });
}

}  // namespace sluice::formats
