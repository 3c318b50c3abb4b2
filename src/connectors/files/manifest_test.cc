#include "connectors/files/manifest.h"

#include <gtest/gtest.h>

namespace sluice::connectors {
namespace {

TEST(Manifest, JsonAndBack) {
  const Manifest manifest{.batch = 12,
                          .plan_hash = "abc",
                          .mode = "append",
                          .columns = "id BIGINT",
                          .notes = R"({"offsets":{"a":1}})",
                          .files = {{"k=1/part-0.csv", 10, 2}, {"part-1.csv", 0, 0}}};
  const auto back = parse_manifest(manifest_json(manifest), "m");
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, manifest);
}

TEST(Manifest, OtherTextsAreCorruption) {
  for (const char* text :
       {"", "{}", "[]", R"({"batch":1,"plan_hash":"","mode":"","columns":""})"}) {
    const auto parsed = parse_manifest(text, "out/_batches/p.s.d/1.manifest");
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind(), Kind::kCorruption);
  }
}

TEST(Manifest, NamesTellTheBatch) {
  EXPECT_EQ(manifest_name(12), "00000000012.manifest");
  EXPECT_EQ(manifest_batch("00000000012.manifest"), 12);
  EXPECT_EQ(manifest_batch(".00000000012.manifest.tmp-1-2"), -1);
  EXPECT_EQ(manifest_batch("12.manifest"), -1);
  EXPECT_EQ(manifest_batch("00000000012.json"), -1);
  EXPECT_EQ(old_manifest_batch("00000000012.json"), 12);
  EXPECT_EQ(old_manifest_batch("notes.json"), -1);
}

}  // namespace
}  // namespace sluice::connectors
