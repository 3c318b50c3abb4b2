#include "connectors/console/schema_tree.h"

#include <gtest/gtest.h>

namespace sluice::connectors {
namespace {

/// As Spark 4.2 prints `SELECT 1L AS id, array('a') AS tags, map('k', struct(1 AS x)) AS m`, but
/// for what it knows to be never NULL.
TEST(SchemaTree, IsSparks) {
  const auto schema = data::Schema::parse(
      "id BIGINT, tags VARCHAR[], m MAP(VARCHAR, STRUCT(x INTEGER)), "
      "d DECIMAL(10,2), at TIMESTAMPTZ, u UUID");
  ASSERT_TRUE(schema);
  EXPECT_EQ(schema_tree(*schema), R"(root
 |-- id: long (nullable = true)
 |-- tags: array (nullable = true)
 |    |-- element: string (containsNull = true)
 |-- m: map (nullable = true)
 |    |-- key: string
 |    |-- value: struct (valueContainsNull = true)
 |    |    |-- x: integer (nullable = true)
 |-- d: decimal(10,2) (nullable = true)
 |-- at: timestamp (nullable = true)
 |-- u: uuid (nullable = true)
6 columns
)");
}

TEST(SchemaTree, OneColumn) {
  EXPECT_EQ(schema_tree(data::Schema({{"a", data::TypeId::kVarchar}})),
            "root\n |-- a: string (nullable = true)\n1 column\n");
}

}  // namespace
}  // namespace sluice::connectors
