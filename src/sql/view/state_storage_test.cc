#include "sql/view/state_storage.h"

#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "sql/functions/open_database.h"

namespace sluice::sql {
namespace {

/// One state table, in a file: only files compress.
class StateStorageTest : public testing::Test {
 protected:
  StateStorageTest()
      : file_(std::filesystem::temp_directory_path() /
              ("sluice_storage_" + std::to_string(getpid()) + ".db")) {
    database_ = *open_database(file_.string(), {});
    session_ = *database_->connect();
    EXPECT_TRUE(session_->execute("CREATE SCHEMA state"));
  }

  ~StateStorageTest() override {
    session_.reset();
    database_.reset();
    std::filesystem::remove(file_);
  }

  void create(const std::string& columns) {
    ViewPlan view;
    view.state_tables = {"v"};
    view.create_state = "CREATE TABLE IF NOT EXISTS state.v (" + columns + ")";
    const Status made = create_state(*session_, view);
    ASSERT_TRUE(made) << made.error().message();
  }

  /// The compression of a column's values once they are in the file.
  std::string compression(const std::string& column) {
    EXPECT_TRUE(session_->execute("CHECKPOINT"));
    const auto found = session_->value(
        "SELECT string_agg(DISTINCT compression, ',') FROM pragma_storage_info('state.v') WHERE "
        "segment_type <> 'VALIDITY' AND column_name = '" +
        column + "'");
    return found ? found->value_or("") : found.error().message();
  }

  const std::filesystem::path file_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Session> session_;
};

TEST_F(StateStorageTest, WideColumnsAreNotPacked) {
  create("k BIGINT, total HUGEINT, price DECIMAL(38,12), small DECIMAL(18,2)");
  ASSERT_TRUE(session_->execute("INSERT INTO state.v SELECT i, i, i, i FROM range(100000) t(i)"));
  EXPECT_EQ(compression("total"), "Uncompressed");
  EXPECT_EQ(compression("price"), "Uncompressed");
  EXPECT_EQ(compression("k"), "BitPacking");
  EXPECT_EQ(compression("small"), "BitPacking");
}

TEST_F(StateStorageTest, ATableWithRowsStays) {
  create("k BIGINT, total HUGEINT");
  ASSERT_TRUE(session_->execute("INSERT INTO state.v VALUES (1, 2)"));
  create("k BIGINT, total HUGEINT");
  EXPECT_EQ(*session_->value("SELECT total FROM state.v WHERE k = 1"), "2");
}

}  // namespace
}  // namespace sluice::sql
