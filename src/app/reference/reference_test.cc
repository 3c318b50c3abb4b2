#include "sluice/reference.h"

#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sluice {
namespace {

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(Reference, PageOfOptionsIsUpToDate) {
  const auto text = reference_text("", ReferenceStyle::kMarkdown);
  ASSERT_TRUE(text);
  EXPECT_TRUE(file_text("docs/reference/options.md") == *text)
      << "run: build/sluice reference --markdown > docs/reference/options.md";
}

TEST(Reference, SchemaFileIsUpToDate) {
  EXPECT_TRUE(file_text("sluice.schema.json") == json_schema())
      << "run: build/sluice schema > sluice.schema.json";
}

TEST(Reference, KeyShowsEveryPageAboutIt) {
  const auto text = reference_text("csv", ReferenceStyle::kTerminal);
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("csv source\n"), std::string::npos);
  EXPECT_NE(text->find("csv sink\n"), std::string::npos);
}

TEST(Reference, NameOfAPageShowsThatOnly) {
  const auto text = reference_text("csv sink", ReferenceStyle::kTerminal);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->find("csv source\n"), std::string::npos);
}

TEST(Reference, UnknownPageNamesTheNearest) {
  const auto text = reference_text("kakfa", ReferenceStyle::kTerminal);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message(), "there is no page 'kakfa'; did you mean 'kafka'?");
}

TEST(JsonSchema, EveryReferenceHasADefinition) {
  const auto schema = nlohmann::json::parse(json_schema());
  const std::string text = schema.dump();
  const std::string mark = "\"#/$defs/";
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const std::size_t start = at + mark.size();
    EXPECT_TRUE(schema["$defs"].contains(text.substr(start, text.find('"', start) - start)));
  }
}

TEST(JsonSchema, KafkaSourceHasTypesAndDescriptions) {
  const auto schema = nlohmann::json::parse(json_schema());
  const auto& limit = schema["$defs"]["kafka_source"]["properties"]["max_records_per_trigger"];
  EXPECT_EQ(limit["anyOf"][0]["type"], "integer");
  EXPECT_EQ(limit["anyOf"][0]["minimum"], 1);
  EXPECT_FALSE(limit["description"].get<std::string>().empty());
}

TEST(ErrorPages, OfEachCodeThereIsOne) {
  const auto page = error_page("fenced");
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_TRUE(page->starts_with("E_FENCED  (exit code 3)\n  another run has claimed")) << *page;
  EXPECT_NE(page->find("\n  What to do: "), std::string::npos);
  EXPECT_EQ(page->find('`'), std::string::npos);
  EXPECT_EQ(error_codes().front(), "E_BACKUP_BROKEN");
  for (const std::string& code : error_codes()) EXPECT_TRUE(error_page(code)) << code;
}

TEST(ErrorPages, TheNearestIsNamed) {
  const auto page = error_page("E_FENCE");
  ASSERT_FALSE(page);
  EXPECT_NE(page.error().message().find("E_FENCED"), std::string::npos);
}

}  // namespace
}  // namespace sluice
