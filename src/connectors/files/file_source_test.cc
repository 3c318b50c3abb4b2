#include "connectors/files/file_source.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <utility>

#include <gtest/gtest.h>

#include "connector/source_conformance.h"
#include "io/object_file_system.h"
#include "support/hand_clock.h"
#include "support/temporary_folder.h"

namespace sluice::connectors {
namespace {

/// gzip that stores the bytes as they are (RFC 1951, 3.2.4), so that no library is needed.
std::string gzipped(const std::string& text) {
  const auto little_endian = [](std::uint32_t value, int bytes) {
    std::string result;
    for (int i = 0; i < bytes; ++i) result += static_cast<char>(value >> (8 * i));
    return result;
  };
  std::uint32_t sum = 0xFFFFFFFFU;
  for (const char c : text) {
    sum ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  const auto size = static_cast<std::uint32_t>(text.size());
  return std::string("\x1F\x8B\x08\0\0\0\0\0\0\xFF\x01", 11) + little_endian(size, 2) +
         little_endian(~size, 2) + text + little_endian(~sum, 4) + little_endian(size, 4);
}

class FileSourceTest : public testing::Test {
 protected:
  FileSourceTest() { options_.path = folder_.path(); }

  FileSource& source() {
    if (!source_) {
      source_ = std::make_unique<FileSource>(
          options_, connector::Context{"p", "s", clock_, random_, *files_});
      EXPECT_TRUE(source_->open({}));
      at_ = *source_->initial();
    }
    return *source_;
  }
  /// One batch's payloads from where the last one ended.
  std::vector<std::string> batch(const data::ReadLimit& limit = {}) {
    const auto to = source().latest(at_, limit);
    EXPECT_TRUE(to) << to.error().message();
    const auto read = source().read(at_, *to, {});
    EXPECT_TRUE(read) << read.error().message();
    std::vector<std::string> texts;
    for (const data::Payload& payload : (*read)->payloads()) texts.emplace_back(payload.text());
    last_ = connector::record_texts(source(), **read);
    at_ = *to;
    return texts;
  }
  Error latest_error() {
    auto to = (static_cast<void>(source()), source_->latest(at_, {}));
    EXPECT_FALSE(to);
    return to ? internal_error("no error") : std::move(to).error();
  }
  void csv(std::vector<std::string> names) {
    options_.rules.syntax.csv = true;
    options_.rules.header = true;
    options_.rules.header_names = std::move(names);
  }

  using Texts = std::vector<std::string>;
  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  SystemRandom random_;
  HandClock clock_;
  FileSourceOptions options_;
  std::unique_ptr<FileSource> source_;
  data::Offset at_;
  Texts last_;  // the last batch's records with their own columns
};

TEST_F(FileSourceTest, RecordsKnowTheirPlace) {
  const std::string path = folder_.put("a.txt", "x\n\ny\n");
  batch();
  ASSERT_EQ(last_.size(), 2U);
  EXPECT_TRUE(last_[0].starts_with("x|x|" + path + "|1|")) << last_[0];
  EXPECT_TRUE(last_[1].starts_with("y|y|" + path + "|3|")) << last_[1];
}

TEST_F(FileSourceTest, ByteOrderMarkIsNoPartOfTheFirstRecord) {
  folder_.put("a.txt", "\xEF\xBB\xBFx\n");
  EXPECT_EQ(batch(), Texts{"x"});
}

TEST_F(FileSourceTest, ByteOrderMarkStandsBeforeAHeader) {
  csv({"id"});
  folder_.put("a.csv", "\xEF\xBB\xBFID\r\n1\r\n");
  EXPECT_EQ(batch(), Texts{"1"});
}

TEST_F(FileSourceTest, EachFileHasItsHeader) {
  csv({"id", "n"});
  folder_.put("a.csv", "id,n\n1,2\n");
  folder_.put("b.csv", "id,n\n3,4\n");
  EXPECT_EQ(batch(), (Texts{"1,2", "3,4"}));
}

TEST_F(FileSourceTest, AnotherHeaderStops) {
  csv({"id", "price"});
  const std::string path = folder_.put("a.csv", "id,prize\n1,2\n");
  const Error error = latest_error();
  EXPECT_EQ(error.kind(), Kind::kUser);
  EXPECT_EQ(error.message(),
            "the header has 'prize' as column 2, the schema has 'price'; fix the schema, or set "
            "header: false (the file has none) or check_header: false (columns by position) file=" +
                path + " line=1");
}

TEST_F(FileSourceTest, AHeaderWithMoreColumnsStops) {
  csv({"id"});
  folder_.put("a.csv", "id,n\n1,2\n");
  EXPECT_EQ(latest_error().kind(), Kind::kUser);
}

TEST_F(FileSourceTest, EmptyFilesArePassed) {
  csv({"id"});
  folder_.put("a.csv", "");
  folder_.put("b.csv", "id\n");
  folder_.put("c.csv", "id\n1");
  EXPECT_EQ(batch(), Texts{"1"});
  EXPECT_EQ(*source().latest(at_, {}), at_);
}

TEST_F(FileSourceTest, BlankLinesAreNoRecords) {
  folder_.put("a.txt", "x\n \t\n\r\ny\n\n");
  EXPECT_EQ(batch(), (Texts{"x", "y"}));
}

TEST_F(FileSourceTest, BlankLinesMayBeKept) {
  options_.rules.keep_empty_lines = true;
  folder_.put("a.txt", "x\n\ny\n");
  EXPECT_EQ(batch(), (Texts{"x", "", "y"}));
}

TEST_F(FileSourceTest, RecordsLongerThanABlockAreWhole) {
  options_.rules.block_bytes = 4;
  const std::string large(1000, 'x');
  folder_.put("a.txt", "1\n" + large + "\n2\n");
  EXPECT_EQ(batch(), (Texts{"1", large, "2"}));
}

TEST_F(FileSourceTest, RecordsBeyondTheLimitStop) {
  options_.rules.block_bytes = 16;
  options_.rules.record_bytes_max = 64;
  folder_.put("a.txt", "1\n" + std::string(1000, 'x') + "\n");
  EXPECT_EQ(latest_error().kind(), Kind::kUser);
}

TEST_F(FileSourceTest, QuotesHoldMoreThanABlock) {
  csv({"id", "text"});
  std::string lines;
  while (lines.size() < 3 << 20) lines += "7,not a row\n";
  folder_.put("a.csv", "id,text\n1,\"" + lines + "\"\n2,b\n");
  EXPECT_EQ(batch(), (Texts{"1,\"" + lines + "\"", "2,b"}));
}

TEST_F(FileSourceTest, ARecordBeyondTheLimitThatQuotesHoldIsCut) {
  csv({});
  options_.rules.header = false;
  options_.rules.block_bytes = 16;
  options_.rules.record_bytes_max = 64;
  std::string lines;
  while (lines.size() < 300) lines += "7,not a row\n";
  folder_.put("a.csv", "1,a\n2,\"" + lines + "\",x\n3,c\n");
  folder_.put("b.csv.gz", gzipped("1,a\n2,\"" + lines + "\",x\n3,c\n"));
  const std::string cut = ("2,\"" + lines).substr(0, 64);
  EXPECT_EQ(batch(), (Texts{"1,a", cut, "3,c", "1,a", cut, "3,c"}));
}

TEST_F(FileSourceTest, ACutRecordEndsWithAnOpenQuote) {
  csv({});
  options_.rules.header = false;
  options_.rules.block_bytes = 8;
  options_.rules.record_bytes_max = 8;
  // The limit falls after the first of two quotes.
  folder_.put("a.csv", "1,\"abcd\"\"\nefghijklmnop\"\n2\n");
  EXPECT_EQ(batch(), (Texts{"1,\"abcd", "2"}));
}

TEST_F(FileSourceTest, AQuoteThatNeverClosesTakesItsLineWhateverTheLimit) {
  csv({});
  options_.rules.header = false;
  options_.rules.block_bytes = 16;
  options_.rules.record_bytes_max = 64;
  std::string rest;
  Texts expected = {"1,\"a"};
  for (int i = 2; i < 40; ++i) {
    expected.push_back(std::to_string(i) + ",b");
    rest += expected.back() + "\n";
  }
  folder_.put("a.csv", "1,\"a\n" + rest);
  EXPECT_EQ(batch(), expected);
  source_.reset();
  std::filesystem::remove(folder_.at("a.csv"));
  folder_.put("a.csv.gz", gzipped("1,\"a\n" + rest));
  EXPECT_EQ(batch(), expected);
}

TEST_F(FileSourceTest, BlankLinesAreCounted) {
  csv({});
  options_.rules.header = false;
  options_.rules.syntax.delimiter = '\t';
  folder_.put("a.tsv", "1\t2\n\n \n\t\n3\t4\n\n");
  const data::Offset from = at_ = (static_cast<void>(source()), at_);
  const auto to = source().latest(from, {});
  const auto read = source().read(from, *to, {});
  EXPECT_EQ((*read)->payloads().size(), 3U);
  EXPECT_EQ((*read)->payloads()[1].text(), "\t");
  EXPECT_EQ((*read)->blank_lines(), 3);
}

TEST_F(FileSourceTest, LinesAreCountedAcrossBatches) {
  folder_.put("a.txt", "a\nb\nc\n");
  batch({.records = 2});
  batch({.records = 2});
  EXPECT_NE(last_.front().find("|3|"), std::string::npos) << last_.front();
}

TEST_F(FileSourceTest, BytesThatAreNoTextShowAsReplaced) {
  folder_.put("a.txt", "caf\xE9\n");
  EXPECT_EQ(batch(), Texts{"caf\xE9"});
  EXPECT_TRUE(last_.front().starts_with("caf\xE9|caf\uFFFD|"));
}

TEST_F(FileSourceTest, CompressedFileOfAnotherNameIsNamed) {
  folder_.put("a.txt", "\x1F\x8B\x08 and so on");
  EXPECT_NE(latest_error().message().find("ends in .gz"), std::string::npos);
}

TEST_F(FileSourceTest, CompressedFileIsUnpacked) {
  folder_.put("a.txt.gz", gzipped("x\n\ny"));
  folder_.put("b.txt", "z\n");
  EXPECT_EQ(batch(), (Texts{"x", "y", "z"}));
  EXPECT_NE(last_[1].find("a.txt.gz|3|"), std::string::npos) << last_[1];
}

TEST_F(FileSourceTest, CompressedFileIsSplitOverBatches) {
  folder_.put("a.txt.gz", gzipped("a\nb\nc\nd\n"));
  EXPECT_EQ(batch({.records = 3}), (Texts{"a", "b", "c"}));
  EXPECT_EQ(batch({.records = 3}), Texts{"d"});
  EXPECT_EQ(batch(), Texts{});
}

TEST_F(FileSourceTest, CompressedFileGoesOnAfterARestart) {
  folder_.put("a.txt.gz", gzipped("a\nb\nc\nd\n"));
  batch({.records = 3});
  const data::Offset at = at_;
  source_.reset();
  source();
  at_ = at;
  EXPECT_EQ(batch(), Texts{"d"});
}

TEST_F(FileSourceTest, CompressedBatchIsReadAgain) {
  folder_.put("a.txt.gz", gzipped("a\nb\nc\nd\n"));
  batch({.records = 1});
  const data::Offset from = at_;
  batch({.records = 2});
  const auto again = source().read(from, at_, {});
  ASSERT_TRUE(again) << again.error().message();
  ASSERT_EQ((*again)->payloads().size(), 2U);
  EXPECT_EQ((*again)->payloads()[0].text(), "b");
}

TEST_F(FileSourceTest, HeaderOfACompressedFile) {
  csv({"id"});
  folder_.put("a.csv.gz", gzipped("\xEF\xBB\xBFID\n1\n"));
  EXPECT_EQ(batch(), Texts{"1"});
}

TEST_F(FileSourceTest, LagCountsACompressedFileInFull) {
  const std::string content = gzipped("a\nb\nc\n");
  folder_.put("a.txt.gz", content);
  batch({.records = 1});
  EXPECT_EQ(source().lag(at_)->bytes, static_cast<std::int64_t>(content.size()));
}

TEST_F(FileSourceTest, LateFilesAreReadInWhateverOrder) {
  folder_.put("m.txt", "m\n");
  EXPECT_EQ(batch(), Texts{"m"});
  folder_.put("a.txt", "a\n");
  EXPECT_EQ(batch(), Texts{"a"});
}

TEST_F(FileSourceTest, RowsAppendedToAReadFileAreNotRead) {
  folder_.put("a.txt", "a\n");
  batch();
  folder_.put("a.txt", "a\nb\n");
  EXPECT_EQ(*source().latest(at_, {}), at_);
}

TEST_F(FileSourceTest, AFileThatGrowsWhileItIsReadEndsWhereItDid) {
  folder_.put("a.txt", "a\nb\n");
  EXPECT_EQ(batch({.records = 1}), Texts{"a"});
  folder_.put("a.txt", "a\nb\nc\n");
  EXPECT_EQ(batch(), Texts{"b"});
  EXPECT_EQ(*source().latest(at_, {}), at_);
}

TEST_F(FileSourceTest, AFileThatShrinksWhileItIsReadIsCorruption) {
  folder_.put("a.txt", "aaaa\nbbbb\n");
  batch({.records = 1});
  folder_.put("a.txt", "a\n");
  EXPECT_EQ(latest_error().kind(), Kind::kCorruption);
}

TEST_F(FileSourceTest, AFileRemovedWhileItIsReadIsCorruption) {
  folder_.put("a.txt", "a\nb\n");
  batch({.records = 1});
  std::filesystem::remove(folder_.at("a.txt"));
  EXPECT_EQ(latest_error().kind(), Kind::kCorruption);
}

TEST_F(FileSourceTest, AChangedFileIsNotReadAgainAsIfItWereTheOld) {
  folder_.put("a.txt", "a\n");
  const data::Offset start = *source().initial();
  batch();
  folder_.put("a.txt", "changed\n");
  const auto again = source().read(start, at_, {});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind(), Kind::kCorruption);
}

TEST_F(FileSourceTest, ABatchTakesSoManyFiles) {
  options_.files_per_trigger_max = 2;
  for (const char* name : {"a", "b", "c"}) folder_.put(name, std::string(name) + "\n");
  EXPECT_EQ(batch(), (Texts{"a", "b"}));
  EXPECT_EQ(source().lag(at_)->records, 1);
  EXPECT_EQ(source().lag(at_)->bytes, 2);
  EXPECT_EQ(batch(), Texts{"c"});
}

TEST_F(FileSourceTest, ABatchOfAllThereIsTakesEveryFile) {
  options_.files_per_trigger_max = 2;
  for (const char* name : {"a", "b", "c"}) folder_.put(name, std::string(name) + "\n");
  data::ReadLimit all;
  all.all = true;
  EXPECT_EQ(batch(all), (Texts{"a", "b", "c"}));
}

TEST_F(FileSourceTest, YoungFilesWait) {
  options_.age_min = 60'000'000;
  folder_.put("a.txt", "a\n");
  clock_.micros = SystemClock().now();
  EXPECT_TRUE(batch().empty());
  clock_.micros += 120'000'000;
  EXPECT_EQ(batch(), Texts{"a"});
}

TEST_F(FileSourceTest, BytesLimitABatch) {
  folder_.put("a.txt", "aaaa\nbbbb\ncccc\n");
  EXPECT_EQ(batch({.bytes = 9}), (Texts{"aaaa", "bbbb"}));
}

TEST_F(FileSourceTest, MoreFilesThanAnOffsetNamesAreReadOnce) {
  options_.files_per_trigger_max = 300;
  constexpr std::size_t kFiles = FileOffset::kSeenMax + 200;
  for (std::size_t i = 0; i < kFiles; ++i) {
    folder_.put(std::to_string(100'000 + i), std::to_string(i) + "\n");
  }
  std::size_t records = 0;
  for (Texts texts = batch(); !texts.empty(); texts = batch()) records += texts.size();
  EXPECT_EQ(records, kFiles);
  // In front of all, long after.
  folder_.put("000000", "late\n");
  folder_.put("100000.5", "later\n");
  EXPECT_EQ(batch(), (Texts{"late", "later"}));
  EXPECT_EQ(batch(), Texts{});
}

/// A source over a checkpoint: what it logs is given back to the next one.
class FileRestartTest : public FileSourceTest {
 protected:
  /// A batch as the engine makes it: its log entry is kept with its offset.
  Texts commit(const data::ReadLimit& limit = {}) {
    static_cast<void>(source());
    const data::Offset from = at_;
    Texts texts = batch(limit);
    const auto entry = source().log_entry(from, at_);
    EXPECT_TRUE(entry) << entry.error().message();
    log_ += *entry;
    return texts;
  }
  Status restart() {
    source_ = std::make_unique<FileSource>(options_,
                                           connector::Context{"p", "s", clock_, random_, *files_});
    SLUICE_TRY(source_->open({}));
    SLUICE_ASSIGN(auto resumed, source_->resume({at_, log_, "ck"}));
    at_ = std::move(resumed.offset);
    log_ += resumed.log;
    return {};
  }
  void restart_well() {
    const auto restarted = restart();
    ASSERT_TRUE(restarted) << restarted.error().message();
  }
  /// 1200 files of one line, read.
  void read_many() {
    for (int i = 0; i < 1200; ++i) folder_.put("in/" + std::to_string(10'000 + i), "x\n");
    options_.path = folder_.at("in");
    EXPECT_EQ(commit().size(), 1000U);
    EXPECT_EQ(commit().size(), 200U);
  }

  std::string log_;
};

TEST_F(FileRestartTest, ManyFilesAreReadOnceAndLateOnesToo) {
  read_many();
  EXPECT_EQ(log_.size() % 16, 0U);
  EXPECT_GE(log_.size(), 16U * 200);
  restart_well();
  EXPECT_EQ(commit(), Texts{});
  folder_.put("in/00000", "late\n");
  EXPECT_EQ(commit(), Texts{"late"});
  restart_well();
  EXPECT_EQ(commit(), Texts{});
}

TEST_F(FileRestartTest, ABatchThatWasTakenBackIsReadAgain) {
  read_many();
  restart_well();
  for (int i = 0; i < 1200; ++i) folder_.put("in/" + std::to_string(20'000 + i), "y\n");
  const auto planned = source().latest(at_, {});  // logs, and is not committed
  ASSERT_TRUE(planned);
  EXPECT_EQ(commit().size(), 1000U);
  EXPECT_EQ(commit().size(), 200U);
  restart_well();
  EXPECT_EQ(commit(), Texts{});
}

TEST_F(FileRestartTest, ALogThatDoesNotFitIsCorruption) {
  read_many();
  log_.resize(log_.size() - 16);
  const auto restarted = restart();
  ASSERT_FALSE(restarted);
  EXPECT_EQ(restarted.error().kind(), Kind::kCorruption);
}

TEST_F(FileRestartTest, AnotherFolderStopsByName) {
  folder_.put("01/a", "january\n");
  folder_.put("02/a", "february\n");
  options_.path = folder_.at("01");
  EXPECT_EQ(commit(), Texts{"january"});
  options_.path = folder_.at("02");
  const auto restarted = restart();
  ASSERT_FALSE(restarted);
  EXPECT_EQ(restarted.error().kind(), Kind::kUser);
  for (const std::string& word :
       {std::string("E_FOLDER_CHANGED"), folder_.at("01"), folder_.at("02"),
        "moved_from: " + folder_.at("01"), std::string("checkpoint forget ck --source s")}) {
    EXPECT_NE(restarted.error().message().find(word), std::string::npos) << word;
  }
}

/// The path is the same; what it stands for is not.
TEST_F(FileRestartTest, AMountThatPointsElsewhereStopsByName) {
  const auto mounted = [this](const std::string& folder) {
    io::ObjectRoot root;
    root.root = "lake://";
    root.prefix = folder_.at(folder).substr(1);
    root.address.url = "file://localhost";
    auto opened = io::ObjectFileSystem::open(std::move(root));
    EXPECT_TRUE(opened) << opened.error().message();
    return *std::move(opened);
  };
  folder_.put("one/in/a", "1\n");
  folder_.put("other/in/b", "2\n");
  const auto local = std::exchange(files_, mounted("one"));
  options_.path = "lake://in";
  EXPECT_EQ(commit(), Texts{"1"});
  const auto one = std::exchange(files_, mounted("other"));
  const auto restarted = restart();
  ASSERT_FALSE(restarted);
  EXPECT_NE(restarted.error().message().find("E_FOLDER_CHANGED"), std::string::npos);
}

TEST_F(FileRestartTest, AMovedFolderGoesOn) {
  read_many();
  std::filesystem::rename(folder_.at("in"), folder_.at("there"));
  options_.path = folder_.at("there");
  options_.moved_from = folder_.at("in/");
  restart_well();
  EXPECT_EQ(commit(), Texts{});
  folder_.put("there/new", "new\n");
  EXPECT_EQ(commit(), Texts{"new"});
  // Also when the option is gone, or the folder moves again.
  options_.moved_from = "";
  restart_well();
  EXPECT_EQ(commit(), Texts{});
  std::filesystem::rename(folder_.at("there"), folder_.at("here"));
  options_.path = folder_.at("here");
  options_.moved_from = folder_.at("there");
  restart_well();
  EXPECT_EQ(commit(), Texts{});
}

TEST_F(FileRestartTest, MovedFromAFolderThatWasNotReadStopsByName) {
  folder_.put("01/a", "january\n");
  folder_.put("02/a", "february\n");
  options_.path = folder_.at("01");
  EXPECT_EQ(commit(), Texts{"january"});
  options_.path = folder_.at("02");
  options_.moved_from = folder_.at("00");
  const auto restarted = restart();
  ASSERT_FALSE(restarted);
  EXPECT_NE(restarted.error().message().find("E_FOLDER_CHANGED"), std::string::npos);
}

TEST_F(FileRestartTest, AFolderAboveOrBelowKnowsTheSameFiles) {
  folder_.put("in/01/a", "january\n");
  folder_.put("in/02/a", "february\n");
  options_.path = folder_.at("in/01");
  EXPECT_EQ(commit(), Texts{"january"});
  options_.path = folder_.at("in/*/*");
  restart_well();
  EXPECT_EQ(commit(), Texts{"february"});
  options_.path = folder_.at("in/01");
  restart_well();
  EXPECT_EQ(commit(), Texts{});
  folder_.put("in/01/b", "more\n");
  EXPECT_EQ(commit(), Texts{"more"});
}

TEST_F(FileRestartTest, AnOpenFileFollowsItsFolder) {
  folder_.put("in/01/a", "1\n2\n");
  options_.path = folder_.at("in/01");
  EXPECT_EQ(commit({.records = 1}), Texts{"1"});
  options_.path = folder_.at("in/*/*");
  restart_well();
  EXPECT_EQ(commit(), Texts{"2"});
  EXPECT_EQ(commit(), Texts{});
}

TEST_F(FileRestartTest, AnOpenFileOutOfReachStops) {
  folder_.put("in/a", "1\n2\n");
  folder_.put("in/01/b", "3\n");
  options_.path = folder_.at("in");
  EXPECT_EQ(commit({.records = 1}), Texts{"1"});
  options_.path = folder_.at("in/01");
  const auto restarted = restart();
  ASSERT_FALSE(restarted);
  EXPECT_NE(restarted.error().message().find("read in part"), std::string::npos);
}

TEST_F(FileRestartTest, OffsetsOfTheLayoutBeforeGoOn) {
  for (const char* name : {"a", "b", "m", "q"}) folder_.put(name, std::string(name) + "\n");
  at_ = {R"({"files":3,"seen":[["m",2,5]],"before":["b",0,7]})"};
  restart_well();
  EXPECT_EQ(commit(), Texts{"q"});
  folder_.put("aa", "late\n");
  EXPECT_EQ(commit(), Texts{"late"});
  restart_well();
  EXPECT_EQ(commit(), Texts{});
}

}  // namespace
}  // namespace sluice::connectors
