#include "sql/tree/function_catalog.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "sql/functions/open_database.h"

namespace sluice::sql {
namespace {

/// Names that DuckDB itself says aggregate, macros followed to what they call.
std::set<std::string> aggregates_of_duckdb() {
  auto database = open_database("", {});
  auto session = *(*database)->connect();
  std::set<std::string> names;
  auto rows = session->query(
      "SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE function_type = "
      "'aggregate'");
  for (const auto& row : rows->values) names.insert(*row[0]);
  // Only over a window.
  for (const char* name : {"row_number", "rank", "dense_rank", "rank_dense", "percent_rank",
                           "cume_dist", "ntile", "lag", "lead", "fill"}) {
    names.erase(name);
  }
  auto macros = session->query(
      "SELECT lower(function_name), json_serialize_sql('SELECT ' || macro_definition) "
      "FROM duckdb_functions() WHERE function_type = 'macro' AND macro_definition IS NOT NULL");
  for (int round = 0; round < 5; ++round) {
    for (const auto& row : macros->values) {
      const Json answer = Json::parse(row[1].value_or(""), nullptr, false);
      if (!answer.is_object() || answer.value("error", true)) continue;
      visit_expressions(answer["statements"][0]["node"]["select_list"], [&](const Json& node) {
        if (is_class(node, "FUNCTION") && names.contains(function_name(node)))
          names.insert(*row[0]);
        return true;
      });
    }
  }
  return names;
}

TEST(FunctionCatalog, KnowsWhatDuckdbKnows) {
  const std::set<std::string> theirs = aggregates_of_duckdb();
  EXPECT_GT(theirs.size(), 80U);
  for (const std::string& name : theirs) EXPECT_TRUE(is_aggregate(name)) << name;
}

TEST(FunctionCatalog, KnowsNothingElse) {
  const std::set<std::string> theirs = aggregates_of_duckdb();
  for (const char* name : {"abs", "list_sum", "rank", "unnest", "nullif", "least"}) {
    EXPECT_FALSE(theirs.contains(name)) << name;
    EXPECT_FALSE(is_aggregate(name)) << name;
  }
}

}  // namespace
}  // namespace sluice::sql
