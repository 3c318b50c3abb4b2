#include "app/rehearsal/chaos_compare.h"

#include <gtest/gtest.h>

#include "config/yaml.h"

namespace sluice::app {
namespace {

/// Batches of rows, each a list as YAML.
KeptTable table(const std::vector<std::string>& batches) {
  KeptTable made;
  made.schema = data::Schema({{"k", data::TypeId::kVarchar},
                              {"v", data::TypeId::kDouble},
                              {std::string(connector::kDeletesColumn), data::TypeId::kBoolean}});
  for (const std::string& rows : batches) {
    auto tree = config::parse_yaml("v: " + rows, "test");
    EXPECT_TRUE(tree) << rows;
    made.published.push_back(tree->find("v")->items());
  }
  return made;
}

const End kByKey{EndRule::kNewest, {"K"}};

TEST(ChaosCompare, AllRowsHoweverTheyAreCut) {
  const KeptTable calm = table({"[{k: a, v: 1.0}, {k: a, v: 1.0}, {k: b, v: 2.0}]"});
  EXPECT_FALSE(
      difference(calm, table({"[{k: b, v: 2.0}, {k: a, v: 1.0}]", "[{k: a, v: 1.0}]"}), {}, {}));
  const auto lost = difference(calm, table({"[{k: a, v: 1.0}, {k: b, v: 2.0}]"}), {}, {});
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->missing, std::vector<std::string>{"{k: a, v: 1.0, __deletes: null}"});
  EXPECT_TRUE(lost->unexpected.empty());
  EXPECT_EQ(lost->same, 2);
}

TEST(ChaosCompare, TheNewestRowOfAKeyUnlessItDeletesIt) {
  const KeptTable calm = table({"[{k: a, v: 3.0, __deletes: false}]"});
  EXPECT_FALSE(difference(calm,
                          table({"[{k: a, v: 1.0, __deletes: false}, {k: b, v: 1.0, __deletes: "
                                 "false}]",
                                 "[{k: b, v: null, __deletes: true}, {k: a, v: 3.0}]"}),
                          kByKey, {}));
  EXPECT_TRUE(difference(calm, table({"[{k: a, v: 3.0}]", "[{k: a, v: 4.0}]"}), kByKey, {}));
}

TEST(ChaosCompare, TheLastBatchAlone) {
  const KeptTable calm = table({"[{k: a, v: 3.0}]"});
  const End last{EndRule::kLastBatch};
  EXPECT_FALSE(difference(calm, table({"[{k: a, v: 1.0}]", "[{k: a, v: 3.0}]"}), last, {}));
  EXPECT_TRUE(difference(calm, table({"[{k: a, v: 3.0}]", "[]"}), last, {}));
}

TEST(ChaosCompare, FractionsMayDifferInTheirLastDigits) {
  const KeptTable calm = table({"[{k: a, v: 0.3}, {k: a, v: 100.0}, {k: a, v: null}]"});
  EXPECT_FALSE(difference(
      calm, table({"[{k: a, v: 100.0}, {k: a, v: null}, {k: a, v: 0.30000000000000004}]"}), {},
      {}));
  EXPECT_TRUE(
      difference(calm, table({"[{k: a, v: 0.30001}, {k: a, v: 100.0}, {k: a, v: null}]"}), {}, {}));
}

TEST(ChaosCompare, ColumnsThatChangeByThemselvesAreLeftOut) {
  const KeptTable one = table({"[{k: a, v: 1.0}, {k: b, v: 2.0}]"});
  EXPECT_EQ(changing_columns(one, table({"[{k: a, v: 1.5}, {k: b, v: 2.0}]"})),
            std::set<std::string>{"v"});
  EXPECT_EQ(changing_columns(one, one), std::set<std::string>{});
  // Rows, too: nothing is left to compare.
  EXPECT_EQ(changing_columns(one, table({"[{k: a, v: 1.0}]"})), std::nullopt);
}

}  // namespace
}  // namespace sluice::app
