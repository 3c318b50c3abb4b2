#include "formats/registry.h"

#include <fstream>

#include <gtest/gtest.h>

#include "formats/avro_encoder.h"
#include "formats/vector_memory_test_support.h"

namespace sluice::formats {
namespace {

std::string message(std::vector<ConfigValue::Entry> given) {
  const FormatKind& json = *find_format("json");
  auto options = Options::validate(json.options, ConfigValue::map(std::move(given), {}), "json");
  if (!options) return options.error().message();
  const auto files = io::make_local_file_system();
  const auto decoder = json.make(*options, {*files});
  return decoder ? (*decoder)->schema().to_string() : decoder.error().message();
}

ConfigValue schema(const std::vector<std::pair<std::string, std::string>>& columns) {
  std::vector<ConfigValue::Entry> entries;
  int line = 3;
  for (const auto& [name, type] : columns) entries.push_back({name, {}, text(type, line++)});
  return ConfigValue::map(std::move(entries), {});
}

TEST(Formats, AreFoundByName) {
  EXPECT_NE(find_format("json"), nullptr);
  EXPECT_NE(find_format("csv"), nullptr);
  EXPECT_EQ(find_format("xml"), nullptr);
}

TEST(Formats, EachSaysItsColumnsAndOnError) {
  for (const FormatKind& kind : all_formats()) {
    if (!kind.make) continue;
    EXPECT_EQ(kind.options[0].name, kind.name == "text" ? "column" : "schema");
    EXPECT_EQ(kind.options[1].name, "on_error");
  }
}

TEST(Formats, ReadTheSchemaInOrder) {
  EXPECT_EQ(message({{"schema", {}, schema({{"b", "long"}, {"a", "DECIMAL(22,12)"}})}}),
            "b BIGINT, a DECIMAL(22,12)");
}

TEST(Formats, ABadTypeHasItsPlaceAndTheNearestName) {
  EXPECT_EQ(message({{"schema", {}, schema({{"a", "INT"}, {"b", "BIGITN"}})}}),
            "p.yaml:4:5: column 'b': type 'BIGITN': unknown type 'BIGITN'; did you mean 'BIGINT'?");
}

TEST(Formats, RefuseWhatNoTextHolds) {
  EXPECT_NE(message({{"schema", {}, schema({{"a", "INTERVAL"}})}}).find("declare it VARCHAR"),
            std::string::npos);
  EXPECT_NE(message({{"schema", {}, schema({{"a", "MAP(DOUBLE, INT)"}})}}).find("keys of a map"),
            std::string::npos);
  EXPECT_NE(message({{"schema", {}, schema({{"a", "INT"}, {"A", "INT"}})}}).find("is there twice"),
            std::string::npos);
}

/// For every format that rows can be written in.
TEST(Formats, EncodersWriteWhatTheirDecoderReads) {
  std::vector<std::string> names;
  for (const FormatKind& kind : all_formats()) {
    // Protobuf's rows are of a file's type: test/schemas has them.
    if (!kind.make_encoder || !kind.make || kind.name == "protobuf") continue;
    names.push_back(kind.name);
    DecodedColumns columns = columns_from("a BIGINT, b VARCHAR, c DOUBLE, d DATE");
    const auto options = Options::validate(kind.encoder_options, ConfigValue::map({}, {}), "it");
    ASSERT_TRUE(options) << options.error().message();
    const auto encoder = kind.make_encoder(*options, columns.schema, EncoderContext());
    ASSERT_TRUE(encoder) << encoder.error().message();
    VectorMemory numbers(columns.plans[0], 1);
    VectorMemory texts(columns.plans[1], 1);
    VectorMemory nulls(columns.plans[2], 1);
    VectorMemory days(columns.plans[3], 1);
    numbers.vector().as<std::int64_t>()[0] = -7;
    texts.vector().set_text(0, "a \"quoted\", text");
    nulls.vector().set_null(0);
    days.vector().as<std::int32_t>()[0] = 19'782;
    const data::VectorReader readers[] = {
        data::VectorReader(numbers.vector()), data::VectorReader(texts.vector()),
        data::VectorReader(nulls.vector()), data::VectorReader(days.vector())};
    std::string record = "before ";
    EXPECT_TRUE(*(*encoder)->append(readers, 0, record));
    ASSERT_TRUE(record.starts_with("before "));  // it appends
    std::vector<ConfigValue::Entry> entries = {
        {"schema",
         {},
         schema({{"a", "BIGINT"}, {"b", "VARCHAR"}, {"c", "DOUBLE"}, {"d", "DATE"}})}};
    if (kind.name == "avro") {
      const std::string path = testing::TempDir() + "/written.avsc";
      std::ofstream(path) << *avro_schema_of(columns.schema, "written");
      entries.push_back({"schema_file", {}, text(path)});
    }
    const auto given = Options::validate(kind.options, ConfigValue::map(entries, {}), "it");
    const auto files = io::make_local_file_system();
    const auto decoder = kind.make(*given, {*files});
    ASSERT_TRUE(decoder);
    const std::string content = record.substr(7);
    EXPECT_EQ(decode_all(**decoder, columns.plans, {&content, 1}).rows,
              std::vector<std::string>{"-7 | 'a \"quoted\", text' | NULL | 19782"});
  }
  EXPECT_EQ(names, (std::vector<std::string>{"avro", "csv", "json"}));
}

TEST(Formats, NeedASchema) { EXPECT_NE(message({}).find("schema"), std::string::npos); }

}  // namespace
}  // namespace sluice::formats
