// Decoder::prepare: when the engine calls it, and what its errors lead to.

#include <atomic>
#include <charconv>
#include <set>

#include <gtest/gtest.h>

#include "base/check.h"
#include "engine/engine_rig.h"

namespace sluice::engine {
namespace {

/// The numbers from..to-1 as texts.
class TextBatch final : public data::RecordBatch {
 public:
  TextBatch(std::int64_t from, std::int64_t to) {
    for (std::int64_t number = from; number < to; ++number) {
      texts_.push_back(std::to_string(number));
    }
    for (const std::string& text : texts_) {
      payloads_.push_back({text.data(), static_cast<std::uint32_t>(text.size())});
    }
  }
  std::size_t size() const override { return texts_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  void write_column(std::size_t, std::span<const std::uint32_t>,
                    data::VectorWriter&) const override {}
  data::RecordOrigin origin(std::size_t) const override { return {}; }
  std::size_t bytes() const override { return 0; }

 private:
  std::vector<std::string> texts_;
  std::vector<data::Payload> payloads_;
};

class TextSource final : public connector::Source {
 public:
  explicit TextSource(std::int64_t end) : end_(end) {}
  const data::Schema& schema() const override { return schema_; }
  bool has_payload() const override { return true; }
  Status open(std::stop_token) override { return {}; }
  Result<data::Offset> initial() override { return data::Offset{"0"}; }
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override {
    const std::int64_t at = std::stoll(from.json);
    const std::int64_t step = limit.all ? end_ - at : std::min(limit.records, end_ - at);
    return data::Offset{std::to_string(at + step)};
  }
  Status freeze() override { return {}; }
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token) override {
    return std::unique_ptr<data::RecordBatch>(
        std::make_unique<TextBatch>(std::stoll(from.json), std::stoll(to.json)));
  }
  void release(const data::Offset&) override {}
  Result<connector::Lag> lag(const data::Offset& from) override {
    return connector::Lag{end_ - std::stoll(from.json)};
  }

 private:
  std::int64_t end_;
  data::Schema schema_;
};

/// What a schema registry is to a decoder: it rejects each text that prepare() has not seen.
class LearningDecoder final : public data::Decoder {
 public:
  Status prepare(const data::RecordBatch& batch) override {
    ++calls;
    SLUICE_CHECK(readers_ == 0);
    SLUICE_TRY(take_error(errors));
    known_.clear();
    for (const data::Payload& payload : batch.payloads()) known_.emplace(payload.text());
    return {};
  }
  const data::Schema& schema() const override { return schema_; }
  std::unique_ptr<data::RecordReader> reader(std::vector<std::size_t> columns,
                                             std::vector<std::size_t>,
                                             data::Arena&) const override {
    return std::make_unique<Reader>(*this, columns.empty());
  }
  std::string reason_text(const data::Reject&) const override { return "not known"; }

  int calls = 0;
  std::deque<Error> errors;

 private:
  class Reader final : public data::RecordReader {
   public:
    Reader(const LearningDecoder& decoder, bool counts) : decoder_(decoder), counts_(counts) {
      ++decoder_.readers_;
    }
    ~Reader() override { --decoder_.readers_; }
    void read(std::span<const data::Payload> payloads, std::size_t first, std::size_t count,
              data::ChunkWriter out, std::vector<std::uint32_t>& kept,
              std::vector<data::Reject>& rejects) override {
      std::size_t row = 0;
      for (std::size_t i = first; i < first + count; ++i) {
        const std::string_view text = payloads[i].text();
        const auto index = static_cast<std::uint32_t>(i);
        if (!decoder_.known_.contains(text)) {
          rejects.push_back({index, 0, data::Reject::kNoColumn});
          continue;
        }
        std::int64_t number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        if (!counts_) out[0].as<std::int64_t>()[row] = number;
        kept.push_back(index);
        ++row;
      }
    }

   private:
    const LearningDecoder& decoder_;
    bool counts_;  ///< no column is asked for
  };

  data::Schema schema_{{{"n", data::TypeId::kBigint}}};
  std::set<std::string, std::less<>> known_;
  mutable std::atomic<int> readers_ = 0;
};

class PrepareTest : public EngineTest {
 protected:
  Pipeline texts(std::int64_t end) {
    Pipeline pipeline = make(0);
    decode(pipeline.sources[0], end);
    return pipeline;
  }

  void decode(SourcePart& source, std::int64_t end) {
    source.source = std::make_unique<TextSource>(end);
    source.columns = {{.field = {"n", data::TypeId::kBigint}, .decoded = true, .index = 0}};
    auto decoder = std::make_unique<LearningDecoder>();
    decoder_ = decoder.get();
    source.decoder = std::move(decoder);
    source.dead_letter = std::make_unique<CollectingSink>(letters_);
  }

  LearningDecoder* decoder_ = nullptr;
  Target letters_;
};

TEST_F(PrepareTest, OnceABatchBeforeItsScans) {
  Pipeline pipeline = texts(25);
  pipeline.views.push_back({"twice", "SELECT n FROM numbers UNION ALL SELECT n FROM numbers", {}});
  pipeline.sinks[0].from = "twice";
  const auto summary = run(pipeline);
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(summary->batches, 3);
  EXPECT_EQ(decoder_->calls, 3);
  EXPECT_EQ(sum_of_rows(), 2 * 300);
  EXPECT_TRUE(letters_.rows.empty());
}

TEST_F(PrepareTest, WhatMayPassIsTriedAgain) {
  Pipeline pipeline = texts(15);
  decoder_->errors.push_back(transient_error("registry: down"));
  decoder_->errors.push_back(transient_error("registry: down"));
  const auto summary = run(pipeline);
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(decoder_->calls, 4);
  EXPECT_EQ(listener_.retries.size(), 2U);
  EXPECT_EQ(listener_.retries[0], "batch 0: source numbers: registry: down");
  EXPECT_EQ(target_.rows.size(), 15U);
  EXPECT_EQ(sum_of_rows(), 105);
}

TEST_F(PrepareTest, AUsersErrorStopsBeforeTheBatchAndTheNextRunGoesOn) {
  Pipeline pipeline = texts(15);
  decoder_->errors.push_back(user_error("p.yaml:4:9: no schema 7"));
  const auto failed = run(pipeline);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), Kind::kUser);
  EXPECT_EQ(failed.error().message(), "source numbers: p.yaml:4:9: no schema 7");
  EXPECT_TRUE(target_.rows.empty());
  EXPECT_TRUE(listener_.retries.empty());
  pipeline = texts(15);
  ASSERT_TRUE(run(pipeline));
  EXPECT_EQ(sum_of_rows(), 105);
}

TEST_F(PrepareTest, UsedUpRetriesLoseAndDoubleNothing) {
  Pipeline pipeline = texts(15);
  for (int i = 0; i < 9; ++i) decoder_->errors.push_back(transient_error("registry: down"));
  EXPECT_FALSE(run(pipeline));
  EXPECT_EQ(decoder_->calls, 4);
  pipeline = texts(15);
  ASSERT_TRUE(run(pipeline));
  EXPECT_EQ(target_.rows.size(), 15U);
  EXPECT_EQ(sum_of_rows(), 105);
}

TEST_F(PrepareTest, OfATableThatIsReadInFull) {
  Pipeline pipeline = make(15);
  pipeline.tables.emplace_back();
  TablePart& table = pipeline.tables.back();
  table.name = "names";
  table.source.emplace();
  table.source->name = "names";
  decode(*table.source, 8);
  decoder_->errors.push_back(transient_error("registry: down"));
  pipeline.views.push_back({"v", "SELECT n FROM numbers SEMI JOIN names USING (n)", {}});
  pipeline.sinks[0].from = "v";
  const auto summary = run(pipeline);
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(decoder_->calls, 2);
  EXPECT_EQ(target_.rows.size(), 8U);
}

}  // namespace
}  // namespace sluice::engine
