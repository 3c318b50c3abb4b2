#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <numeric>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "connector/source.h"
#include "support/captured_log.h"
#include "support/column_buffer.h"
#include "support/leaping_clock.h"
#include "support/standing_clock.h"

namespace sluice::connector {

/// The records of a batch as text, payload and own columns, for comparing.
inline std::vector<std::string> record_texts(const Source& source, const data::RecordBatch& batch) {
  std::vector<std::string> texts(batch.size());
  for (std::size_t row = 0; row < batch.payloads().size(); ++row) {
    texts[row] = batch.payloads()[row].bytes == nullptr ? "no payload"
                                                        : std::string(batch.payloads()[row].text());
  }
  for (std::size_t column = 0; column < source.schema().size(); ++column) {
    for (std::size_t first = 0; first < batch.size(); first += data::kChunkRowsMax) {
      std::vector<std::uint32_t> rows(std::min(data::kChunkRowsMax, batch.size() - first));
      std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(first));
      ColumnBuffer buffer(source.schema()[column].type, rows.size());
      batch.write_column(column, rows, buffer.writer());
      for (std::size_t i = 0; i < rows.size(); ++i) texts[first + i] += "|" + buffer.text(i);
    }
  }
  return texts;
}

/// Proves the MUSTs of a source (README.md). A connector's test writes
///   INSTANTIATE_TYPED_TEST_SUITE_P(Kafka, SourceConformance, KafkaRig);
/// with a default-constructible class that has
///   std::unique_ptr<Source> make();  a new source over the same records, which outlive it
///   void fill();                     at least 20 records are there, no two alike
///   bool fill_more();                some more; false: they are all there at once
/// and, when it is not there everywhere,
///   static std::string missing();    why it cannot run here; "": it can
/// and, when it ends by itself (Source::ending),
///   static constexpr bool kEndsByItself = true;
/// and, when what was released cannot be read again, so that the lag may grow,
///   static constexpr bool kForgetsReleased = true;
/// and, when it reads from a server,
///   void go_away();                  the server answers nobody any more
///   std::unique_ptr<Source> make_impatient();   as make(), with the shortest time-outs there are
/// and, when something can happen to its records that is unexpected and dealt with,
///   std::size_t make_strange();      lets it happen to several things; how many. All records were
///                                    read
/// and, when it has options that hold secrets,
///   std::unique_ptr<Source> make_secret(const std::string& marker);
///                                    with `marker` as each of them; it may fail to open
/// and, when it is columnar,
///   static std::vector<std::string> texts(const Source&, const data::RecordBatch&);
///                                    the rows as text, in order; any thread
template <class Rig>
class SourceConformance : public testing::Test {
 protected:
  using Texts = std::vector<std::string>;
  static constexpr data::ReadLimit kNoLimit{};

  SourceConformance() { rig_.fill(); }

  void SetUp() override {
    if constexpr (requires { Rig::missing(); }) {
      if (const std::string reason = Rig::missing(); !reason.empty()) GTEST_SKIP() << reason;
    }
  }

  static Texts texts_of(const Source& source, const data::RecordBatch& batch) {
    if constexpr (requires { Rig::texts(source, batch); }) {
      return Rig::texts(source, batch);
    } else {
      return record_texts(source, batch);
    }
  }
  std::unique_ptr<Source> opened() {
    auto source = rig_.make();
    const Status status = source->open({});
    EXPECT_TRUE(status) << status.error().message();
    return source;
  }
  static data::Offset initial(Source& source) { return value(source.initial()); }
  static data::Offset latest(Source& source, const data::Offset& from,
                             const data::ReadLimit& limit = kNoLimit) {
    return value(source.latest(from, limit));
  }
  static Texts read(Source& source, const data::Offset& from, const data::Offset& to) {
    auto batch = source.read(from, to, {});
    EXPECT_TRUE(batch) << batch.error().message();
    return batch ? texts_of(source, **batch) : Texts();
  }
  /// Batch after batch until nothing is there; every batch must be within `limit`, and not empty.
  static Texts drain(Source& source, const data::ReadLimit& limit) {
    Texts all;
    data::Offset from = initial(source);
    for (int batches = 0; batches < 10'000; ++batches) {
      const data::Offset to = latest(source, from, limit);
      if (to == from) return all;
      const Texts batch = read(source, from, to);
      EXPECT_FALSE(batch.empty());
      EXPECT_LE(static_cast<std::int64_t>(batch.size()), limit.records);
      all.insert(all.end(), batch.begin(), batch.end());
      from = to;
    }
    ADD_FAILURE() << "no end after 10,000 batches";
    return all;
  }
  static std::int64_t payload_bytes(const data::RecordBatch& batch) {
    std::int64_t bytes = 0;
    for (const data::Payload& payload : batch.payloads()) bytes += payload.size;
    return bytes;
  }
  template <class T>
  static T value(Result<T> result) {
    EXPECT_TRUE(result) << result.error().message();
    return result ? *std::move(result) : T{};
  }

  Rig rig_;
};

TYPED_TEST_SUITE_P(SourceConformance);

TYPED_TEST_P(SourceConformance, SameRangeGivesSameRecords) {
  const auto source = this->opened();
  const auto from = this->initial(*source);
  const auto to = this->latest(*source, from);
  const auto first = this->read(*source, from, to);
  EXPECT_GE(first.size(), 20U);
  EXPECT_EQ(this->read(*source, from, to), first);
}

TYPED_TEST_P(SourceConformance, SameRangeGivesSameRecordsAfterRestart) {
  auto source = this->opened();
  const auto from = this->initial(*source);
  const auto to = this->latest(*source, from);
  const auto first = this->read(*source, from, to);
  this->rig_.fill_more();
  source = this->opened();
  EXPECT_EQ(this->read(*source, from, to), first);
}

TYPED_TEST_P(SourceConformance, ChainOfRangesGivesTheWhole) {
  const auto source = this->opened();
  const auto start = this->initial(*source);
  const auto middle = this->latest(*source, start, {7, TestFixture::kNoLimit.bytes});
  const auto end = this->latest(*source, middle);
  auto joined = this->read(*source, start, middle);
  const auto rest = this->read(*source, middle, end);
  joined.insert(joined.end(), rest.begin(), rest.end());
  auto whole = this->read(*this->opened(), start, end);
  // Which partition comes first may depend on the range; what comes may not.
  std::ranges::sort(joined);
  std::ranges::sort(whole);
  EXPECT_EQ(joined, whole);
}

TYPED_TEST_P(SourceConformance, OneRecordGetsThroughAnyLimit) {
  auto all = this->drain(*this->opened(), TestFixture::kNoLimit);
  auto one_by_one = this->drain(*this->opened(), {1, TestFixture::kNoLimit.bytes});
  auto byte_by_byte = this->drain(*this->opened(), {TestFixture::kNoLimit.records, 1});
  for (auto* texts : {&all, &one_by_one, &byte_by_byte}) std::ranges::sort(*texts);
  EXPECT_EQ(one_by_one, all);
  EXPECT_EQ(byte_by_byte, all);
}

/// As the engine asks of slow sources: the lag of a batch comes after the next one is read.
TYPED_TEST_P(SourceConformance, LagOfTheBatchBeforeLosesAndDoublesNothing) {
  const data::ReadLimit seven{7, TestFixture::kNoLimit.bytes};
  const auto expected = this->drain(*this->opened(), seven);
  const auto source = this->opened();
  data::Offset from = this->initial(*source);
  typename TestFixture::Texts got;
  for (std::size_t batches = 0; batches <= expected.size(); ++batches) {
    const data::Offset to = this->latest(*source, from, seven);
    if (to == from) break;
    const auto batch = this->read(*source, from, to);
    got.insert(got.end(), batch.begin(), batch.end());
    EXPECT_TRUE(source->lag(from));
    from = to;
  }
  EXPECT_EQ(got, expected);
}

TYPED_TEST_P(SourceConformance, NothingThereMeansStandingStill) {
  const auto source = this->opened();
  const auto end = this->latest(*source, this->initial(*source));
  EXPECT_EQ(this->latest(*source, end), end);
  const auto lag = this->value(source->lag(end));
  EXPECT_EQ(lag.records.value_or(0), 0);
}

TYPED_TEST_P(SourceConformance, RestartGoesOnBehindTheOffset) {
  auto source = this->opened();
  const auto end = this->latest(*source, this->initial(*source));
  const auto before = this->read(*source, this->initial(*source), end);
  source = this->opened();
  EXPECT_EQ(this->latest(*source, end), end);
  if (!this->rig_.fill_more()) return;
  const auto further = this->latest(*source, end);
  EXPECT_NE(further, end);
  for (const std::string& text : this->read(*source, end, further)) {
    EXPECT_EQ(std::ranges::count(before, text), 0) << text;
  }
}

TYPED_TEST_P(SourceConformance, FrozenSourceStopsAtItsEnd) {
  if constexpr (requires { TypeParam::kEndsByItself; }) GTEST_SKIP() << "it is read to its end";
  const auto source = this->opened();
  const auto all = this->drain(*source, TestFixture::kNoLimit);
  ASSERT_TRUE(source->freeze());
  this->rig_.fill_more();
  EXPECT_EQ(this->drain(*source, TestFixture::kNoLimit).size(), all.size());
}

TYPED_TEST_P(SourceConformance, FrozenInTheMiddleItStopsAtWhatIsThere) {
  if constexpr (requires { TypeParam::kEndsByItself; }) GTEST_SKIP() << "its thread reads ahead";
  auto expected = this->drain(*this->opened(), TestFixture::kNoLimit);
  const auto source = this->opened();
  const data::ReadLimit seven{7, TestFixture::kNoLimit.bytes};
  auto from = this->initial(*source);
  auto to = this->latest(*source, from, seven);
  auto all = this->read(*source, from, to);
  ASSERT_TRUE(source->freeze_now());
  this->rig_.fill_more();
  while (to != from) {
    from = to;
    to = this->latest(*source, from, seven);
    const auto batch = from == to ? decltype(all)() : this->read(*source, from, to);
    all.insert(all.end(), batch.begin(), batch.end());
  }
  std::ranges::sort(all);
  std::ranges::sort(expected);
  EXPECT_EQ(all, expected);
}

TYPED_TEST_P(SourceConformance, BatchOutlivesTheSource) {
  auto source = this->opened();
  const auto from = this->initial(*source);
  const auto to = this->latest(*source, from);
  auto batch = source->read(from, to, {});
  ASSERT_TRUE(batch);
  const auto before = this->texts_of(*source, **batch);
  source->release(to);
  if constexpr (!requires { TypeParam::kForgetsReleased; }) this->read(*source, from, to);
  source = this->rig_.make();  // for its schema only
  EXPECT_EQ(this->texts_of(*source, **batch), before);
}

TYPED_TEST_P(SourceConformance, ColumnsAreReadFromSeveralThreads) {
  const auto source = this->opened();
  const auto from = this->initial(*source);
  const auto batch = source->read(from, this->latest(*source, from), {});
  ASSERT_TRUE(batch);
  const auto expected = this->texts_of(*source, **batch);
  std::vector<std::vector<std::string>> seen(4);
  {
    std::vector<std::jthread> threads;
    for (auto& texts : seen) {
      threads.emplace_back([&] { texts = TestFixture::texts_of(*source, **batch); });
    }
  }
  for (const auto& texts : seen) EXPECT_EQ(texts, expected);
}

TYPED_TEST_P(SourceConformance, EveryRecordHasAnOrigin) {
  const auto source = this->opened();
  const auto from = this->initial(*source);
  const auto batch = source->read(from, this->latest(*source, from), {});
  ASSERT_TRUE(batch);
  std::vector<std::string> origins;
  for (std::size_t row = 0; row < (*batch)->size(); ++row) {
    const auto origin = (*batch)->origin(row);
    EXPECT_FALSE(origin.origin.empty());
    origins.push_back(origin.origin + " " + std::to_string(origin.partition) + " " +
                      std::to_string(origin.offset));
  }
  std::ranges::sort(origins);
  EXPECT_EQ(std::ranges::adjacent_find(origins), origins.end());
}

TYPED_TEST_P(SourceConformance, OpeningEndsWithTheStop) {
  std::stop_source stop;
  stop.request_stop();
  const auto source = this->rig_.make();
  const Status status = source->open(stop.get_token());
  if (status) return;
  EXPECT_EQ(status.error().kind(), Kind::kCancelled) << status.error().message();
  const Status again = source->open({});
  EXPECT_TRUE(again) << again.error().message();
}

TYPED_TEST_P(SourceConformance, WaitingEndsWithTheStop) {
  const auto source = this->opened();
  const auto end = this->latest(*source, this->initial(*source));
  const StandingClock clock;  // nothing but the stop can end the wait
  std::stop_source stop;
  const std::jthread stopper([&] { stop.request_stop(); });
  source->wait_for_data(end, std::chrono::hours(24), stop.get_token(), clock);
}

TYPED_TEST_P(SourceConformance, WaitingGoesByTheClockItIsGiven) {
  const auto source = this->opened();
  const auto end = this->latest(*source, this->initial(*source));
  source->wait_for_data(end, std::chrono::hours(24), {}, LeapingClock());
}

TYPED_TEST_P(SourceConformance, ReadingEndsWithTheStop) {
  const auto source = this->opened();
  const auto from = this->initial(*source);
  const auto to = this->latest(*source, from);
  std::stop_source stop;
  stop.request_stop();
  const auto batch = source->read(from, to, stop.get_token());
  EXPECT_TRUE(batch || batch.error().kind() == Kind::kCancelled) << batch.error().message();
}

/// Else it would be kTransient, once the time for an answer is over.
TYPED_TEST_P(SourceConformance, AServerThatIsAwayIsNotWaitedForAfterTheStop) {
  if constexpr (requires { this->rig_.go_away(); }) {
    const auto source = this->opened();
    const auto from = this->initial(*source);
    const auto to = this->latest(*source, from);
    this->rig_.go_away();
    std::stop_source stop;
    stop.request_stop();
    const auto batch = source->read(from, to, stop.get_token());
    EXPECT_TRUE(batch || batch.error().kind() == Kind::kCancelled) << batch.error().message();
    const Status status = this->rig_.make()->open(stop.get_token());
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind(), Kind::kCancelled) << status.error().message();
  } else {
    GTEST_SKIP() << "no server";
  }
}

/// Whatever gets no stop token has an end of its own, and an error is only returned: whoever
/// handles it logs it. (An answer may have come before the server went away.)
TYPED_TEST_P(SourceConformance, AServerThatIsAwayIsAnErrorThatIsNotLogged) {
  if constexpr (requires { this->rig_.make_impatient(); }) {
    CapturedLog logged(LogLevel::kInfo);
    const auto source = this->rig_.make_impatient();
    ASSERT_TRUE(source->open({}));
    const auto from = this->initial(*source);
    this->rig_.go_away();
    std::vector<Kind> kinds;
    const auto note = [&kinds](const auto& result) {
      if (!result) kinds.push_back(result.error().kind());
    };
    note(source->latest(from, TestFixture::kNoLimit));
    note(source->lag(from));
    const auto again = this->rig_.make_impatient();
    note(again->open({}));
    EXPECT_FALSE(kinds.empty());
    for (const Kind kind : kinds) EXPECT_EQ(kind, Kind::kTransient);
    EXPECT_EQ(logged.text(), "");
  } else {
    GTEST_SKIP() << "no server";
  }
}

TYPED_TEST_P(SourceConformance, StrangeThingsAreWarnedOfOnceEach) {
  if constexpr (requires { this->rig_.make_strange(); }) {
    CapturedLog logged(LogLevel::kInfo);
    const auto source = this->opened();
    const auto end = this->latest(*source, this->initial(*source));
    this->read(*source, this->initial(*source), end);
    const std::size_t things = this->rig_.make_strange();
    ASSERT_GT(things, 1U);
    for (int look = 0; look < 3; ++look) this->latest(*source, end);
    const std::string text = logged.text();
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(text, '\n')), things) << text;
    std::size_t warnings = 0;
    for (std::size_t at = text.find("warn"); at != text.npos; at = text.find("warn", at + 4)) {
      ++warnings;
    }
    EXPECT_GE(warnings, things) << text;
  } else {
    GTEST_SKIP() << "nothing of the sort";
  }
}

/// The engine asks after each batch, where latest() has come to.
TYPED_TEST_P(SourceConformance, LagIsWhatIsLeft) {
  const auto source = this->opened();
  data::Offset at = this->initial(*source);
  std::vector<Lag> lags;
  const std::int64_t few = 7;
  for (const std::int64_t records : {few, few, TestFixture::kNoLimit.records}) {
    at = this->latest(*source, at, {records, TestFixture::kNoLimit.bytes});
    lags.push_back(this->value(source->lag(at)));
  }
  std::int64_t left = 0;  // of a file that is begun: bytes alone
  for (const auto part : {&Lag::records, &Lag::bytes}) {
    if (!(lags[0].*part)) continue;
    left += *(lags[0].*part);
    if constexpr (!requires { TypeParam::kForgetsReleased; }) {
      EXPECT_LE(*(lags[1].*part), *(lags[0].*part));
    }
    EXPECT_EQ(lags[2].*part, 0);
  }
  if constexpr (!requires { TypeParam::kForgetsReleased; }) {
    EXPECT_EQ(left > 0, lags[0].records || lags[0].bytes);
  }
}

TYPED_TEST_P(SourceConformance, LimitOfBytesIsKept) {
  constexpr std::int64_t kBytes = 40;
  const auto source = this->opened();
  data::Offset from = this->initial(*source);
  for (int batches = 0; batches < 10'000; ++batches) {
    const auto to = this->latest(*source, from, {TestFixture::kNoLimit.records, kBytes});
    if (to == from) return;
    const auto batch = source->read(from, to, {});
    ASSERT_TRUE(batch) << batch.error().message();
    if ((*batch)->size() > 1) {
      EXPECT_LE(TestFixture::payload_bytes(**batch), kBytes);
    }
    from = to;
  }
}

TYPED_TEST_P(SourceConformance, BytesCoverThePayloads) {
  const auto source = this->opened();
  const auto from = this->initial(*source);
  const auto batch = source->read(from, this->latest(*source, from), {});
  ASSERT_TRUE(batch) << batch.error().message();
  EXPECT_GE(static_cast<std::int64_t>((*batch)->bytes()), TestFixture::payload_bytes(**batch));
}

TYPED_TEST_P(SourceConformance, NothingIsLoggedWhileAllIsWell) {
  CapturedLog logged(LogLevel::kInfo);
  this->drain(*this->opened(), {1, TestFixture::kNoLimit.bytes});
  EXPECT_EQ(logged.text(), "");
}

TYPED_TEST_P(SourceConformance, SecretsAreNeverShown) {
  if constexpr (requires { this->rig_.make_secret(""); }) {
    const std::string marker = "Hunter2-Hunter2";
    CapturedLog logged(LogLevel::kDebug);
    std::string shown;
    const auto note = [&shown](const auto& result) {
      if (!result) shown += result.error().message() + "\n";
      return result.has_value();
    };
    const auto source = this->rig_.make_secret(marker);
    if (note(source->open({}))) {
      const auto from = source->initial();
      const auto to = note(from) ? source->latest(*from, {}) : from.error().clone();
      if (note(to)) {
        shown += from->json + to->json;
        note(source->read(*from, *to, {}));
        note(source->lag(*from));
      }
    }
    EXPECT_NE(shown, "");
    EXPECT_EQ(shown.find(marker), std::string::npos) << shown;
    EXPECT_EQ(logged.text().find(marker), std::string::npos) << logged.text();
  } else {
    GTEST_SKIP() << "none of its options is secret";
  }
}

TYPED_TEST_P(SourceConformance, EndsWhereAnotherRunIsOrSaysThatItCannot) {
  const auto first = this->opened();
  const data::Offset from = this->initial(*first);
  const data::Offset to = this->latest(*first, from, {.records = 7});
  auto there = this->read(*first, from, to);
  const Remembered place{to, this->value(first->log_entry(from, to)), "checkpoint"};
  this->rig_.fill_more();
  const auto again = this->opened();
  const Status ends = again->end_at(place);
  if (!ends && ends.error().kind() == Kind::kUser) return;
  ASSERT_TRUE(ends) << ends.error().message();
  auto found = this->drain(*again, this->kNoLimit);
  std::ranges::sort(there);
  std::ranges::sort(found);
  EXPECT_EQ(found, there);
}

REGISTER_TYPED_TEST_SUITE_P(
    SourceConformance, SameRangeGivesSameRecords, SameRangeGivesSameRecordsAfterRestart,
    ChainOfRangesGivesTheWhole, OneRecordGetsThroughAnyLimit,
    LagOfTheBatchBeforeLosesAndDoublesNothing, NothingThereMeansStandingStill,
    RestartGoesOnBehindTheOffset, FrozenSourceStopsAtItsEnd, FrozenInTheMiddleItStopsAtWhatIsThere,
    BatchOutlivesTheSource, ColumnsAreReadFromSeveralThreads, EveryRecordHasAnOrigin,
    OpeningEndsWithTheStop, WaitingEndsWithTheStop, WaitingGoesByTheClockItIsGiven,
    ReadingEndsWithTheStop, AServerThatIsAwayIsAnErrorThatIsNotLogged,
    StrangeThingsAreWarnedOfOnceEach, AServerThatIsAwayIsNotWaitedForAfterTheStop, LagIsWhatIsLeft,
    LimitOfBytesIsKept, BytesCoverThePayloads, NothingIsLoggedWhileAllIsWell, SecretsAreNeverShown,
    EndsWhereAnotherRunIsOrSaysThatItCannot);

}  // namespace sluice::connector
