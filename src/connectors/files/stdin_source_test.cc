#include "connectors/files/stdin_source.h"

#include <new>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "connector/source_conformance.h"
#include "support/faulty_file_system.h"
#include "support/temporary_folder.h"

namespace sluice::connectors {
namespace {

using connector::Ending;

/// Standard input as far as a source is concerned.
class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe2(ends_, O_CLOEXEC), 0); }
  ~Pipe() {
    close();
    ::close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int input() const { return ends_[0]; }
  void write(const std::string& text) {
    EXPECT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void close() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
};

constexpr std::chrono::milliseconds kLong{10'000};

class StdinSourceTest : public testing::Test {
 protected:
  std::unique_ptr<StdinSource> opened(const StdinOptions& options = {},
                                      const std::string& folder = "inbox",
                                      const std::string& former = "") {
    connector::Context context{"test", "in", clock_, random_, *files_};
    context.folder = folder_.path() + "/" + folder;
    if (!former.empty()) context.former_folder = folder_.path() + "/" + former;
    auto source = std::make_unique<StdinSource>(options, context, pipe_.input());
    EXPECT_TRUE(source->open({}));
    return source;
  }
  static std::vector<std::string> texts(StdinSource& source, const data::Offset& from,
                                        const data::Offset& to) {
    std::vector<std::string> texts;
    const auto batch = source.read(from, to, {});
    EXPECT_TRUE(batch) << batch.error().message();
    for (const data::Payload& payload : (*batch)->payloads()) texts.emplace_back(payload.text());
    return texts;
  }
  /// What comes from `from` on until the pipe has ended; `from` goes there.
  std::vector<std::string> rest(StdinSource& source, data::Offset& from) {
    std::vector<std::string> texts;
    while (source.ending(from) != Ending::kEnded) {
      auto to = source.latest(from, {});
      EXPECT_TRUE(to) << to.error().message();
      if (!to) return texts;
      const auto batch = source.read(from, *to, {});
      EXPECT_TRUE(batch) << batch.error().message();
      for (const data::Payload& payload : (*batch)->payloads()) texts.emplace_back(payload.text());
      blank_lines_ += (*batch)->blank_lines();
      from = *std::move(to);
    }
    return texts;
  }

  using Texts = std::vector<std::string>;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  io::TemporaryFolder folder_;
  Pipe pipe_;
  std::int64_t blank_lines_ = 0;
};

TEST_F(StdinSourceTest, LinesAreRecordsUntilThePipeEnds) {
  const auto source = opened();
  pipe_.write("one\r\ntwo\n\n  \nthr");
  pipe_.write("ee");
  pipe_.close();
  data::Offset from = *source->initial();
  EXPECT_EQ(source->ending(from), Ending::kPending);
  EXPECT_EQ(rest(*source, from), (Texts{"one", "two", "three"}));
  EXPECT_EQ(blank_lines_, 2);
  EXPECT_EQ(*source->latest(from, {}), from);
}

TEST_F(StdinSourceTest, NextRunGoesOnWithWhatWasStored) {
  pipe_.write("one\ntwo\n");
  auto source = opened();
  const data::Offset start = *source->initial();
  const data::Offset first = *source->latest(start, {.records = 1});
  EXPECT_NE(first, start);
  source.reset();
  pipe_.write("three\n");
  pipe_.close();
  source = opened();
  data::Offset from = first;
  EXPECT_EQ(rest(*source, from), (Texts{"two", "three"}));
}

TEST_F(StdinSourceTest, LongLineStopsByName) {
  const auto source = opened({.record_bytes_max = 8});
  pipe_.write("short\n12345678\r\n123456789\n");
  pipe_.close();
  data::Offset from = *source->initial();
  const data::Offset start = from;
  Status problem;
  for (int i = 0; i < 1000 && problem; ++i) {
    if (auto to = source->latest(from, {})) {
      from = *to;
    } else {
      problem = std::move(to).error();
    }
  }
  ASSERT_FALSE(problem);
  EXPECT_EQ(problem.error().kind(), Kind::kUser);
  EXPECT_NE(problem.error().message().find("line 3 of standard input is longer than"),
            std::string::npos)
      << problem.error().message();
  // What came before it is kept: nobody can read it again.
  EXPECT_EQ(texts(*source, start, from), (Texts{"short", "12345678"}));
}

TEST_F(StdinSourceTest, WhatItsThreadThrowsIsTheSourcesError) {
  io::FaultyFileSystem faulty(*files_, folder_.path());
  connector::Context context{"test", "in", clock_, random_, faulty};
  context.folder = folder_.path() + "/inbox";
  StdinSource source({}, context, pipe_.input());
  ASSERT_TRUE(source.open({}));
  faulty.happen_at(1, [] { throw std::bad_alloc(); });
  pipe_.write("one\n");
  pipe_.close();
  const data::Offset from = *source.initial();
  Status problem;
  for (int i = 0; i < 1000 && problem; ++i) {
    if (auto to = source.latest(from, {}); !to) problem = std::move(to).error();
  }
  ASSERT_FALSE(problem);
  EXPECT_NE(problem.error().message().find("E_OUT_OF_MEMORY"), std::string::npos)
      << problem.error().message();
}

TEST_F(StdinSourceTest, FrozenItIsReadToItsEnd) {
  const auto source = opened();
  ASSERT_TRUE(source->freeze());
  pipe_.write("one\n");
  pipe_.close();
  data::Offset from = *source->initial();
  EXPECT_EQ(rest(*source, from), Texts{"one"});
}

TEST_F(StdinSourceTest, DrainedItStopsAtWhatIsStored) {
  const auto source = opened();
  pipe_.write("one\ntwo\nthree\n");
  const data::Offset start = *source->initial();
  data::Offset first = start;
  while (first == start) first = *source->latest(start, {.records = 1});
  while (*source->lag(first)->records < 2) source->wait_for_data(first, kLong, {}, clock_);
  ASSERT_TRUE(source->freeze_now());
  pipe_.write("four\n");
  const data::Offset second = *source->latest(first, {.records = 1});
  const data::Offset end = *source->latest(second, {});
  EXPECT_EQ(texts(*source, first, end), (Texts{"two", "three"}));
  EXPECT_EQ(*source->latest(end, {}), end);
}

TEST_F(StdinSourceTest, AnotherNameKeepsWhatWasStored) {
  pipe_.write("one\ntwo\n");
  auto source = opened();
  data::Offset from = *source->latest(*source->initial(), {.records = 1});
  source.reset();
  pipe_.close();
  source = opened({}, "renamed", "inbox");
  EXPECT_EQ(rest(*source, from), Texts{"two"});
}

TEST_F(StdinSourceTest, StandardInputHasOneReader) {
  connector::Context context{"test", "in", clock_, random_, *files_};
  context.folder = folder_.path() + "/first";
  auto first = std::make_unique<StdinSource>(StdinOptions(), context, STDIN_FILENO);
  StdinSource again({}, context, STDIN_FILENO);
  context.folder = folder_.path() + "/second";
  StdinSource second({}, context, STDIN_FILENO);
  ASSERT_TRUE(first->open({}));
  EXPECT_FALSE(second.open({}));
  first.reset();
  EXPECT_FALSE(second.open({})) << "what the first has read is gone";
  EXPECT_TRUE(again.open({})) << "the same pipeline, started again";
}

/// Each source gets a pipe of its own, as each run does.
class StdinRig {
 public:
  std::unique_ptr<connector::Source> make() {
    pipes_.push_back(std::make_unique<Pipe>());
    pipes_.back()->write(std::exchange(before_, ""));
    connector::Context context{"test", "in", clock_, random_, *files_};
    context.folder = folder_.path() + "/inbox";
    return std::make_unique<StdinSource>(StdinOptions(), context, pipes_.back()->input());
  }
  void fill() {
    for (int i = 0; i < 20; ++i) before_ += line();
  }
  bool fill_more() {
    if (pipes_.empty()) return false;
    pipes_.back()->write(line() + line());
    return true;
  }
  /// It is read to its end, freeze() or not.
  static constexpr bool kEndsByItself = true;
  static constexpr bool kForgetsReleased = true;

 private:
  std::string line() { return "line " + std::to_string(lines_++) + "\n"; }

  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  io::TemporaryFolder folder_;
  std::vector<std::unique_ptr<Pipe>> pipes_;
  std::string before_;
  int lines_ = 0;
};

}  // namespace
}  // namespace sluice::connectors

namespace sluice::connector {
INSTANTIATE_TYPED_TEST_SUITE_P(Stdin, SourceConformance, connectors::StdinRig);
}  // namespace sluice::connector
