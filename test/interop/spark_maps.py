# Run by support.spark after spark_keeps.py, in its session: tables that Spark made with column mapping
# are written by sluice; columns that Spark made are widened by it.
MAPPED = ("{id: BIGINT, c d: VARCHAR, s: 'STRUCT(\"x,y\" INTEGER, z STRUCT(\"k=v\" VARCHAR)[])', "
          "p q: DATE, more (1): DOUBLE}")


def mapped_rows(text, first, end):
    return [{"id": n, "c d": text, "s": {"x,y": n, "z": [{"k=v": "ours"}]}, "p q": "2024-03-01",
             "more (1)": n / 2} for n in range(first, end)]


for mode in ("name", "id"):
    name = f"shared_{mode}"
    settings = {"columnMapping.mode": mode}
    spark.sql(f"CREATE TABLE {table(name)} (id BIGINT, old STRING, gone INT, "
              "s STRUCT<`x,y`: INT, z: ARRAY<STRUCT<`k=v`: STRING>>>, `p q` DATE) USING delta "
              f"PARTITIONED BY (`p q`) TBLPROPERTIES ({properties(**settings)})")
    spark.sql(f"INSERT INTO {table(name)} SELECT id, 'theirs', 1, named_struct('x,y', CAST(id AS INT), "
              "'z', array(named_struct('k=v', 'v'))), DATE'2024-02-29' FROM range(0, 6, 1, 1)")
    spark.sql(f"ALTER TABLE {table(name)} RENAME COLUMN old TO `c d`")
    spark.sql(f"ALTER TABLE {table(name)} DROP COLUMN gone")
    sink = f"delta: {{path: {folder}/{name}, partition_by: [p q], on_new_field: add}}"
    run_pipeline(f"{name}_append", sink, mapped_rows("append", 10, 15), schema=MAPPED)
    run_pipeline(f"{name}_upsert", f"mode: upsert, key: [id], {sink}", mapped_rows("upsert", 3, 13),
                 schema=MAPPED)
    sluice("delta", "optimize", f"{folder}/{name}")
    spark.sql(f"INSERT INTO {table(name)} SELECT 100, 'theirs again', NULL, DATE'2024-02-29', 0.5")
    rows = spark.sql(f"SELECT id, `c d`, s.`x,y`, s.z[0].`k=v`, `more (1)`, CAST(`p q` AS STRING) "
                     f"FROM {table(name)} ORDER BY id").collect()
    ours, theirs = "2024-03-01", "2024-02-29"
    assert [tuple(row) for row in rows] == [
        *((n, "theirs", n, "v", None, theirs) for n in range(3)),
        *((n, "upsert", n, "ours", n / 2, ours) for n in range(3, 13)),
        *((n, "append", n, "ours", n / 2, ours) for n in (13, 14)),
        (100, "theirs again", None, None, 0.5, theirs)], rows
    expect(name, f"SELECT * FROM {table(name)}")

# What sluice has widened Spark goes on widening.
spark.sql(f"CREATE TABLE {table('widened_by_two')} (id INT, k STRING, v SMALLINT) USING delta")
spark.sql(f"INSERT INTO {table('widened_by_two')} VALUES (1, 'theirs', 1S)")
run_pipeline("widen", f"delta: {{path: {folder}/widened_by_two, on_wider_type: widen}}",
             [{"id": 5000000000, "k": "ours", "v": 100000}],
             schema="{id: BIGINT, k: VARCHAR, v: INTEGER}")
spark.sql(f"ALTER TABLE {table('widened_by_two')} ALTER COLUMN v TYPE BIGINT")
spark.sql(f"INSERT INTO {table('widened_by_two')} VALUES (2, 'theirs', 7000000000)")
expect_rows("widened_by_two", "SELECT * FROM VALUES (1L, 'theirs', 1L), (5000000000L, 'ours', 100000L), "
            "(2L, 'theirs', 7000000000L)")
expect("widened_by_two", f"SELECT * FROM {table('widened_by_two')}")
