#include "engine/replayed_records.h"

#include <gtest/gtest.h>

#include "support/column_buffer.h"

namespace sluice::engine {
namespace {

/// Records "0", "1" ... with their numbers as the column `offset`.
class Numbered final : public data::RecordBatch {
 public:
  explicit Numbered(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) texts_.push_back(std::to_string(i));
    for (const std::string& text : texts_) {
      payloads_.push_back({text.data(), static_cast<std::uint32_t>(text.size())});
    }
  }
  std::size_t size() const override { return payloads_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  void write_column(std::size_t, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override {
    for (std::size_t i = 0; i < rows.size(); ++i) out.as<std::int64_t>()[i] = rows[i];
  }
  data::RecordOrigin origin(std::size_t row) const override {
    data::RecordOrigin origin;
    origin.offset = static_cast<std::int64_t>(row);
    return origin;
  }
  std::size_t bytes() const override { return 0; }

 private:
  std::deque<std::string> texts_;
  std::vector<data::Payload> payloads_;
};

ReplayedLetter letter(std::optional<std::string> value, std::int64_t offset) {
  ReplayedLetter made;
  made.origin.origin = "orders";
  made.origin.partition = 3;
  made.origin.offset = offset;
  made.value = std::move(value);
  return made;
}

const data::Schema kOwn({{"offset", data::TypeId::kBigint},
                         {"headers", data::TypeId::kVarchar},
                         {"value", data::TypeId::kVarchar}});
const data::Schema kAdded({{"element", data::TypeId::kInteger}});

TEST(ReplayedRecords, ComeAfterThoseOfTheSource) {
  const Numbered own(2);
  const ReplayedLetter a = letter("x", 17);
  const ReplayedLetter b = letter(std::nullopt, 18);
  const ReplayedRecords joined(&own, {&a, &b}, {kOwn, kAdded});
  ASSERT_EQ(joined.size(), 4U);
  EXPECT_EQ(joined.payloads()[1].text(), "1");
  EXPECT_EQ(joined.payloads()[2].text(), "x");
  EXPECT_EQ(joined.payloads()[3].bytes, nullptr);
  EXPECT_EQ(joined.origin(1).offset, 1);
  EXPECT_EQ(joined.origin(3).offset, 18);
  EXPECT_EQ(joined.origin(3).partition, 3);
}

TEST(ReplayedRecords, HaveTheColumnsThatALetterKeeps) {
  const Numbered own(2);
  const ReplayedLetter a = letter("\xff", 17);
  const ReplayedRecords joined(&own, {&a}, {kOwn, kAdded});
  const std::vector<std::uint32_t> rows = {1, 2};
  connector::ColumnBuffer offsets(kOwn[0].type, 2);
  joined.write_column(0, rows, offsets.writer());
  EXPECT_EQ(offsets.text(0), "1");
  EXPECT_EQ(offsets.text(1), "17");
  const std::vector<std::uint32_t> last = {2};
  connector::ColumnBuffer headers(kOwn[1].type, 1);
  joined.write_column(1, last, headers.writer());
  EXPECT_TRUE(headers.is_null(0));
  connector::ColumnBuffer values(kOwn[2].type, 1);
  joined.write_column(2, last, values.writer());
  EXPECT_EQ(values.text(0), "\xEF\xBF\xBD");
}

TEST(ReplayedRecords, NeedNoneOfTheSource) {
  const ReplayedLetter a = letter("x", 17);
  const ReplayedRecords joined(nullptr, {&a}, {kOwn, kAdded});
  EXPECT_EQ(joined.size(), 1U);
  EXPECT_EQ(joined.original(0).text(), "x");
  EXPECT_EQ(joined.blank_lines(), 0);
}

}  // namespace
}  // namespace sluice::engine
