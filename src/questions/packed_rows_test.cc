#include "questions/packed_rows.h"

#include "questions/question_rig.h"

namespace sluice::questions {
namespace {

class PackedRowsTest : public QuestionTest {
 protected:
  /// Rows of a SELECT, packed and read back, are the same.
  void expect_same(const std::string& select) {
    must("CREATE OR REPLACE TABLE t AS " + select);
    const auto expected = session_->query("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM t");
    const engine::WatchedRelation of = relation("t");
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < of.schema.size(); ++i) columns.push_back(i);
    const PackedRows copy = packed({"t", columns});
    PackedBatch batch(of.schema, columns);
    for (const PackedRows::Chunk& chunk : copy.chunks) {
      const auto added = batch.add(chunk.bytes, chunk.rows);
      ASSERT_TRUE(added) << added.error().message();
    }
    std::vector<sql::ScanColumn> scanned;
    for (std::size_t i = 0; i < of.schema.size(); ++i) {
      scanned.push_back({.field = of.schema[i], .decoded = false, .index = i});
    }
    const auto scan = *sql::Scan::define(*session_, {"copy", scanned, nullptr});
    scan->bind(&batch);
    const auto found = session_->query("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM copy");
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->values, expected->values) << select;
  }
};

TEST_F(PackedRowsTest, NumbersOfAllWidths) {
  expect_same(
      "SELECT i % 2 = 0 AS b, CAST(i % 100 AS TINYINT) AS t, CAST(i AS UINTEGER) AS u, i AS l, "
      "CAST(i AS HUGEINT) * 10000000000000000000000 AS h, CAST(i AS FLOAT) / 7 AS f, i / 3 AS d, "
      "CAST(i AS DECIMAL(4,0)) AS d4, CAST(i AS DECIMAL(9,2)) AS d9, CAST(i AS DECIMAL(18,3)) AS "
      "d18, CAST(i AS DECIMAL(38,5)) AS d38 FROM range(9000) AS r(i)");
}

TEST_F(PackedRowsTest, NullsAmongThem) {
  expect_same(
      "SELECT CASE WHEN i % 3 > 0 THEN i END AS n, CASE WHEN i % 5 > 0 THEN 'text ' || i END AS s, "
      "CASE WHEN i % 7 > 0 THEN {'a': i, 'b': CASE WHEN i % 2 > 0 THEN 'x' || i END} END AS r, "
      "CASE WHEN i % 4 > 0 THEN [i, NULL, i + 1] END AS l, NULL AS nothing FROM range(5000) AS "
      "r(i)");
}

TEST_F(PackedRowsTest, TextsTimesAndIds) {
  expect_same(
      "SELECT repeat('ab', CAST(i % 40 AS BIGINT)) AS s, encode('\\x00' || i) AS b, "
      "CAST('{\"a\": 1}' AS JSON) AS j, CAST(md5('' || i) AS UUID) AS u, DATE '2024-01-01' + "
      "CAST(i AS INTEGER) AS d, TIME '10:00:00' AS c, TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR "
      "AS t, TIMESTAMPTZ '2024-01-01 00:00:00+00' + INTERVAL (i) MINUTE AS z, INTERVAL (i) MONTH "
      "AS v FROM range(3000) AS r(i)");
}

TEST_F(PackedRowsTest, NestedLists) {
  expect_same(
      "SELECT [[i, i + 1], [], NULL, [NULL]] AS l, MAP {'k' || i: [i], 'z': NULL} AS m, [{'a': "
      "['x' || i, NULL], 'm': MAP {i: 1.5}}] AS s FROM range(2500) AS r(i)");
}

TEST_F(PackedRowsTest, SortedListsWhoseElementsDoNotComeInOrder) {
  expect_same("SELECT l FROM (SELECT range(i % 10) AS l, i FROM range(4000) AS r(i)) ORDER BY -i");
}

TEST_F(PackedRowsTest, NoRows) { expect_same("SELECT 1 AS a, 'x' AS b WHERE false"); }

TEST_F(PackedRowsTest, BytesThatEndTooEarlyAreRefused) {
  must("CREATE TABLE t AS SELECT 'text ' || i AS s, [i] AS l FROM range(10) AS r(i)");
  const engine::WatchedRelation of = relation("t");
  const PackedRows copy = packed({"t", {0, 1}});
  const std::string& bytes = copy.chunks.front().bytes;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    PackedBatch batch(of.schema, {0, 1});
    EXPECT_FALSE(batch.add(std::string_view(bytes).substr(0, length), 10)) << length;
  }
}

TEST_F(PackedRowsTest, AChunkThatIsTooLargeIsNotTaken) {
  must("CREATE TABLE t AS SELECT repeat('x', 1000) AS s FROM range(100)");
  const engine::WatchedRelation of = relation("t");
  RowPacker packer(of.schema, {0});
  const auto table = *sql::make_batch_table(*session_, "FROM t");
  bool taken = true;
  ASSERT_TRUE(table->read_chunks({}, [&](const connector::RowChunk& chunk) -> Result<bool> {
    taken = packer.add(chunk, 50'000);
    return true;
  }));
  EXPECT_FALSE(taken);
  EXPECT_EQ(packer.packed().rows, 0U);
}

}  // namespace
}  // namespace sluice::questions
