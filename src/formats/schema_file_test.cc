#include "formats/schema_file.h"

#include <gtest/gtest.h>

#include "formats/registry.h"
#include "support/temporary_folder.h"

namespace sluice::formats {
namespace {

/// The json format with a schema file.
class SchemaFileTest : public ::testing::Test {
 protected:
  void write(const std::string& text) { ASSERT_TRUE(files_->write_atomic(path_, text)); }

  Result<std::unique_ptr<data::Decoder>> make() {
    const FormatKind& json = *find_format("json");
    const ConfigValue path = ConfigValue::scalar(path_, true, {"p.yaml", 5, 20});
    SLUICE_ASSIGN(const Options options,
                  Options::validate(json.options, ConfigValue::map({{"schema_file", {}, path}}, {}),
                                    "the json format"));
    return json.make(options, {*files_});
  }

  std::string problem() {
    const auto made = make();
    return made ? "" : made.error().message();
  }

  /// prepare() looks at the file, whatever the records are.
  class NoRecords final : public data::RecordBatch {
   public:
    std::size_t size() const override { return 0; }
    std::span<const data::Payload> payloads() const override { return {}; }
    void write_column(std::size_t, std::span<const std::uint32_t>,
                      data::VectorWriter&) const override {}
    data::RecordOrigin origin(std::size_t) const override { return {}; }
    std::size_t bytes() const override { return 0; }
  };

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  std::string path_ = folder_.path() + "/orders.sql";
};

TEST_F(SchemaFileTest, ColumnsAsCreateTableHasThem) {
  write("-- of the shop\nid BIGINT, price DECIMAL(18,2), -- net\n\"unit\" STRUCT(a INT)[]\n");
  const auto made = make();
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ((*made)->schema().to_string(),
            "id BIGINT, price DECIMAL(18,2), unit STRUCT(a INTEGER)[]");
}

TEST_F(SchemaFileTest, WhatIsWrongInItHasItsLine) {
  write("id BIGINT,\nprice DECIMALL(18,2)\n");
  EXPECT_EQ(problem(), "p.yaml:5:20: schema_file " + path_ +
                           ": line 2: unknown type 'DECIMALL'; did you mean 'DECIMAL'?; write "
                           "columns as CREATE TABLE has them: id BIGINT, name VARCHAR");
  write("id BIGINT\nname VARCHAR\n");
  EXPECT_NE(problem().find("line 2: unexpected 'name VARCHAR'"), std::string::npos);
  write("span INTERVAL");
  EXPECT_NE(problem().find("p.yaml:5:20: column 'span'"), std::string::npos);
  write("id BIGINT, ID BIGINT");
  EXPECT_NE(problem().find("is there twice"), std::string::npos);
}

TEST_F(SchemaFileTest, NoFile) {
  const std::string text = problem();
  EXPECT_NE(text.find("p.yaml:5:20: schema_file"), std::string::npos) << text;
  EXPECT_NE(text.find("orders.sql"), std::string::npos) << text;
}

TEST_F(SchemaFileTest, OtherColumnsStopTheNextBatch) {
  write("id BIGINT");
  const auto made = make();
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_TRUE((*made)->prepare(NoRecords()));
  write("id BIGINT -- the same");
  EXPECT_TRUE((*made)->prepare(NoRecords()));
  write("id BIGINT, name VARCHAR");
  const Status changed = (*made)->prepare(NoRecords());
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().kind(), Kind::kUser);
  EXPECT_EQ(
      changed.error().message(),
      "p.yaml:5:20: E_SCHEMA_CHANGED: the columns in " + path_ +
          " were (id BIGINT) and are now (id BIGINT, name VARCHAR); start the pipeline again");
}

}  // namespace
}  // namespace sluice::formats
