#include "app/rehearsal/quiet_source.h"

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

/// As many records as anybody asks for; offsets are their numbers.
class Endless final : public connector::Source {
 public:
  class Batch final : public data::RecordBatch {
   public:
    explicit Batch(std::size_t size) : size_(size) {}
    std::size_t size() const override { return size_; }
    std::span<const data::Payload> payloads() const override { return {}; }
    void write_column(std::size_t, std::span<const std::uint32_t>,
                      data::VectorWriter&) const override {}
    data::RecordOrigin origin(std::size_t) const override { return {}; }
    std::size_t bytes() const override { return 0; }

   private:
    const std::size_t size_;
  };

  const data::Schema& schema() const override {
    static const data::Schema kNone;
    return kNone;
  }
  bool has_payload() const override { return false; }
  Status open(std::stop_token) override { return {}; }
  Result<data::Offset> initial() override { return data::Offset{"0"}; }
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override {
    return data::Offset{std::to_string(std::stoll(from.json) + limit.records)};
  }
  Status freeze() override { return {}; }
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token) override {
    return {std::make_unique<Batch>(std::stoull(to.json) - std::stoull(from.json))};
  }
  void release(const data::Offset&) override { ADD_FAILURE() << "nobody may say so"; }
  Result<connector::Lag> lag(const data::Offset&) override { return connector::Lag(); }
};

data::ReadLimit at_most(std::int64_t records) {
  data::ReadLimit limit;
  limit.records = records;
  return limit;
}

TEST(QuietSource, SaysNothingOfWhatIsDone) {
  QuietSource source(std::make_unique<Endless>(), 10);
  source.release({"5"});
}

TEST(QuietSource, EndsWithItsLastRecord) {
  QuietSource source(std::make_unique<Endless>(), 10);
  EXPECT_EQ(source.latest({"0"}, at_most(7))->json, "7");
  ASSERT_TRUE(source.read({"0"}, {"7"}, {}));
  EXPECT_EQ(source.ending({"7"}), connector::Ending::kNever);
  EXPECT_EQ(source.latest({"7"}, at_most(7))->json, "10");
  ASSERT_TRUE(source.read({"7"}, {"10"}, {}));
  EXPECT_EQ(source.latest({"10"}, at_most(7))->json, "10");
  EXPECT_EQ(source.ending({"10"}), connector::Ending::kEnded);
}

TEST(QuietSource, ABatchThatIsMadeAgainCountsOnce) {
  QuietSource source(std::make_unique<Endless>(), 10);
  ASSERT_TRUE(source.read({"0"}, {"6"}, {}));
  ASSERT_TRUE(source.read({"0"}, {"6"}, {}));
  EXPECT_EQ(source.latest({"6"}, at_most(100))->json, "10");
}

}  // namespace
}  // namespace sluice::app
