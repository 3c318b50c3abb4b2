#include "formats/json_element_batch.h"

#include <gtest/gtest.h>

#include "data/decoder.h"
#include "formats/vector_memory_test_support.h"

namespace sluice::formats {
namespace {

/// Messages whose one own column is their number times ten; an empty text has no value.
class Messages final : public data::RecordBatch {
 public:
  explicit Messages(std::vector<std::string> texts) : texts_(std::move(texts)) {
    for (const std::string& text : texts_) {
      payloads_.push_back(
          {text.empty() ? nullptr : text.data(), static_cast<std::uint32_t>(text.size())});
    }
  }
  std::size_t size() const override { return texts_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  void write_column(std::size_t, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override {
    for (std::size_t i = 0; i < rows.size(); ++i) out.as<std::int64_t>()[i] = rows[i] * 10;
  }
  data::RecordOrigin origin(std::size_t row) const override {
    data::RecordOrigin origin;
    origin.offset = static_cast<std::int64_t>(row);
    return origin;
  }
  std::size_t bytes() const override { return 100; }

 private:
  std::vector<std::string> texts_;
  std::vector<data::Payload> payloads_;
};

const Messages kMessages({R"({"e":[1,2]})", R"({"e":[]})", R"({"e":7})", "", R"({"e":[3]})"});

std::string column(const data::RecordBatch& batch, std::size_t number, std::string_view type) {
  const DecodedColumns columns = columns_from("c " + std::string(type));
  VectorMemory memory(columns.plans[0], data::kChunkRowsMax);
  std::vector<std::uint32_t> rows(batch.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::uint32_t>(i);
  batch.write_column(number, rows, memory.vector());
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    text += (i == 0 ? "" : " ") + shown(columns.plans[0], memory.vector(), i);
  }
  return text;
}

class Elements : public testing::Test {
 protected:
  const JsonElements elements_ = *JsonElements::parse("/e/-");
  const JsonElementBatch batch_{kMessages, &elements_};
};

TEST_F(Elements, AreRecordsAndBrokenMessagesToo) {
  std::string text;
  for (const data::Payload& payload : batch_.payloads()) {
    text += std::string(payload.text()) + (payload.broken != 0 ? "!" : "") + " ";
  }
  EXPECT_EQ(text, "1 2 {\"e\":7}! ! 3 ");
  EXPECT_EQ(batch_.size(), 5U);
}

TEST_F(Elements, HaveTheColumnsOfTheirMessage) {
  EXPECT_EQ(column(batch_, 0, "BIGINT"), "0 0 20 30 40");
  EXPECT_EQ(column(batch_, data::Decoder::kAddedColumn, "JSON"),
            R"('{"e":[1,2]}' '{"e":[1,2]}' '{"e":7}' NULL '{"e":[3]}')");
}

TEST_F(Elements, AreNumberedInTheirMessage) {
  EXPECT_EQ(column(batch_, data::Decoder::kAddedColumn + 1, "INTEGER"), "0 1 0 0 0");
}

TEST_F(Elements, SayWhereTheyComeFrom) {
  EXPECT_EQ(batch_.origin(1).offset, 0);
  EXPECT_EQ(batch_.origin(1).element, 1);
  EXPECT_EQ(batch_.origin(2).offset, 2);
  EXPECT_EQ(batch_.origin(2).element, std::nullopt);  // the message is broken as a whole
}

TEST(Envelopes, AreMessagesAsTheyAre) {
  const JsonElementBatch batch(kMessages, nullptr);
  EXPECT_EQ(batch.size(), 5U);
  EXPECT_EQ(batch.payloads().data(), kMessages.payloads().data());
  EXPECT_EQ(column(batch, 0, "BIGINT"), "0 10 20 30 40");
  EXPECT_EQ(batch.origin(2).element, std::nullopt);
}

}  // namespace
}  // namespace sluice::formats
