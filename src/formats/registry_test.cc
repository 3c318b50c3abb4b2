#include "formats/registry.h"

#include <gtest/gtest.h>

namespace sluice::formats {
namespace {

ConfigValue text(const std::string& value, int line = 1) {
  return ConfigValue::scalar(value, true, {"p.yaml", line, 5});
}

std::string message(std::vector<ConfigValue::Entry> given) {
  const FormatKind& json = *find_format("json");
  auto options = Options::validate(json.options, ConfigValue::map(std::move(given), {}), "json");
  if (!options) return options.error().message();
  const auto decoder = json.make(*options);
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

TEST(Formats, EachHasSchemaAndOnError) {
  for (const FormatKind& kind : all_formats()) {
    EXPECT_EQ(kind.options[0].name, "schema");
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

TEST(Formats, NeedASchema) { EXPECT_NE(message({}).find("schema"), std::string::npos); }

}  // namespace
}  // namespace sluice::formats
