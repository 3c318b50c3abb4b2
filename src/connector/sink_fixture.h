#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "connector/registry.h"
#include "connector/sink.h"
#include "support/captured_log.h"
#include "support/crash_child.h"
#include "support/text_table.h"

namespace sluice::connector {

/// The kind of this name that a connector registers.
inline SinkKind registered_sink(void (*register_connector)(Registry&), std::string_view name) {
  Registry registry;
  register_connector(registry);
  return *registry.sink(name);
}

/// What the suites of the three promises share. A connector's test writes, for what its kind
/// promises, one of
///   INSTANTIATE_TYPED_TEST_SUITE_P(Delta, SinkConformance, DeltaRig);
///   INSTANTIATE_TYPED_TEST_SUITE_P(Cassandra, KeyedSinkConformance, CassandraRig);
///   INSTANTIATE_TYPED_TEST_SUITE_P(Console, AtLeastOnceSinkConformance, ConsoleRig);
/// with a class that has
///   static SinkKind kind();             the kind that is proven
///   explicit Rig(std::string folder);   an empty folder of its own; after a restart the same
///   std::unique_ptr<Sink> make();       a new sink over the same target, not yet opened
///   std::vector<std::string> rows();    what a reader sees in the target now: "id|name", any order
///   std::size_t leftovers();            staged files (or the like) that no published batch owns
///   void put_foreign();                 puts something of somebody else's into the target
///   bool foreign_is_intact();           it is still there as it was
///   static constexpr bool kOutlivesProcess;  the target is there after a kill -9
/// and, where append mode is not what is to be proven,
///   static constexpr OutputMode kMode;
/// and, where TextTable does not serve,
///   std::unique_ptr<BatchTable> table(data::Schema, std::vector<TextTable::Row>);
/// and, where they are so,
///   static std::string missing();                       why it cannot run here; "": it can
///   static constexpr bool kStagesInCheckpoint = true;   there are no leftovers, ever
///   static constexpr bool kCompleteAppends = true;      complete mode adds the result once more
///   void go_away();                                     the server answers nobody any more; the
///                                                       sinks of make() have short time-outs
template <class Rig>
class SinkFixture : public testing::Test {
 protected:
  SinkFixture() : folder_(make_folder()), rig_(folder_ + "/target") {}
  ~SinkFixture() override {
    if (crash_child_folder().empty()) std::filesystem::remove_all(folder_);
  }

  void SetUp() override {
    if constexpr (requires { Rig::missing(); }) {
      if (const std::string reason = Rig::missing(); !reason.empty()) GTEST_SKIP() << reason;
    }
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
  static bool has_mode(OutputMode mode) {
    const auto modes = Rig::kind().modes;
    return std::ranges::find(modes, mode) != modes.end();
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

  /// Of a batch that is staged and not published.
  void expect_leftovers() {
    if constexpr (requires { Rig::kStagesInCheckpoint; }) {
      EXPECT_EQ(rig_.leftovers(), 0U);
    } else {
      EXPECT_GT(rig_.leftovers(), 0U);
    }
  }

  // What all promises have in common: each suite has a test of the name.
  void staging_shows_nothing() {
    const auto sink = opened();
    staged(*sink, 0);
    EXPECT_TRUE(visible().empty());
    EXPECT_FALSE(head(*sink));
  }
  void publishing_shows_all() {
    const auto sink = opened();
    run_batch(*sink, 0);
    run_batch(*sink, 1);
    EXPECT_EQ(visible(), expected(2));
  }
  void publishing_twice_changes_nothing() {
    const auto sink = opened();
    const Staged once = staged(*sink, 0);
    succeeds(sink->publish(once));
    succeeds(sink->publish(once));
    EXPECT_EQ(visible(), expected(1));
  }
  void another_sink_publishes_what_this_one_staged() {
    const Staged once = staged(*opened(), 0);
    succeeds(opened()->publish(once));
    EXPECT_EQ(visible(), expected(1));
  }
  void staged_counts_what_it_has() {
    const Staged some = staged(*opened(), 3);
    EXPECT_EQ(some.rows, 5U);
    EXPECT_GT(some.bytes, 0U);
  }
  void nothing_is_logged_while_all_is_well() {
    CapturedLog logged(LogLevel::kInfo);
    const auto sink = opened();
    for (data::BatchId batch = 0; batch < kCrashBatches; ++batch) run_batch(*sink, batch);
    succeeds(sink->tidy(false));
    succeeds(opened()->discard_staged());
    EXPECT_EQ(logged.text(), "");
  }
  /// A sink gets no stop token: what it asks a server for has an end of its own. Errors are
  /// returned and not logged.
  void a_server_that_is_away_is_an_error_that_is_not_logged() {
    if constexpr (requires { rig_.go_away(); }) {
      CapturedLog logged(LogLevel::kInfo);
      const auto sink = opened();
      const Staged once = staged(*sink, 0);
      rig_.go_away();
      const auto is_passing = [](const Status& status) {
        ASSERT_FALSE(status);
        EXPECT_TRUE(status.error().kind() == Kind::kTransient ||
                    status.error().kind() == Kind::kUnknownOutcome)
            << status.error().message();
      };
      is_passing(sink->publish(once));
      is_passing(rig_.make()->open(schema(), usual_mode()));
      EXPECT_EQ(logged.text(), "");
    } else {
      GTEST_SKIP() << "no server";
    }
  }
  void leftovers_are_removed_and_foreign_things_stay() {
    auto sink = opened();
    run_batch(*sink, 0);
    rig_.put_foreign();
    staged(*sink, 1);
    sink = opened();
    succeeds(sink->discard_staged());
    EXPECT_EQ(rig_.leftovers(), 0U);
    EXPECT_TRUE(rig_.foreign_is_intact());
    EXPECT_EQ(visible(), expected(1));
  }

  // The engine's part in the crash tests: an outbox of one file.
  std::string outbox() const { return folder_ + "/outbox.json"; }
  void record(const Staged& staged) const;
  std::optional<Staged> recorded() const;
  void run_recorded(Sink& sink, data::BatchId batch);
  void recover_and_finish();
  void run_all_batches(Sink& sink) {
    for (data::BatchId batch = 0; batch < kCrashBatches; ++batch) run_recorded(sink, batch);
  }
  void kill_at_every_point(const std::function<void(const std::string&)>& killed,
                           const std::function<void(const std::string&)>& finished);

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
void SinkFixture<Rig>::record(const Staged& staged) const {
  const nlohmann::json json = {{"batch", staged.batch},         {"action", staged.action},
                               {"rows", staged.rows},           {"bytes", staged.bytes},
                               {"plan_hash", staged.plan_hash}, {"notes", staged.notes}};
  std::ofstream(outbox() + ".new") << json.dump();
  std::filesystem::rename(outbox() + ".new", outbox());
}

template <class Rig>
std::optional<Staged> SinkFixture<Rig>::recorded() const {
  std::ifstream file(outbox());
  if (!file) return std::nullopt;
  const auto json = nlohmann::json::parse(file);
  return Staged{json["batch"], json["action"],    json["rows"],
                json["bytes"], json["plan_hash"], json["notes"]};
}

template <class Rig>
void SinkFixture<Rig>::run_recorded(Sink& sink, data::BatchId batch) {
  const Staged done = staged(sink, batch);
  record(done);
  succeeds(sink.publish(done));
}

/// What the engine does on start (engine/recovery.h), then the batches that are left.
template <class Rig>
void SinkFixture<Rig>::recover_and_finish() {
  const auto sink = opened();
  const auto in_outbox = recorded();
  const auto before = head(*sink);
  if (Rig::kind().promise != Promise::kAtomic) {
    EXPECT_FALSE(before);
  }
  if (in_outbox && (!before || before->batch < in_outbox->batch)) {
    succeeds(sink->publish(*in_outbox));
  }
  succeeds(sink->discard_staged());
  for (data::BatchId batch = in_outbox ? in_outbox->batch + 1 : 0; batch < kCrashBatches; ++batch) {
    run_recorded(*sink, batch);
  }
  succeeds(sink->discard_staged());
}

/// Kills the process at each crash point that the suite's DISABLED_CrashChild passes, at the first
/// and the second hit, looks at what readers see then (`killed`), and goes on as the engine would
/// (`finished`).
template <class Rig>
void SinkFixture<Rig>::kill_at_every_point(
    const std::function<void(const std::string&)>& killed,
    const std::function<void(const std::string&)>& finished) {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  const std::string filter = std::string(info->test_suite_name()) + ".DISABLED_CrashChild";
  const std::string names = folder_ + "/names";
  ASSERT_TRUE(run_crash_child(filter, "list:" + names, folder_));
  ASSERT_FALSE(read_lines(names).empty());
  for (const std::string& name : read_lines(names)) {
    for (const std::string hit : {":1", ":2"}) {
      std::filesystem::remove_all(folder_ + "/target");
      std::filesystem::remove(outbox());
      rig_ = Rig(folder_ + "/target");
      const bool lived = run_crash_child(filter, name + hit, folder_);
      EXPECT_FALSE(lived && hit == ":1") << name << " was not hit";
      killed(name + hit);
      recover_and_finish();
      finished(name + hit);
      EXPECT_EQ(rig_.leftovers(), 0U) << name << hit;
    }
  }
}

}  // namespace sluice::connector
