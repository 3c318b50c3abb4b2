#include "engine/selected_records.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sluice::engine {
namespace {

struct Record {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::int32_t partition = 0;
  Micros time = 0;
};

class KeyedBatch final : public data::RecordBatch {
 public:
  explicit KeyedBatch(std::vector<Record> records) : records_(std::move(records)) {
    for (const Record& record : records_) {
      data::Payload payload;
      if (record.value) {
        payload = {record.value->data(), static_cast<std::uint32_t>(record.value->size())};
      }
      payloads_.push_back(payload);
    }
  }
  std::size_t size() const override { return records_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  void write_column(std::size_t, std::span<const std::uint32_t>,
                    data::VectorWriter&) const override {}
  data::RecordOrigin origin(std::size_t row) const override {
    data::RecordOrigin origin;
    origin.partition = records_[row].partition;
    origin.timestamp = records_[row].time;
    if (records_[row].key) origin.key = *records_[row].key;
    return origin;
  }
  std::size_t bytes() const override { return 0; }

 private:
  std::vector<Record> records_;
  std::vector<data::Payload> payloads_;
};

std::string values(const std::unique_ptr<SelectedRecords>& selected) {
  std::string text;
  for (const data::Payload& payload : selected->payloads()) {
    text += (text.empty() ? "" : " ") + std::string(payload.text());
  }
  return text;
}

TEST(SelectedRecords, TheNewestOfAKeyStays) {
  const KeyedBatch all({{"a", "1"}, {"b", "2"}, {"a", "3"}, {"", "4"}, {"", "5"}});
  EXPECT_EQ(values(SelectedRecords::latest_by_key(all)), "2 3 5");
}

TEST(SelectedRecords, ATombstoneDeletesItsKey) {
  const KeyedBatch all({{"a", "1"}, {"b", "2"}, {"a", {}}, {"c", {}}, {"c", "3"}});
  const auto selected = SelectedRecords::latest_by_key(all);
  EXPECT_EQ(values(selected), "2 3");
  EXPECT_EQ(selected->tombstones(), 1U);
}

TEST(SelectedRecords, OfTwoPartitionsTheLaterTimeIsNewer) {
  const KeyedBatch all(
      {{"a", "1", 0, 20}, {"b", "2", 0, 10}, {"a", "3", 1, 10}, {"b", "4", 1, 20}});
  EXPECT_EQ(values(SelectedRecords::latest_by_key(all)), "1 4");
  // Within one the later record is, whatever a producer's clock said.
  const KeyedBatch one({{"a", "1", 0, 20}, {"a", "2", 0, 10}});
  EXPECT_EQ(values(SelectedRecords::latest_by_key(one)), "2");
}

TEST(SelectedRecords, RecordsWithoutAKeyStay) {
  const KeyedBatch all({{{}, "1"}, {{}, "2"}, {"a", "3"}});
  EXPECT_EQ(values(SelectedRecords::latest_by_key(all)), "1 2 3");
}

TEST(SelectedRecords, WithValueLeavesTombstonesOut) {
  const KeyedBatch all({{"a", "1"}, {"a", {}}, {"a", ""}});
  const auto selected = SelectedRecords::with_value(all);
  EXPECT_EQ(selected->size(), 2U);
  EXPECT_EQ(selected->tombstones(), 1U);
}

}  // namespace
}  // namespace sluice::engine
