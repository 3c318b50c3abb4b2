# Run by support.spark: writes Delta tables with the features that only Spark writes, and beside each
# the rows that Spark reads from it, as plain Parquet, which sluice's rows are compared with.
folder = sys.argv[1]


def table(name):
    return f"delta.`{folder}/{name}`"


def expect(name, select):
    spark.sql(select).coalesce(1).write.mode("overwrite").parquet(f"{folder}/expected/{name}")


def properties(**given):
    return ", ".join(f"'delta.{key}' = '{value}'" for key, value in given.items())


# Deletion vectors: rows of both files are deleted, then updated.
spark.sql(f"CREATE TABLE {table('vectors')} (id BIGINT, k STRING, amount DECIMAL(38,12)) USING delta "
          f"TBLPROPERTIES ({properties(enableDeletionVectors='true')})")
for first in (0, 1000):
    spark.sql(f"INSERT INTO {table('vectors')} SELECT id, concat('k', id % 7), id / 7 "
              f"FROM range({first}, {first + 1000}, 1, 1)")
spark.sql(f"DELETE FROM {table('vectors')} WHERE id % 3 = 0")
spark.sql(f"UPDATE {table('vectors')} SET k = 'new' WHERE id % 100 = 1")
expect("vectors", f"SELECT * FROM {table('vectors')}")
expect("vectors_2", f"SELECT * FROM {table('vectors')} VERSION AS OF 2")

# Column mapping: names with any letters, renamed and dropped columns, nested ones, partitions.
for mode in ("name", "id"):
    name = f"mapped_{mode}"
    settings = {"columnMapping.mode": mode, "minReaderVersion": 2, "minWriterVersion": 5}
    spark.sql(f"CREATE TABLE {table(name)} (`a b` BIGINT, old STRING, gone INT, "
              "s STRUCT<`x,y`: INT, z: ARRAY<STRUCT<`k=v`: STRING>>>, m MAP<STRING, STRUCT<v: INT>>, "
              f"`p q` DATE, t TIMESTAMP) USING delta PARTITIONED BY (`p q`) "
              f"TBLPROPERTIES ({properties(**settings)})")
    for day in ("DATE'2024-02-29'", "NULL"):
        spark.sql(f"INSERT INTO {table(name)} SELECT id, concat('t', id), 1, named_struct('x,y', "
                  "CAST(id AS INT), 'z', array(named_struct('k=v', 'v'), NULL)), "
                  f"map('k', named_struct('v', 7)), {day}, TIMESTAMP'2024-02-29 12:00:00.123456' "
                  "FROM range(0, 5, 1, 1)")
    spark.sql(f"ALTER TABLE {table(name)} RENAME COLUMN old TO `new name`")
    spark.sql(f"ALTER TABLE {table(name)} DROP COLUMN gone")
    spark.sql(f"ALTER TABLE {table(name)} ADD COLUMNS (added STRING)")
    spark.sql(f"INSERT INTO {table(name)} SELECT 100, 'last', NULL, NULL, DATE'2024-03-01', NULL, 'x'")
    expect(name, f"SELECT * FROM {table(name)}")

# Partition values of every type.
spark.sql(f"CREATE TABLE {table('partitions')} (id INT, b BOOLEAN, i8 TINYINT, i16 SMALLINT, i INT, "
          "l BIGINT, f FLOAT, d DOUBLE, c DECIMAL(20,4), s STRING, day DATE, t TIMESTAMP, "
          "n TIMESTAMP_NTZ, x BINARY) USING delta "
          "PARTITIONED BY (b, i8, i16, i, l, f, d, c, s, day, t, n, x)")
spark.sql(f"INSERT INTO {table('partitions')} VALUES (1, true, 1, 2, 3, 4, 1.5, -0.1, 1.2345, "
          "'a b%/=:ü', DATE'1969-12-31', TIMESTAMP'2024-02-29 12:00:00.123456', "
          "TIMESTAMP_NTZ'2024-02-29 12:00:00', X'41'), "
          "(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)")
expect("partitions", f"SELECT * FROM {table('partitions')}")

# Checkpoints of version 2, and a log that begins after them.
settings = {"checkpointPolicy": "v2", "checkpointInterval": 3}
spark.sql(f"CREATE TABLE {table('checkpoints')} (id BIGINT) USING delta "
          f"TBLPROPERTIES ({properties(**settings)})")
for number in range(8):
    spark.sql(f"INSERT INTO {table('checkpoints')} VALUES ({number})")
expect("checkpoints", f"SELECT * FROM {table('checkpoints')}")

# Wider types: the first file has the narrow ones.
spark.sql(f"CREATE TABLE {table('widened')} (i INT, d DECIMAL(5,2)) USING delta "
          f"TBLPROPERTIES ({properties(enableTypeWidening='true')})")
spark.sql(f"INSERT INTO {table('widened')} VALUES (1, 1.25)")
spark.sql(f"ALTER TABLE {table('widened')} ALTER COLUMN i TYPE BIGINT")
spark.sql(f"ALTER TABLE {table('widened')} ALTER COLUMN d TYPE DECIMAL(10,4)")
spark.sql(f"INSERT INTO {table('widened')} VALUES (5000000000, 1.0001)")
expect("widened", f"SELECT * FROM {table('widened')}")

# A change feed over all kinds of changes, with and without deletion vectors.
for name, vectors in (("feed", "false"), ("feed_vectors", "true")):
    settings = {"enableChangeDataFeed": "true", "enableDeletionVectors": vectors}
    spark.sql(f"CREATE TABLE {table(name)} (id BIGINT, k STRING) USING delta PARTITIONED BY (k) "
              f"TBLPROPERTIES ({properties(**settings)})")
    spark.sql(f"INSERT INTO {table(name)} SELECT id, concat('k', id % 2) FROM range(0, 20, 1, 1)")
    spark.sql(f"DELETE FROM {table(name)} WHERE id < 4")
    spark.sql(f"UPDATE {table(name)} SET id = id + 100 WHERE id IN (5, 6)")
    spark.sql("SELECT id, concat('k', id % 3) AS k FROM range(8, 30)") \
        .createOrReplaceTempView("changes")
    spark.sql(f"MERGE INTO {table(name)} t USING changes c ON t.id = c.id AND t.k = c.k "
              "WHEN MATCHED AND c.id % 5 = 0 THEN DELETE "
              "WHEN MATCHED THEN UPDATE SET id = t.id + 1000 WHEN NOT MATCHED THEN INSERT *")
    spark.sql(f"OPTIMIZE {table(name)}")
    spark.sql(f"DELETE FROM {table(name)} WHERE k = 'k0'")
    (spark.read.format("delta").option("readChangeFeed", "true").option("startingVersion", 1)
     .load(f"{folder}/{name}").coalesce(1).write.parquet(f"{folder}/expected/{name}"))

# Variants, which have no type of their own in SQL here: their JSON. Of every kind, at the top, in
# objects and in arrays; shredded, too.
VARIANTS = """
SELECT 1 AS id, parse_json('{"b": 1, "a": [1.5, "x", null, true, {"é": 0.10}], "": {}, "n": null}') AS v
UNION ALL SELECT 2, NULL
UNION ALL SELECT 3, parse_json('"te\\\\u0001\\\\"xt😀/"')
UNION ALL SELECT 4, parse_json('[0.10, -0.000, 100.00, 1e7, 1E-10, 12345678901234567890, 1.7976931348623157e308]')
UNION ALL SELECT 5, to_variant_object(named_struct('i8', 1Y, 'i16', -300S, 'i32', 70000, 'i64', 5000000000L,
  'f', CAST(0.1 AS FLOAT), 'd', 1.0E7D, 'nan', CAST('NaN' AS DOUBLE), 'inf', CAST('-Infinity' AS FLOAT),
  'd4', 0.10BD, 'd8', CAST('123456789012.3400' AS DECIMAL(16, 4)),
  'd16', CAST('-12345678901234567890.123456789000' AS DECIMAL(38, 12)), 'small', CAST(0 AS DECIMAL(38, 30))))
UNION ALL SELECT 6, to_variant_object(named_struct('day', DATE'2024-02-29', 'old', DATE'0001-01-01',
  'n', TIMESTAMP_NTZ'2024-02-29 12:00:00.5', 'x', X'00FF41', 'yes', true, 'none', CAST(NULL AS INT)))
UNION ALL SELECT 7, to_variant_object(map('k2', array(1, 2), 'k1', CAST(NULL AS ARRAY<INT>)))
UNION ALL SELECT 8, to_variant_object(transform(sequence(1, 300), n -> named_struct('k', n, 's', repeat('y', n))))
UNION ALL SELECT 9, parse_json('5')
UNION ALL SELECT 10, to_variant_object(map_from_entries(transform(sequence(1, 300),
  n -> named_struct('key', concat('k', n), 'value', n))))
"""
for name, shredding in (("variant", "false"), ("variant_shredded", "true")):
    spark.sql(f"CREATE TABLE {table(name)} (id INT, v VARIANT, s STRUCT<l: ARRAY<VARIANT>>) USING delta "
              f"TBLPROPERTIES ({properties(enableVariantShredding=shredding)})")
    spark.conf.set("spark.sql.variant.writeShredding.enabled", shredding)
    spark.conf.set("spark.sql.variant.forceShreddingSchemaForTest",
                   "a ARRAY<VARIANT>, d4 DECIMAL(18, 4), day DATE, k1 STRING" if shredding == "true" else "")
    spark.sql(f"INSERT INTO {table(name)} SELECT id, v, named_struct('l', array(v, NULL)) FROM ({VARIANTS}) "
              "ORDER BY id")
    expect(name, "SELECT id, to_json(v) AS v, named_struct('l', transform(s.l, e -> to_json(e))) AS s "
                 f"FROM {table(name)}")
# Delta refuses it where a table has no shredded variants.
spark.conf.unset("spark.sql.variant.forceShreddingSchemaForTest")

# Their instants are shown on the session's clock.
spark.sql(f"CREATE TABLE {table('variant_instants')} (v VARIANT) USING delta")
spark.sql(f"INSERT INTO {table('variant_instants')} SELECT to_variant_object(array("
          "TIMESTAMP'2024-02-29 12:00:00.123456', TIMESTAMP'2024-07-01 12:00:00', "
          "TIMESTAMP'1969-12-31 23:59:59.5', TIMESTAMP'1880-01-01 00:00:00'))")
spark.conf.set("spark.sql.session.timeZone", "Europe/Berlin")
expect("variant_instants", f"SELECT to_json(v) AS v FROM {table('variant_instants')}")
spark.conf.set("spark.sql.session.timeZone", "UTC")
