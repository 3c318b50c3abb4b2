#include "alerts/book.h"

#include <gtest/gtest.h>

namespace sluice::alerts {
namespace {

ActiveKey key(const std::string& name, const std::string& text = "",
              const std::string& group = "") {
  ActiveKey one;
  one.key = name;
  one.text = text;
  one.values = {{"key", name}};
  one.group = group;
  return one;
}

Observation seen(std::vector<ActiveKey> keys) { return {.active = std::move(keys)}; }

/// One alert by the test's clock, in seconds.
class BookTest : public testing::Test {
 protected:
  BookTest() {
    Alert alert;
    alert.name = "hot";
    alert.when.text = "SELECT 1";
    alert.to = {"ops"};
    alerts_ = {alert};
  }

  Alert& alert() { return alerts_.front(); }
  Book& book() {
    if (!book_) book_.emplace("p", alerts_);
    return *book_;
  }
  void look(Micros at, std::vector<ActiveKey> keys) {
    book().observe("hot", seen(std::move(keys)), at * kSecond);
    book().advance(at * kSecond);
  }
  void pass(Micros at) { book().advance(at * kSecond); }
  /// What was to be sent so far: "firing a", "resolved a" ... of groups all keys.
  std::vector<std::string> said() {
    std::vector<std::string> all;
    for (const Outgoing& one : book().outgoing()) {
      std::string text = one.notice.is_firing ? "firing" : "resolved";
      for (const Incident& incident : one.notice.incidents) text += " " + incident.key;
      all.push_back(text);
    }
    return all;
  }
  /// As after a restart.
  void read_again(Micros at) {
    const std::string bytes = book().bytes();
    book_.emplace("p", alerts_);
    book_->read(bytes, {"ops"}, at * kSecond);
  }
  std::string state(const std::string& name) {
    const auto& keys = book().alerts().at("hot").keys();
    const auto found = keys.find(name);
    if (found == keys.end()) return "ok";
    return found->second.is_firing ? "firing" : "pending";
  }

  using Texts = std::vector<std::string>;
  std::vector<Alert> alerts_;
  std::optional<Book> book_;
};

TEST_F(BookTest, AKeyFiresOnceAndIsOverOnce) {
  look(1, {key("a")});
  look(2, {key("a")});
  look(3, {key("a")});
  EXPECT_EQ(said(), Texts{"firing a"});
  look(4, {});
  look(5, {});
  EXPECT_EQ(said(), (Texts{"firing a", "resolved a"}));
  EXPECT_EQ(book().ended().front().from, 1 * kSecond);
  EXPECT_EQ(book().ended().front().to, 4 * kSecond);
}

TEST_F(BookTest, EachKeyHasAnIncidentOfItsOwn) {
  look(1, {key("a"), key("b")});
  look(2, {key("b")});
  EXPECT_EQ(said(), (Texts{"firing a", "firing b", "resolved a"}));
}

TEST_F(BookTest, AnIncidentAndItsEndHaveTheSameId) {
  look(1, {key("a")});
  look(2, {});
  const Notice& begin = book().outgoing()[0].notice;
  const Notice& end = book().outgoing()[1].notice;
  EXPECT_EQ(begin.first().id, end.first().id);
  EXPECT_EQ(begin.id, begin.first().id + "/firing");
  EXPECT_EQ(end.id, begin.first().id + "/resolved");
  look(3, {key("a")});
  EXPECT_NE(book().outgoing()[2].notice.first().id, begin.first().id);
}

TEST_F(BookTest, TheSameCallsMakeTheSameIds) {
  look(1, {key("a")});
  const std::string id = book().outgoing().front().notice.id;
  book_.reset();
  look(1, {key("a")});
  EXPECT_EQ(book().outgoing().front().notice.id, id);
}

TEST_F(BookTest, ForMakesItPendingFirst) {
  alert().for_us = 10 * kSecond;
  look(1, {key("a")});
  EXPECT_EQ(state("a"), "pending");
  EXPECT_EQ(book().next(), 11 * kSecond);
  pass(10);
  EXPECT_EQ(state("a"), "pending");
  pass(11);
  EXPECT_EQ(state("a"), "firing");
  EXPECT_EQ(said(), Texts{"firing a"});
}

TEST_F(BookTest, WhatIsOverWhilePendingIsNeverSaid) {
  alert().for_us = 10 * kSecond;
  look(1, {key("a")});
  look(5, {});
  look(8, {key("a")});
  look(12, {key("a")});
  EXPECT_EQ(state("a"), "pending");
  EXPECT_TRUE(said().empty());
}

TEST_F(BookTest, KeepFiringForBridgesAGap) {
  alert().keep_firing = 10 * kSecond;
  look(1, {key("a")});
  look(2, {});
  look(5, {key("a")});
  look(6, {});
  EXPECT_EQ(book().next(), 15 * kSecond);
  pass(14);
  EXPECT_EQ(said(), Texts{"firing a"});
  pass(15);
  EXPECT_EQ(said(), (Texts{"firing a", "resolved a"}));
}

TEST_F(BookTest, ClearWhenHoldsItUntilItsKeyIsThere) {
  alert().clear_when.text = "SELECT 2";
  look(1, {key("a")});
  look(2, {});
  Observation other;
  other.cleared = {"b"};
  book().observe("hot", other, 3 * kSecond);
  EXPECT_EQ(state("a"), "firing");
  other.cleared = {"a", "b"};
  book().observe("hot", other, 4 * kSecond);
  EXPECT_EQ(state("a"), "ok");
}

TEST_F(BookTest, RepeatSaysItAgainWhileItFires) {
  alert().repeat = 60 * kSecond;
  look(1, {key("a")});
  pass(60);
  EXPECT_EQ(said().size(), 1U);
  EXPECT_EQ(book().next(), 61 * kSecond);
  pass(61);
  pass(62);
  EXPECT_EQ(said(), (Texts{"firing a", "firing a"}));
  EXPECT_NE(book().outgoing()[0].notice.id, book().outgoing()[1].notice.id);
}

TEST_F(BookTest, GroupsAreGatheredAndSaidAtOnce) {
  alert().group_by = AlertColumns{{"site"}, {}};
  alert().group_wait = 10 * kSecond;
  look(1, {key("a", "", "x"), key("b", "", "y")});
  look(5, {key("a", "", "x"), key("b", "", "y"), key("c", "", "x")});
  EXPECT_TRUE(said().empty());
  pass(11);
  EXPECT_EQ(said(), (Texts{"firing a c", "firing b"}));
  look(12, {key("b", "", "y")});
  pass(22);
  EXPECT_EQ(said().back(), "resolved a c");
}

TEST_F(BookTest, WhatBeginsAndEndsWhileItIsGatheredIsSaidInItsOrder) {
  alert().group_by = AlertColumns{};
  alert().group_wait = 10 * kSecond;
  look(1, {key("a")});
  look(2, {});
  pass(20);
  EXPECT_EQ(said(), (Texts{"firing a", "resolved a"}));
}

TEST_F(BookTest, ASilencedKeyIsSaidWhenTheSilenceEnds) {
  book().silence({"hot", "a", 100 * kSecond}, 0);
  look(1, {key("a"), key("b")});
  EXPECT_EQ(said(), Texts{"firing b"});
  EXPECT_EQ(state("a"), "firing");
  pass(99);
  EXPECT_EQ(said(), Texts{"firing b"});
  pass(100);
  EXPECT_EQ(said(), (Texts{"firing b", "firing a"}));
}

TEST_F(BookTest, WhatWasNeverSaidIsNotOver) {
  book().silence({"hot", std::nullopt, 100 * kSecond}, 0);
  look(1, {key("a")});
  look(2, {});
  pass(200);
  EXPECT_TRUE(said().empty());
  EXPECT_EQ(book().ended().size(), 1U);
}

TEST_F(BookTest, TheEndOfWhatWasSaidIsSaidInSilenceToo) {
  look(1, {key("a")});
  book().silence({"hot", std::nullopt, 100 * kSecond}, 2 * kSecond);
  look(3, {});
  EXPECT_EQ(said(), (Texts{"firing a", "resolved a"}));
}

TEST_F(BookTest, ResolvedNoticesCanBeLeftOut) {
  alert().tells_resolved = false;
  look(1, {key("a")});
  look(2, {});
  EXPECT_EQ(said(), Texts{"firing a"});
}

TEST_F(BookTest, KeysBeyondTheBoundAreOne) {
  std::vector<ActiveKey> many;
  for (std::size_t i = 0; i < kKeysMax + 7; ++i) many.push_back(key("k" + std::to_string(i)));
  Observation all = seen(std::move(many));
  book().observe("hot", all, kSecond);
  EXPECT_EQ(book().alerts().at("hot").keys().size(), kKeysMax + 1);
  EXPECT_EQ(book().alerts().at("hot").keys().at(kOtherKeys).text, "7 more keys");
}

TEST_F(BookTest, NoticesBeyondTheBoundAreGivenUp) {
  std::vector<ActiveKey> many;
  for (std::size_t i = 0; i < kKeysMax; ++i) many.push_back(key("k" + std::to_string(i)));
  look(1, many);
  EXPECT_EQ(book().outgoing().size(), kWaitingMax);
  // The ends of what was said have their room.
  look(2, {});
  EXPECT_EQ(book().outgoing().size(), 2 * kWaitingMax);
  EXPECT_TRUE(book().take_given_up().empty());
  look(3, many);
  EXPECT_EQ(book().take_given_up()["ops"], static_cast<std::int64_t>(kKeysMax));
  look(4, {});
  EXPECT_EQ(book().outgoing().size(), 2 * kWaitingMax);
}

TEST_F(BookTest, WhatWasNotReadDoesNotEnd) {
  look(1, {key("a"), key("b")});
  Observation part = seen({key("b")});
  part.is_cut = true;
  book().observe("hot", part, 2 * kSecond);
  book().advance(2 * kSecond);
  EXPECT_EQ(state("a"), "firing");
  look(3, {key("b")});
  EXPECT_EQ(said().back(), "resolved a");
}

TEST_F(BookTest, WhoeverWasToldHearsOfTheEnd) {
  alert().to = {"ops", "pager"};
  look(1, {key("a")});
  const std::string bytes = book().bytes();
  alert().to = {"ops"};
  book_.emplace("p", alerts_);
  book().read(bytes, {"ops", "pager"}, 2 * kSecond);
  look(3, {});
  std::vector<std::string> to;
  for (const Outgoing& one : book().outgoing()) to.push_back(one.receiver);
  EXPECT_EQ(to, (Texts{"ops", "pager", "ops", "pager"}));
}

TEST_F(BookTest, WhatAnAlertThatIsGoneHasGatheredIsSaid) {
  alert().group_by = AlertColumns{};
  alert().group_wait = 10 * kSecond;
  look(1, {key("a", "", "x")});
  const std::string bytes = book().bytes();
  alerts_.clear();
  book_.emplace("p", alerts_);
  book().read(bytes, {"ops"}, 2 * kSecond);
  EXPECT_EQ(said(), (Texts{"firing a", "resolved a"}));
}

TEST_F(BookTest, AGatheringIsBounded) {
  alert().group_by = AlertColumns{};
  alert().group_wait = 10 * kSecond;
  std::vector<ActiveKey> many;
  for (std::size_t i = 0; i < kKeysMax; ++i) {
    many.push_back(key("k" + std::to_string(i), std::string(1500, 'x')));
  }
  look(1, many);
  look(2, {});
  look(3, many);
  pass(11);
  const Notice& notice = book().outgoing().front().notice;
  EXPECT_EQ(notice.incidents.size(), kGatheredMax);
  EXPECT_EQ(notice.more, static_cast<std::int64_t>(kKeysMax));
  EXPECT_EQ(notice.summary(), "hot: 2000 incidents");
  EXPECT_LT(dump_json(notice_json(notice)).size(), 800'000U);
}

TEST_F(BookTest, AClockThatIsSetBackHoldsNothingUp) {
  alert().for_us = 10 * kSecond;
  look(10'000, {key("a")});
  look(100, {key("a")});
  look(110, {key("a")});
  EXPECT_EQ(said(), Texts{"firing a"});
  read_again(50);
  book().note_rows("in", 90 * kSecond);
  look(95, {key("a")});
  look(60, {key("a")});
  EXPECT_EQ(book().rows_at("in"), 60 * kSecond);
}

TEST_F(BookTest, WhatHasEndedIsNotAdopted) {
  look(1, {key("a")});
  Book aside("p", alerts_);
  aside.read(book().bytes(), {"ops"}, 2 * kSecond);
  look(2, {});
  book().adopt(aside, "hot");
  EXPECT_EQ(state("a"), "ok");
}

TEST_F(BookTest, ARestartSaysNothingTwice) {
  alert().for_us = 10 * kSecond;
  look(1, {key("a")});
  pass(11);
  read_again(20);
  EXPECT_EQ(said(), Texts{"firing a"});
  look(21, {key("a")});
  EXPECT_EQ(said(), Texts{"firing a"});
  look(22, {});
  EXPECT_EQ(said(), (Texts{"firing a", "resolved a"}));
}

TEST_F(BookTest, AfterARestartNothingChangesBeforeTheConditionIsLookedAt) {
  alert().for_us = 10 * kSecond;
  alert().keep_firing = 5 * kSecond;
  look(1, {key("a"), key("b")});
  pass(11);
  look(12, {key("a"), key("b"), key("c")});
  look(13, {key("a"), key("c")});
  read_again(1000);
  pass(1000);
  EXPECT_EQ(state("b"), "firing");
  EXPECT_EQ(state("c"), "pending");
}

TEST_F(BookTest, ARestartKeepsSilencesAndWhatIsGathered) {
  alert().group_by = AlertColumns{};
  alert().group_wait = 10 * kSecond;
  look(1, {key("a")});
  book().silence({"hot", "b", 100 * kSecond}, 1 * kSecond);
  read_again(2);
  look(11, {key("a"), key("b")});
  EXPECT_EQ(said(), Texts{"firing a"});
}

TEST_F(BookTest, WhatAnAlertThatIsGoneHasSaidIsOver) {
  look(1, {key("a")});
  const std::string bytes = book().bytes();
  Alert other = alert();
  other.name = "other";
  alerts_ = {other};
  book_.emplace("p", alerts_);
  book().read(bytes, {"ops"}, 9 * kSecond);
  EXPECT_EQ(said(), (Texts{"firing a", "resolved a"}));
  EXPECT_EQ(book().ended().front().to, 9 * kSecond);
}

TEST_F(BookTest, ANoticeToNobodyIsGivenUp) {
  look(1, {key("a")});
  const std::string bytes = book().bytes();
  book_.emplace("p", alerts_);
  book().read(bytes, {"log"}, 2 * kSecond);
  EXPECT_TRUE(said().empty());
}

TEST_F(BookTest, BytesThatAreNoneChangeNothing) {
  book().read("{\"version\": 7}", {"ops"}, 0);
  book().read("nonsense", {"ops"}, 0);
  EXPECT_TRUE(said().empty());
}

TEST_F(BookTest, ANoticeComesBackAsItWas) {
  look(1, {key("a", "line\n\"two\" <b>")});
  const Notice& notice = book().outgoing().front().notice;
  const auto read = read_notice(parse_ordered_json(dump_json(notice_json(notice))));
  ASSERT_TRUE(read);
  EXPECT_EQ(dump_json(notice_json(*read)), dump_json(notice_json(notice)));
  EXPECT_EQ(notice.summary(), "hot: line \"two\" <b>");
}

}  // namespace
}  // namespace sluice::alerts
