#include "io/copy_source.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "io/file_system.h"
#include "support/temporary_folder.h"

namespace sluice::io {
namespace {

TEST(CopySource, CopiesTheWholeFileOverAnotherOne) {
  const TemporaryFolder folder;
  const std::string content(300'000, 'x');
  const auto source = CopySource::open(folder.put("from", content));
  ASSERT_TRUE(source);
  folder.put("to", std::string(400'000, 'y'));
  ASSERT_TRUE(source->copy_to(folder.at("to")));
  EXPECT_EQ(*make_local_file_system()->read(folder.at("to")), content);
}

TEST(CopySource, CopiesWhatTheFileIsNow) {
  const TemporaryFolder folder;
  const auto source = CopySource::open(folder.put("from", "one"));
  ASSERT_TRUE(source);
  folder.put("from", "three");
  ASSERT_TRUE(source->copy_to(folder.at("to")));
  EXPECT_EQ(*make_local_file_system()->read(folder.at("to")), "three");
}

TEST(CopySource, ShowsTheBeginning) {
  const TemporaryFolder folder;
  const auto source = CopySource::open(folder.put("from", "three"));
  ASSERT_TRUE(source);
  EXPECT_EQ(*source->beginning(2), "th");
  EXPECT_EQ(*source->beginning(9), "three");
}

TEST(CopySource, MissingFileIsTheUsers) {
  const TemporaryFolder folder;
  const auto source = CopySource::open(folder.at("nothing"));
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().kind(), Kind::kUser);
}

}  // namespace
}  // namespace sluice::io
