#include "support/store_faults.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "base/random.h"
#include "io/object_file_system.h"
#include "io/put_if_absent.h"
#include "support/temporary_folder.h"

namespace sluice::io {
namespace {

/// A store over a folder of this machine that goes wrong.
class StoreFaults : public testing::Test {
 protected:
  StoreFaults() {
    inject_store_faults(11, 300);
    ObjectRoot root;
    root.root = "lake://";
    root.prefix = folder_.path().substr(1);
    root.address.url = "file:///";
    auto opened = ObjectFileSystem::open(root);
    EXPECT_TRUE(opened) << opened.error().message();
    store_ = *std::move(opened);
  }
  ~StoreFaults() override { inject_store_faults(0, 0); }

  std::string there(const std::string& name) const {
    const auto content = make_local_file_system()->read(folder_.at(name));
    return content ? *content : "";
  }

  TemporaryFolder folder_;
  std::unique_ptr<FileSystem> store_;
};

TEST_F(StoreFaults, AConditionalWriteSaysWhoseIsThere) {
  constexpr int kWrites = 600;  // some are refused at each try, with nothing there
  int unknown = 0;
  for (int i = 0; i < kWrites; ++i) {
    const std::string name = std::to_string(i / 2);
    const std::string content = "content " + std::to_string(i);
    const auto written = store_->write_if_absent("lake://" + name, content);
    if (!written) {
      EXPECT_EQ(written.error().kind(), Kind::kUnknownOutcome) << written.error().message();
      ++unknown;
    } else if (*written) {
      EXPECT_EQ(there(name), content);
    } else {
      EXPECT_NE(there(name), content);
      EXPECT_NE(there(name), "");
    }
  }
  EXPECT_GT(inject_store_faults(0, 0), 50U);
  EXPECT_LT(unknown, kWrites / 2);
}

TEST_F(StoreFaults, TheProbeIsNotMisled) {
  SeededRandom random(5);
  for (int i = 0; i < 30; ++i) {
    const Status kept = check_put_if_absent(*store_, "lake://probe", random);
    EXPECT_TRUE(kept || kept.error().kind() != Kind::kUser) << kept.error().message();
  }
}

TEST_F(StoreFaults, ARenameThatSucceedsHasMoved) {
  for (int i = 0; i < 50; ++i) {
    const std::string from = folder_.put("from", std::to_string(i));
    const Status moved = store_->rename("lake://from", "lake://to");
    if (!moved) continue;
    EXPECT_EQ(there("to"), std::to_string(i));
    EXPECT_FALSE(std::filesystem::exists(from));
  }
}

}  // namespace
}  // namespace sluice::io
