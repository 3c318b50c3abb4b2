#include "connectors/console/schema_tree.h"

#include <gtest/gtest.h>

namespace sluice::connectors {
namespace {

std::string tree_of(const char* columns) { return schema_tree(*data::Schema::parse(columns)); }

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
)");
}

TEST(SchemaTree, OneColumn) {
  EXPECT_EQ(schema_tree(data::Schema({{"a", data::TypeId::kVarchar}})),
            "root\n |-- a: string (nullable = true)\n");
}

TEST(SchemaTree, PlainTypesHaveSparksNames) {
  EXPECT_EQ(tree_of("a BOOLEAN, b TINYINT, c SMALLINT, d INTEGER, e BIGINT, f REAL, g DOUBLE, "
                    "h DECIMAL(18,2), i VARCHAR, j BLOB, k DATE, l TIMESTAMP, m TIMESTAMPTZ"),
            "root\n"
            " |-- a: boolean (nullable = true)\n"
            " |-- b: byte (nullable = true)\n"
            " |-- c: short (nullable = true)\n"
            " |-- d: integer (nullable = true)\n"
            " |-- e: long (nullable = true)\n"
            " |-- f: float (nullable = true)\n"
            " |-- g: double (nullable = true)\n"
            " |-- h: decimal(18,2) (nullable = true)\n"
            " |-- i: string (nullable = true)\n"
            " |-- j: binary (nullable = true)\n"
            " |-- k: date (nullable = true)\n"
            " |-- l: timestamp_ntz (nullable = true)\n"
            " |-- m: timestamp (nullable = true)\n");
}

// The nested form of Spark's documentation of StructType.treeString and MapType.
TEST(SchemaTree, NestedTypesAreTrees) {
  EXPECT_EQ(tree_of("name VARCHAR, tags VARCHAR[], "
                    "place STRUCT(city VARCHAR, at STRUCT(x DOUBLE, y DOUBLE)), "
                    "items STRUCT(sku VARCHAR, n INTEGER)[], "
                    "prices MAP(VARCHAR, STRUCT(net DOUBLE)), grid BIGINT[][]"),
            "root\n"
            " |-- name: string (nullable = true)\n"
            " |-- tags: array (nullable = true)\n"
            " |    |-- element: string (containsNull = true)\n"
            " |-- place: struct (nullable = true)\n"
            " |    |-- city: string (nullable = true)\n"
            " |    |-- at: struct (nullable = true)\n"
            " |    |    |-- x: double (nullable = true)\n"
            " |    |    |-- y: double (nullable = true)\n"
            " |-- items: array (nullable = true)\n"
            " |    |-- element: struct (containsNull = true)\n"
            " |    |    |-- sku: string (nullable = true)\n"
            " |    |    |-- n: integer (nullable = true)\n"
            " |-- prices: map (nullable = true)\n"
            " |    |-- key: string\n"
            " |    |-- value: struct (valueContainsNull = true)\n"
            " |    |    |-- net: double (nullable = true)\n"
            " |-- grid: array (nullable = true)\n"
            " |    |-- element: array (containsNull = true)\n"
            " |    |    |-- element: long (containsNull = true)\n");
}

TEST(SchemaTree, TypesThatSparkLacksKeepTheirNames) {
  EXPECT_EQ(tree_of("\"größe in m\" HUGEINT, t TIME, j JSON"),
            "root\n"
            " |-- größe in m: hugeint (nullable = true)\n"
            " |-- t: time (nullable = true)\n"
            " |-- j: json (nullable = true)\n");
}

TEST(SchemaTree, NoColumns) { EXPECT_EQ(schema_tree({}), "root\n"); }

}  // namespace
}  // namespace sluice::connectors
