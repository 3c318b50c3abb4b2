#include "sql/plan/shard_keys.h"

#include "sql/plan/plan_fixture.h"

namespace sluice::sql {
namespace {

class ShardKeysTest : public PlanTest {
 protected:
  /// What the shard of views v, w ... knows of the last one's key: "k", "a,b | i"; "" nothing; or
  /// why it is refused.
  std::string key_of(const std::vector<std::string>& views,
                     const std::vector<std::string>& partitioned_by = {"k"}) {
    PlanRequest request{{{"events", "", {}, partitioned_by}}, {}, {}};
    request.is_shard = true;
    std::string name(1, 'u');
    for (const std::string& sql : views) {
      ++name[0];
      request.views.push_back({name, sql, {"p.yaml", 10, 5}});
    }
    const auto made = make_plan(*session_, request);
    if (!made) {
      const std::string& message = made.error().message();
      return message.find("in a shard it would") != std::string::npos ? "refused" : message;
    }
    std::string text;
    const auto known = made->shard_keys.find(name);
    if (known == made->shard_keys.end()) return text;
    for (const std::set<std::string>& columns : known->second) {
      text += text.empty() ? "" : " | ";
      for (const std::string& column : columns) {
        text += (column == *columns.begin() ? "" : ",") + column;
      }
    }
    return text;
  }
};

TEST_F(ShardKeysTest, FollowsPlainColumns) {
  EXPECT_EQ(key_of({"SELECT * FROM events"}), "k");
  EXPECT_EQ(key_of({"SELECT e.k AS a, k AS b, i FROM events AS e"}), "a,b");
  EXPECT_EQ(key_of({"SELECT upper(k) AS k FROM events"}), "");
  EXPECT_EQ(key_of({"SELECT i AS k FROM events"}), "");
  EXPECT_EQ(key_of({"SELECT k FROM (SELECT i AS k FROM events)"}), "");
  EXPECT_EQ(key_of({"SELECT * FROM events"}, {"i", "k"}), "i | k");
  EXPECT_EQ(key_of({"SELECT k FROM events"}, {"i", "k"}), "");
}

TEST_F(ShardKeysTest, UnitesByNameAlone) {
  EXPECT_EQ(key_of({"SELECT k, i FROM events UNION ALL BY NAME SELECT i, k FROM events"}), "k");
  EXPECT_EQ(key_of({"SELECT k, i FROM events UNION ALL SELECT k, i FROM events"}), "");
  EXPECT_EQ(key_of({"SELECT * FROM (SELECT k FROM events UNION ALL SELECT k FROM events)"}), "");
}

TEST_F(ShardKeysTest, GroupsHaveAllOfTheKey) {
  EXPECT_EQ(key_of({"SELECT K AS a, count(*) FROM events GROUP BY 1"}), "a");
  EXPECT_EQ(key_of({"SELECT count(*) FROM events GROUP BY k, i"}), "");
  EXPECT_EQ(key_of({"SELECT i, count(*) FROM events GROUP BY i"}), "refused");
  EXPECT_EQ(key_of({"SELECT k, count(*) FROM events GROUP BY k"}, {"k", "i"}), "refused");
  EXPECT_EQ(key_of({"SELECT count(*) FROM events"}), "refused");
  EXPECT_EQ(key_of({"SELECT k, count(*) FROM events GROUP BY k"}, {}), "refused");
  EXPECT_EQ(key_of({"SELECT i, k FROM events", "SELECT upper(k) AS k, i FROM v",
                    "SELECT k, count(*) FROM w GROUP BY k"}),
            "refused");
}

TEST_F(ShardKeysTest, DistinctRowsHaveIt) {
  EXPECT_EQ(key_of({"SELECT DISTINCT i, k FROM events"}), "k");
  EXPECT_EQ(key_of({"SELECT DISTINCT ON (k) * FROM events"}), "k");
  EXPECT_EQ(key_of({"SELECT DISTINCT i FROM events"}), "refused");
  EXPECT_EQ(key_of({"SELECT DISTINCT ON (i) * FROM events"}), "refused");
}

TEST_F(ShardKeysTest, JoinsEquateIt) {
  EXPECT_EQ(key_of({"SELECT a.k, b.i FROM events a JOIN events b ON a.k = b.k"}), "k");
  EXPECT_EQ(key_of({"SELECT b.k AS s FROM events a JOIN events b ON b.k = a.k AND a.i > b.i"}),
            "s");
  EXPECT_EQ(key_of({"SELECT a.k FROM events a JOIN events b ON a.i = b.i"}), "refused");
  // Of one column of another name on the other side nothing is known.
  EXPECT_NE(
      key_of({"SELECT i AS k, k AS s FROM events", "SELECT a.k FROM events a JOIN v ON a.k = v.k"})
          .find("refused"),
      std::string::npos);
}

}  // namespace
}  // namespace sluice::sql
