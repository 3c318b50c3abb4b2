#include "connectors/files/file_offset.h"

#include <set>

#include <gtest/gtest.h>

namespace sluice::connectors {
namespace {

SourceFile file(int number) {
  std::string name = std::to_string(number);
  return {"f" + std::string(6 - name.size(), '0') + name + ".csv", 10, 1000 + number};
}

FileOffset with_files(int count) {
  FileOffset offset;
  for (int i = 0; i < count; ++i) offset.finish(file(i));
  return offset;
}

TEST(FileOffset, JsonAndBack) {
  FileOffset offset = with_files(2);
  offset.open = OpenFile{file(2), 5, 3};
  offset.before = SourceFile{"a", 0, 7};
  const auto back = FileOffset::parse(offset.to_offset());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->files, 2);
  EXPECT_EQ(back->seen, offset.seen);
  EXPECT_EQ(back->before, offset.before);
  EXPECT_EQ(back->open, offset.open);
}

TEST(FileOffset, OtherTextsAreCorruption) {
  for (const char* text : {"", "{}", "[1]", R"({"files":1,"seen":[["a"]]})",
                           R"({"files":1,"seen":[],"open":{"file":"a"}})"}) {
    const auto parsed = FileOffset::parse({text});
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind(), Kind::kCorruption);
  }
}

TEST(FileOffset, SeenFilesAreReadAlready) {
  const FileOffset offset = with_files(2);
  EXPECT_EQ(offset.unread({file(0), file(1), file(2)}, FileOrder::kName),
            std::vector<SourceFile>{file(2)});
}

TEST(FileOffset, ManyFilesFoldAndCountAsReadStill) {
  FileOffset offset = with_files(FileOffset::kSeenMax + 1);
  offset.fold(nullptr, FileOrder::kName);
  EXPECT_EQ(offset.seen.size(), FileOffset::kSeenMax / 2);
  EXPECT_EQ(offset.files, static_cast<std::int64_t>(FileOffset::kSeenMax + 1));
  std::vector<SourceFile> all;
  for (int i = 0; i < static_cast<int>(FileOffset::kSeenMax) + 2; ++i) all.push_back(file(i));
  EXPECT_EQ(offset.unread(all, FileOrder::kName), std::vector<SourceFile>{all.back()});
}

TEST(FileOffset, FoldingNeverHidesAnUnreadFile) {
  FileOffset offset = with_files(FileOffset::kSeenMax + 1);
  const SourceFile late = {"f000100a.csv", 10, 0};
  offset.fold(&late, FileOrder::kName);
  EXPECT_EQ(offset.unread({late}, FileOrder::kName), std::vector<SourceFile>{late});
  EXPECT_EQ(offset.seen.size(), FileOffset::kSeenMax - 100);
}

TEST(FileOffset, FewFilesDoNotFold) {
  FileOffset offset = with_files(FileOffset::kSeenMax);
  offset.fold(nullptr, FileOrder::kTime);
  EXPECT_FALSE(offset.before);
}

TEST(FileOffset, LatecomersInFrontOfTheFoldedAreCounted) {
  FileOffset offset = with_files(FileOffset::kSeenMax + 1);
  offset.fold(nullptr, FileOrder::kName);
  std::vector<SourceFile> all;
  for (int i = 0; i < static_cast<int>(FileOffset::kSeenMax) + 1; ++i) all.push_back(file(i));
  EXPECT_EQ(offset.passed_over(all, FileOrder::kName), 0);
  SourceFile late = file(0);
  late.name = " in front";
  all.insert(all.begin(), late);
  EXPECT_EQ(offset.passed_over(all, FileOrder::kName), 1);
}

}  // namespace
}  // namespace sluice::connectors
