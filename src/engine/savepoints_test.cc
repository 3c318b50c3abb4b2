#include "engine/savepoints.h"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <new>
#include <thread>

#include <gtest/gtest.h>

#include "engine/control.h"
#include "engine/engine_rig.h"
#include "state/backup_store.h"
#include "support/faulty_file_system.h"

namespace sluice::engine {
namespace {

/// Runs of ten numbers a batch, of which savepoints are asked for.
class SavepointsTest : public EngineTest {
 protected:
  Status run(Pipeline& pipeline) {
    const Surroundings surroundings{clock_, random_, *used_, asking_, &control_};
    summary_ = {};
    Status done = run_pipeline(pipeline, surroundings, summary_, stop_.get_token());
    control_.close();
    return done;
  }
  /// Asks; what becomes of it shows in `answers_`.
  void ask(const std::string& to) {
    control_.save({to, [this](Result<Savepoint> made) {
                     const std::lock_guard lock(mutex_);
                     answers_.push_back(std::move(made));
                     answered_.notify_all();
                   }});
  }
  Result<Savepoint>& answer(std::size_t number = 0) {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [&] { return answers_.size() > number; });
    return answers_[number];
  }
  /// Asks after the first batch, and has the run go on when the answer is there.
  void ask_after_first(const std::string& to) {
    asking_.after_batch = [this, to] {
      if (asking_.batches != 1) return;
      control_.pause();
      ask(to);
      waiting_ = std::jthread([this] {
        answer();
        control_.resume();
      });
    };
  }
  Pipeline make_with_backup(std::int64_t end, Micros every) {
    Pipeline pipeline = make(end);
    pipeline.backup = BackupPart{folder_.at("backups"), every, 10};
    return pipeline;
  }
  /// A run from the backup of this number alone, which reads up to `end`.
  void go_on_from(const Savepoint& made, std::int64_t end) {
    state::BackupStore store(*files_, made.folder);
    const auto manifest = store.read(made.number);
    ASSERT_TRUE(manifest);
    std::filesystem::remove_all(folder_.at("checkpoint"));
    for (const state::BackupFile& file : manifest->files) {
      ASSERT_TRUE(store.fetch(file, folder_.at("checkpoint/" + file.path)));
    }
    Pipeline pipeline = make(end);
    ASSERT_TRUE(EngineTest::run(pipeline));
  }

  io::FileSystem* used_ = files_.get();  ///< by runs
  Control control_;
  AskingListener asking_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::deque<Result<Savepoint>> answers_;
  std::jthread waiting_;
};

TEST_F(SavepointsTest, APausedRunMakesOneAndAnotherGoesOnFromIt) {
  Pipeline pipeline = make(10);
  ask_after_first(folder_.at("to"));
  ASSERT_TRUE(run(pipeline));
  const auto& made = answer();
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->batch, 0);
  EXPECT_EQ(made->number, 0);
  EXPECT_GT(made->bytes, 0U);
  EXPECT_EQ(asking_.holds.size(), 2U) << "it was not paused all the time";
  EXPECT_FALSE(std::filesystem::exists(folder_.at("checkpoint/savepoint")));
  go_on_from(*made, 35);
  EXPECT_EQ(target_.rows.size(), 35U);
}

TEST_F(SavepointsTest, OneBeforeTheFirstBatchHoldsNone) {
  Pipeline pipeline = make(10);
  control_.pause();
  asking_.when_held = [&] {
    ask(folder_.at("to"));
    waiting_ = std::jthread([&] {
      answer();
      control_.resume();
    });
  };
  ASSERT_TRUE(run(pipeline));
  ASSERT_TRUE(answer());
  EXPECT_EQ(answer()->batch, -1);
}

/// One that goes on when the backup of the first batch, which is under way, is there.
TEST_F(SavepointsTest, WithoutAPlaceItIsABackupMadeNow) {
  Pipeline pipeline = make_with_backup(30, 3'600'000'000);
  ask_after_first("");
  ASSERT_TRUE(run(pipeline));
  ASSERT_TRUE(answer()) << answer().error().message();
  EXPECT_EQ(answer()->folder, folder_.at("backups"));
  EXPECT_EQ(answer()->batch, 0);
  EXPECT_EQ(answer()->number, 1);
  EXPECT_EQ(target_.rows.size(), 30U);
}

TEST_F(SavepointsTest, BesideBackupsOfEachBatchThereIsOneMore) {
  Pipeline pipeline = make_with_backup(30, 0);
  ask_after_first("");
  ASSERT_TRUE(run(pipeline));
  ASSERT_TRUE(answer()) << answer().error().message();
  EXPECT_EQ(answer()->number, 1);
  state::BackupStore store(*files_, folder_.at("backups"));
  EXPECT_EQ(store.numbers()->size(), 4U);
}

TEST_F(SavepointsTest, TheFolderOfBackupsMayBeNamedToo) {
  Pipeline pipeline = make_with_backup(10, 3'600'000'000);
  ask_after_first(folder_.at("checkpoint/../backups/"));
  ASSERT_TRUE(run(pipeline));
  ASSERT_TRUE(answer()) << answer().error().message();
  state::BackupStore store(*files_, folder_.at("backups"));
  EXPECT_EQ(store.numbers()->back(), answer()->number);
}

TEST_F(SavepointsTest, APlaceThatFailsIsTheAskersErrorAlone) {
  Pipeline pipeline = make(30);
  folder_.put("to", "a file");
  ask_after_first(folder_.at("to"));
  ASSERT_TRUE(run(pipeline));
  EXPECT_FALSE(answer());
  EXPECT_EQ(target_.rows.size(), 30U);
}

TEST_F(SavepointsTest, AFailingFolderOfBackupsHarmsNoLaterOne) {
  Pipeline pipeline = make_with_backup(30, 0);
  asking_.after_batch = [&] {
    if (asking_.batches != 1) return;
    std::filesystem::rename(folder_.at("backups"), folder_.at("kept"));
    folder_.put("backups", "");
    control_.pause();
    ask("");
    waiting_ = std::jthread([this] {
      answer();
      std::filesystem::remove(folder_.at("backups"));
      std::filesystem::rename(folder_.at("kept"), folder_.at("backups"));
      control_.resume();
    });
  };
  const Status done = run(pipeline);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_FALSE(answer());
  EXPECT_EQ(target_.rows.size(), 30U);
}

TEST_F(SavepointsTest, WithoutBackupAPlaceIsAskedFor) {
  Pipeline pipeline = make(10);
  ask_after_first("");
  ASSERT_TRUE(run(pipeline));
  ASSERT_FALSE(answer());
  EXPECT_EQ(answer().error().kind(), Kind::kUser);
}

TEST_F(SavepointsTest, AFolderOfOtherThingsIsLeftAlone) {
  Pipeline pipeline = make(10);
  folder_.put("to/letter.txt", "dear");
  ask_after_first(folder_.at("to"));
  ASSERT_TRUE(run(pipeline));
  ASSERT_FALSE(answer());
  EXPECT_NE(answer().error().message().find("other files than backups"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder_.at("to/pieces")));
}

TEST_F(SavepointsTest, AnotherPipelinesFolderIsRefused) {
  state::BackupStore store(*files_, folder_.at("to"));
  std::filesystem::create_directories(folder_.at("to"));
  state::BackupManifest other;
  other.pipeline = "other";
  ASSERT_TRUE(store.put(other, 0));
  Pipeline pipeline = make(10);
  ask_after_first(folder_.at("to"));
  ASSERT_TRUE(run(pipeline));
  ASSERT_FALSE(answer());
  EXPECT_NE(answer().error().message().find("E_BACKUP_OWNER"), std::string::npos);
}

TEST_F(SavepointsTest, TheCheckpointIsNoPlaceForItsCopy) {
  Pipeline pipeline = make(10);
  ask_after_first(folder_.at("checkpoint/copy"));
  ASSERT_TRUE(run(pipeline));
  ASSERT_FALSE(answer());
  EXPECT_NE(answer().error().message().find("lies in the checkpoint"), std::string::npos);
}

TEST_F(SavepointsTest, SeveralInOneFolderAreCounted) {
  Pipeline pipeline = make(30);
  asking_.after_batch = [&] {
    if (asking_.batches > 2) return;
    control_.pause();
    ask(folder_.at("to"));
    waiting_ = std::jthread([this, number = static_cast<std::size_t>(asking_.batches - 1)] {
      answer(number);
      control_.resume();
    });
  };
  ASSERT_TRUE(run(pipeline));
  ASSERT_TRUE(answer(1)) << answer(1).error().message();
  EXPECT_EQ(answer(1)->number, 1);
  EXPECT_EQ(answer(1)->batch, 1);
}

TEST_F(SavepointsTest, OneThatWaitsIsLetGoWhenTheRunEnds) {
  Pipeline pipeline = make(10);
  pipeline.trigger.kind = Trigger::Kind::kOnce;
  asking_.after_batch = [&] { ask(folder_.at("to")); };
  ASSERT_TRUE(run(pipeline));
  ASSERT_FALSE(answer());
  EXPECT_EQ(answer().error().kind(), Kind::kCancelled);
  ask(folder_.at("to"));
  ASSERT_FALSE(answer(1));
}

TEST_F(SavepointsTest, ANewerOneTakesThePlaceOfOneThatWaits) {
  Pipeline pipeline = make(10);
  asking_.after_batch = [&] {
    ask(folder_.at("first"));
    ask(folder_.at("second"));
  };
  ASSERT_TRUE(run(pipeline));
  EXPECT_FALSE(answer(0));
}

/// Any operation on files, on the savepoint's thread or the engine's, once the run is on its way.
TEST_F(SavepointsTest, WhatFailsOrThrowsInItLeavesTheRunWhole) {
  for (const bool throws : {false, true}) {
    std::size_t operations = 0;
    for (std::size_t at = 0; at <= operations; ++at) {
      for (const char* name : {"checkpoint", "to"}) std::filesystem::remove_all(folder_.at(name));
      target_ = {};
      answers_.clear();
      Control control;
      io::FaultyFileSystem faulty(*files_, folder_.path());
      std::size_t before = 0;
      Pipeline pipeline = make(20);
      AskingListener asking;
      std::jthread waiting;
      asking.after_batch = [&] {
        if (asking.batches != 1) return;
        control.pause();
        before = faulty.operations();
        if (at > 0 && throws) faulty.happen_at(at, [] { throw std::bad_alloc(); });
        if (at > 0 && !throws) faulty.fail_at(at);
        control.save({folder_.at("to"), [this](Result<Savepoint> made) {
                        const std::lock_guard lock(mutex_);
                        answers_.push_back(std::move(made));
                        answered_.notify_all();
                      }});
        waiting = std::jthread([&] {
          answer();
          if (at == 0) operations = faulty.operations() - before;
          control.resume();
        });
      };
      const Surroundings surroundings{clock_, random_, faulty, asking, &control};
      RunSummary summary;
      const Status done = run_pipeline(pipeline, surroundings, summary, {});
      control.close();
      ASSERT_TRUE(done) << at << ": " << done.error().message();
      ASSERT_EQ(target_.rows.size(), 20U) << at;
    }
    EXPECT_GT(operations, 5U);
  }
}

}  // namespace
}  // namespace sluice::engine
