#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "connector/sink.h"
#include "support/crash_child.h"
#include "support/text_table.h"

namespace sluice::connector {

/// Proves the MUSTs of a sink (README.md). A connector's test writes
///   INSTANTIATE_TYPED_TEST_SUITE_P(Delta, SinkConformance, DeltaRig);
/// with a class that has
///   explicit Rig(std::string folder);   an empty folder of its own; in a restarted process the
///   same std::unique_ptr<Sink> make();       a new sink over the same target, not yet opened
///   std::vector<std::string> rows();    what a reader sees in the target now: "id|name", any order
///   std::size_t leftovers();            staged files (or the like) that no published batch owns
///   void put_foreign();                 puts something of somebody else's into the target
///   bool foreign_is_intact();           it is still there as it was
///   static constexpr bool kOutlivesProcess;  the target is there after a kill -9
///   static constexpr bool kComplete;    the sink can do complete mode
/// and, where append mode is not what is to be proven,
///   static constexpr OutputMode kMode;
/// and, where TextTable does not serve,
///   std::unique_ptr<BatchTable> table(data::Schema, std::vector<TextTable::Row>);
template <class Rig>
class SinkConformance : public testing::Test {
 protected:
  SinkConformance() : folder_(make_folder()), rig_(folder_ + "/target") {}
  ~SinkConformance() override {
    if (crash_child_folder().empty()) std::filesystem::remove_all(folder_);
  }

  static data::Schema schema() {
    return data::Schema({{"id", data::TypeId::kBigint}, {"name", data::TypeId::kVarchar}});
  }
  /// Rows of batch `batch`: as many as its number and two, no two alike in all batches.
  static std::vector<TextTable::Row> batch_rows(data::BatchId batch) {
    std::vector<TextTable::Row> rows;
    for (int i = 0; i < batch + 2; ++i) {
      const std::string id = std::to_string(batch * 100 + i);
      rows.push_back({id, "name " + id});
    }
    return rows;
  }
  /// What a reader should see of the batches [0, end), or of one.
  static std::vector<std::string> expected(data::BatchId end, data::BatchId first = 0) {
    std::vector<std::string> texts;
    for (data::BatchId batch = first; batch < end; ++batch) {
      for (const auto& row : batch_rows(batch)) texts.push_back(*row[0] + "|" + *row[1]);
    }
    std::ranges::sort(texts);
    return texts;
  }
  std::vector<std::string> visible() {
    auto rows = rig_.rows();
    std::ranges::sort(rows);
    return rows;
  }
  std::unique_ptr<BatchTable> table(const std::vector<TextTable::Row>& rows) {
    if constexpr (requires { rig_.table(schema(), rows); }) {
      return rig_.table(schema(), rows);
    } else {
      return std::make_unique<TextTable>(schema(), rows);
    }
  }
  static constexpr OutputMode usual_mode() {
    if constexpr (requires { Rig::kMode; }) return Rig::kMode;
    return OutputMode::kAppend;
  }
  std::unique_ptr<Sink> opened(OutputMode mode = usual_mode()) {
    auto sink = rig_.make();
    succeeds(sink->check(schema(), mode));
    succeeds(sink->open(schema(), mode));
    return sink;
  }
  /// A sink of a run on the checkpoint folder `mark`, opened, not claimed yet.
  std::unique_ptr<Sink> introduced(const std::string& mark,
                                   const std::optional<KnownClaim>& known = std::nullopt) {
    auto sink = rig_.make();
    sink->introduce({.host = "host-" + mark,
                     .process = 4711,
                     .checkpoint = "/" + mark,
                     .mark = mark,
                     .run = mark + std::to_string(++runs_)},
                    known);
    succeeds(sink->open(schema(), usual_mode()));
    return sink;
  }
  static std::optional<Claim> claim(Sink& sink) {
    const auto result = sink.claim();
    EXPECT_TRUE(result) << result.error().message();
    return result ? *result : std::nullopt;
  }
  static void expect_fenced(const Status& status, const std::string& by) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind(), Kind::kConflict) << status.error().message();
    EXPECT_NE(status.error().message().find("E_FENCED"), std::string::npos);
    EXPECT_NE(status.error().message().find("host=host-" + by + " process=4711"), std::string::npos)
        << status.error().message();
  }
  /// Stages the batch's usual rows under the hash "hash <batch>".
  Staged staged(Sink& sink, data::BatchId batch) { return staged(sink, batch, batch_rows(batch)); }
  Staged staged(Sink& sink, data::BatchId batch, const std::vector<TextTable::Row>& rows) {
    const auto given = table(rows);
    auto result = sink.stage(batch, *given);
    EXPECT_TRUE(result) << result.error().message();
    if (!result) return {};
    EXPECT_EQ(result->batch, batch);
    result->plan_hash = "hash " + std::to_string(batch);
    result->notes = R"({"offsets":{}})";
    return *std::move(result);
  }
  void run_batch(Sink& sink, data::BatchId batch) { succeeds(sink.publish(staged(sink, batch))); }
  static std::optional<Head> head(Sink& sink) {
    auto result = sink.head();
    EXPECT_TRUE(result) << result.error().message();
    return result ? *std::move(result) : std::nullopt;
  }
  static void succeeds(const Status& status) { EXPECT_TRUE(status) << status.error().message(); }

  // The engine's part in the crash tests: an outbox of one file.
  std::string outbox() const { return folder_ + "/outbox.json"; }
  void record(const Staged& staged) const;
  std::optional<Staged> recorded() const;
  void run_recorded(Sink& sink, data::BatchId batch);
  void recover_and_finish();

  static constexpr data::BatchId kCrashBatches = 3;

  std::string folder_;
  Rig rig_;
  int runs_ = 0;

 private:
  static std::string make_folder() {
    if (!crash_child_folder().empty()) return crash_child_folder();
    std::string pattern = std::filesystem::temp_directory_path() / "sluice_sink_XXXXXX";
    return ::mkdtemp(pattern.data());
  }
};

template <class Rig>
void SinkConformance<Rig>::record(const Staged& staged) const {
  const nlohmann::json json = {{"batch", staged.batch},         {"action", staged.action},
                               {"rows", staged.rows},           {"bytes", staged.bytes},
                               {"plan_hash", staged.plan_hash}, {"notes", staged.notes}};
  std::ofstream(outbox() + ".new") << json.dump();
  std::filesystem::rename(outbox() + ".new", outbox());
}

template <class Rig>
std::optional<Staged> SinkConformance<Rig>::recorded() const {
  std::ifstream file(outbox());
  if (!file) return std::nullopt;
  const auto json = nlohmann::json::parse(file);
  return Staged{json["batch"], json["action"],    json["rows"],
                json["bytes"], json["plan_hash"], json["notes"]};
}

template <class Rig>
void SinkConformance<Rig>::run_recorded(Sink& sink, data::BatchId batch) {
  const Staged done = staged(sink, batch);
  record(done);
  succeeds(sink.publish(done));
}

/// What the engine does on start, then the batches that are left.
template <class Rig>
void SinkConformance<Rig>::recover_and_finish() {
  const auto sink = opened();
  const auto in_outbox = recorded();
  const std::vector<Staged> keep = in_outbox ? std::vector{*in_outbox} : std::vector<Staged>();
  succeeds(sink->discard_all_but(keep));
  const auto before = head(*sink);
  if (in_outbox && (!before || before->batch < in_outbox->batch)) {
    succeeds(sink->publish(*in_outbox));
  }
  for (data::BatchId batch = in_outbox ? in_outbox->batch + 1 : 0; batch < kCrashBatches; ++batch) {
    run_recorded(*sink, batch);
  }
  succeeds(sink->discard_all_but({}));
}

TYPED_TEST_SUITE_P(SinkConformance);

TYPED_TEST_P(SinkConformance, StagingShowsNothing) {
  const auto sink = this->opened();
  this->staged(*sink, 0);
  EXPECT_TRUE(this->visible().empty());
  EXPECT_FALSE(this->head(*sink));
}

TYPED_TEST_P(SinkConformance, PublishingShowsAll) {
  const auto sink = this->opened();
  this->run_batch(*sink, 0);
  this->run_batch(*sink, 1);
  EXPECT_EQ(this->visible(), this->expected(2));
}

TYPED_TEST_P(SinkConformance, StagedCountsItsRows) {
  EXPECT_EQ(this->staged(*this->opened(), 3).rows, 5U);
}

TYPED_TEST_P(SinkConformance, PublishingTwiceChangesNothing) {
  const auto sink = this->opened();
  const Staged staged = this->staged(*sink, 0);
  this->succeeds(sink->publish(staged));
  this->succeeds(sink->publish(staged));
  EXPECT_EQ(this->visible(), this->expected(1));
}

TYPED_TEST_P(SinkConformance, AnotherSinkPublishesWhatThisOneStaged) {
  const Staged staged = this->staged(*this->opened(), 0);
  this->succeeds(this->opened()->publish(staged));
  EXPECT_EQ(this->visible(), this->expected(1));
}

TYPED_TEST_P(SinkConformance, HeadIsInTheTarget) {
  EXPECT_FALSE(this->head(*this->opened()));
  const auto sink = this->opened();
  this->run_batch(*sink, 0);
  this->run_batch(*sink, 1);
  const auto head = this->head(*this->opened());
  ASSERT_TRUE(head);
  EXPECT_EQ(head->batch, 1);
  EXPECT_EQ(head->plan_hash, "hash 1");
}

TYPED_TEST_P(SinkConformance, BatchWithoutRowsMovesTheHead) {
  const auto sink = this->opened();
  this->run_batch(*sink, 0);
  this->succeeds(sink->publish(this->staged(*sink, 1, {})));
  EXPECT_EQ(this->head(*sink)->batch, 1);
  EXPECT_EQ(this->visible(), this->expected(1));
}

TYPED_TEST_P(SinkConformance, StagingAgainPublishesOnce) {
  const auto sink = this->opened();
  this->staged(*sink, 0);
  const Staged second = this->staged(*sink, 0);
  this->succeeds(sink->publish(second));
  EXPECT_EQ(this->visible(), this->expected(1));
}

TYPED_TEST_P(SinkConformance, LeftoversAreFoundAndRemoved) {
  auto sink = this->opened();
  this->run_batch(*sink, 0);
  this->staged(*sink, 1);
  EXPECT_GT(this->rig_.leftovers(), 0U);
  sink = this->opened();
  this->succeeds(sink->discard_all_but({}));
  EXPECT_EQ(this->rig_.leftovers(), 0U);
  EXPECT_EQ(this->visible(), this->expected(1));
}

TYPED_TEST_P(SinkConformance, WhatIsKeptCanBePublished) {
  const Staged staged = this->staged(*this->opened(), 0);
  const auto sink = this->opened();
  this->succeeds(sink->discard_all_but(std::span(&staged, 1)));
  this->succeeds(sink->publish(staged));
  EXPECT_EQ(this->visible(), this->expected(1));
  EXPECT_EQ(this->rig_.leftovers(), 0U);
}

TYPED_TEST_P(SinkConformance, ForeignThingsStay) {
  auto sink = this->opened();
  this->run_batch(*sink, 0);
  this->rig_.put_foreign();
  this->staged(*sink, 1);
  sink = this->opened();
  this->succeeds(sink->discard_all_but({}));
  this->run_batch(*sink, 1);
  EXPECT_TRUE(this->rig_.foreign_is_intact());
}

TYPED_TEST_P(SinkConformance, AnotherRunsBatchIsNotOverwritten) {
  const auto sink = this->opened();
  Staged ours = this->staged(*sink, 0);
  ours.plan_hash = "another hash";
  this->run_batch(*sink, 0);
  EXPECT_FALSE(sink->publish(ours));
  EXPECT_EQ(this->head(*sink)->plan_hash, "hash 0");
  EXPECT_EQ(this->visible(), this->expected(1));
  this->succeeds(sink->discard_all_but({}));
  EXPECT_EQ(this->rig_.leftovers(), 0U);
}

TYPED_TEST_P(SinkConformance, CompleteModeReplaces) {
  if (!TypeParam::kComplete) return;
  const auto sink = this->opened(OutputMode::kComplete);
  for (data::BatchId batch = 0; batch < 3; ++batch) this->run_batch(*sink, batch);
  EXPECT_EQ(this->visible(), this->expected(3, 2));
  EXPECT_EQ(this->head(*sink)->batch, 2);
}

TYPED_TEST_P(SinkConformance, NewerClaimFencesTheOlderRun) {
  const auto one = this->introduced("aaaaaaaa");
  const auto first = this->claim(*one);
  if (!first) GTEST_SKIP() << "the sink claims nothing";
  const Staged staged = this->staged(*one, 0);
  this->succeeds(one->check_claim());
  const auto two = this->introduced("bbbbbbbb");
  EXPECT_GT(this->claim(*two)->epoch, first->epoch);
  this->succeeds(two->discard_all_but({}));
  this->expect_fenced(one->check_claim(), "bbbbbbbb");
  this->expect_fenced(one->publish(staged), "bbbbbbbb");
  EXPECT_TRUE(this->visible().empty());
  this->succeeds(one->discard_all_but({}));
  this->succeeds(two->check_claim());
  this->run_batch(*two, 0);
  this->run_batch(*two, 1);
  EXPECT_EQ(this->visible(), this->expected(2));
  this->succeeds(two->discard_all_but({}));
  EXPECT_EQ(this->rig_.leftovers(), 0U);
}

TYPED_TEST_P(SinkConformance, WhatAFencedRunHasCommittedCanStillBePublished) {
  auto one = this->introduced("aaaaaaaa");
  const auto first = this->claim(*one);
  if (!first) GTEST_SKIP() << "the sink claims nothing";
  const Staged staged = this->staged(*one, 0);
  const auto two = this->introduced("bbbbbbbb");
  EXPECT_TRUE(this->claim(*two)->took_over);
  this->succeeds(two->discard_all_but({}));
  one = this->introduced("aaaaaaaa", KnownClaim{first->epoch, "aaaaaaaa"});
  EXPECT_TRUE(this->claim(*one)->is_new);
  this->succeeds(one->publish(staged));
  EXPECT_EQ(this->visible(), this->expected(1));
  this->expect_fenced(two->check_claim(), "aaaaaaaa");
}

TYPED_TEST_P(SinkConformance, SameCheckpointKeepsItsClaim) {
  const auto first = this->claim(*this->introduced("aaaaaaaa"));
  if (!first) GTEST_SKIP() << "the sink claims nothing";
  const KnownClaim known{first->epoch, "aaaaaaaa"};
  const auto again = this->claim(*this->introduced("aaaaaaaa", known));
  EXPECT_EQ(again->epoch, first->epoch);
  EXPECT_FALSE(again->is_new);
  const auto copied = this->claim(*this->introduced("bbbbbbbb", known));
  EXPECT_GT(copied->epoch, first->epoch);
  EXPECT_FALSE(copied->took_over);
  EXPECT_TRUE(this->claim(*this->introduced("aaaaaaaa", known))->took_over);
}

TYPED_TEST_P(SinkConformance, LeftoversOfTheSameCheckpointAreRemoved) {
  auto sink = this->introduced("aaaaaaaa");
  const auto first = this->claim(*sink);
  if (!first) GTEST_SKIP() << "the sink claims nothing";
  this->run_batch(*sink, 0);
  this->staged(*sink, 1);
  EXPECT_GT(this->rig_.leftovers(), 0U);
  sink = this->introduced("aaaaaaaa", KnownClaim{first->epoch, "aaaaaaaa"});
  this->claim(*sink);
  this->succeeds(sink->discard_all_but({}));
  EXPECT_EQ(this->rig_.leftovers(), 0U);
  EXPECT_EQ(this->visible(), this->expected(1));
}

TYPED_TEST_P(SinkConformance, DISABLED_CrashChild) {
  const auto sink = this->opened();
  for (data::BatchId batch = 0; batch < this->kCrashBatches; ++batch) {
    this->run_recorded(*sink, batch);
  }
}

TYPED_TEST_P(SinkConformance, EveryCrashPointIsSurvived) {
  if (!TypeParam::kOutlivesProcess) return;
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  const std::string filter = std::string(info->test_suite_name()) + ".DISABLED_CrashChild";
  const std::string names = this->folder_ + "/names";
  ASSERT_TRUE(run_crash_child(filter, "list:" + names, this->folder_));
  ASSERT_FALSE(read_lines(names).empty());
  for (const std::string& name : read_lines(names)) {
    for (const std::string hit : {":1", ":2"}) {
      std::filesystem::remove_all(this->folder_ + "/target");
      std::filesystem::remove(this->outbox());
      this->rig_ = TypeParam(this->folder_ + "/target");
      const bool lived = run_crash_child(filter, name + hit, this->folder_);
      EXPECT_FALSE(lived && hit == ":1") << name << " was not hit";
      this->recover_and_finish();
      EXPECT_EQ(this->visible(), this->expected(this->kCrashBatches)) << name << hit;
      EXPECT_EQ(this->rig_.leftovers(), 0U) << name << hit;
    }
  }
}

REGISTER_TYPED_TEST_SUITE_P(SinkConformance, StagingShowsNothing, PublishingShowsAll,
                            StagedCountsItsRows, PublishingTwiceChangesNothing,
                            AnotherSinkPublishesWhatThisOneStaged, HeadIsInTheTarget,
                            BatchWithoutRowsMovesTheHead, StagingAgainPublishesOnce,
                            LeftoversAreFoundAndRemoved, WhatIsKeptCanBePublished,
                            ForeignThingsStay, AnotherRunsBatchIsNotOverwritten,
                            CompleteModeReplaces, NewerClaimFencesTheOlderRun,
                            WhatAFencedRunHasCommittedCanStillBePublished,
                            SameCheckpointKeepsItsClaim, LeftoversOfTheSameCheckpointAreRemoved,
                            DISABLED_CrashChild, EveryCrashPointIsSurvived);

}  // namespace sluice::connector
