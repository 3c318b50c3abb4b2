#include "connectors/files/file_offset.h"

#include <gtest/gtest.h>

namespace sluice::connectors {
namespace {

SourceFile numbered_file(int number) {
  std::string name = std::to_string(number);
  return {"f" + std::string(6 - name.size(), '0') + name + ".csv", 10, 1000 + number};
}

FileOffset with_files(int count) {
  FileOffset offset;
  for (int i = 0; i < count; ++i) offset.finish(numbered_file(i));
  return offset;
}

TEST(FileOffset, JsonAndBack) {
  FileOffset offset = with_files(2);
  offset.root = "/data/in";
  offset.logged = 7;
  offset.moved = {{"/data/in", "/old/in"}};
  offset.open = OpenFile{numbered_file(2), 5, 3};
  const auto back = FileOffset::parse(offset.to_offset());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->root, "/data/in");
  EXPECT_EQ(back->files, 2);
  EXPECT_EQ(back->logged, 7);
  EXPECT_EQ(back->moved, offset.moved);
  EXPECT_EQ(back->seen, offset.seen);
  EXPECT_EQ(back->open, offset.open);
}

TEST(FileOffset, TheLayoutBeforeHasAPlaceInsteadOfALog) {
  const auto old = FileOffset::parse(
      {R"({"files":7,"seen":[["b.csv",10,1001]],"before":["a.csv",0,7],)"
       R"("open":{"file":"c.csv","bytes":9,"modified":4,"position":5,"line":3}})"});
  ASSERT_TRUE(old);
  EXPECT_EQ(old->root, "");
  EXPECT_EQ(old->files, 7);
  EXPECT_EQ(old->seen, (std::vector<SourceFile>{{"b.csv", 10, 1001}}));
  EXPECT_EQ(old->before->name, "a.csv");
  EXPECT_EQ(old->open->line, 3);
}

TEST(FileOffset, OtherTextsAreCorruption) {
  for (const char* text :
       {"", "{}", "[1]", R"({"files":1,"seen":[["a"]]})", R"({"root":"/a","files":1,"newest":[]})",
        R"({"root":"/a","files":1,"logged":0,"seen":[]})",
        R"({"root":"/a","files":1,"logged":0,"newest":[],"moved":[["a"]]})",
        R"({"files":1,"seen":[],"open":{"file":"a"}})"}) {
    const auto parsed = FileOffset::parse({text});
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind(), Kind::kCorruption);
  }
}

TEST(FileOffset, FoldingTakesTheOldest) {
  FileOffset offset = with_files(5);
  EXPECT_EQ(offset.fold(2),
            (std::vector<SourceFile>{numbered_file(0), numbered_file(1), numbered_file(2)}));
  EXPECT_EQ(offset.seen, (std::vector<SourceFile>{numbered_file(3), numbered_file(4)}));
  EXPECT_EQ(offset.logged, 3);
  EXPECT_EQ(offset.files, 5);
  EXPECT_TRUE(offset.fold(2).empty());
}

TEST(FileOffset, FilesOfAMovedFolderAreKnownByTheirOldPlaces) {
  FileOffset offset;
  offset.root = "/data";
  EXPECT_EQ(offset.known_as("in/a.csv"), "/data/in/a.csv");
  offset.moved = {{"/data/in", "/old"}};
  EXPECT_EQ(offset.known_as("in/a.csv"), "/old/a.csv");
  EXPECT_EQ(offset.known_as("inner/a.csv"), "/data/inner/a.csv");
}

TEST(FileOffset, BelowIsByWholeNames) {
  EXPECT_EQ(below("/data", "/data/in/a"), "in/a");
  EXPECT_EQ(below("/", "/a"), "a");
  EXPECT_FALSE(below("/data", "/database/a"));
  EXPECT_FALSE(below("/data", "/data"));
  EXPECT_FALSE(below("/data/in", "/data"));
}

}  // namespace
}  // namespace sluice::connectors
