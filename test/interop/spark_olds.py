# Run by support.spark after spark_maps.py, in its session: tables of old writer versions, which stand for
# features that the tables do not use, are written by sluice and keep their protocol.
def protocol(name):
    row = spark.sql(f"DESCRIBE DETAIL {table(name)}").collect()[0]
    return row.minReaderVersion, row.minWriterVersion, row.tableFeatures


def old_table(name, **settings):
    spark.sql(f"CREATE TABLE {table(name)} (id BIGINT, k STRING, v BIGINT) USING delta PARTITIONED BY (k) "
              f"TBLPROPERTIES ({properties(checkpointInterval=4, **settings)})")
    spark.sql(f"INSERT INTO {table(name)} SELECT id, concat('k', id % 2), id FROM range(0, 10, 1, 1)")


for name, settings in (("old_3", {"minWriterVersion": 3}), ("old_4", {"minWriterVersion": 4}),
                       ("old_5", {"columnMapping.mode": "name", "minReaderVersion": 2, "minWriterVersion": 5}),
                       ("old_6", {"minReaderVersion": 2, "minWriterVersion": 6})):
    old_table(name, **settings)
    if name == "old_3":
        # A constraint that is dropped again leaves the version that it asked for.
        spark.sql(f"ALTER TABLE {table(name)} ADD CONSTRAINT small CHECK (v < 1000)")
        spark.sql(f"ALTER TABLE {table(name)} DROP CONSTRAINT small")
    before = protocol(name)
    assert before[1] == int(name[-1]), before
    sink = f"delta: {{path: {folder}/{name}, partition_by: [k], on_new_field: add}}"
    run_pipeline(f"{name}_append", sink, *([{"id": n, "k": "k0", "v": n}] for n in range(10, 18)))
    run_pipeline(f"{name}_upsert", f"mode: upsert, key: [id], {sink}",
                 [{"id": n, "k": "k1", "v": -n, "w": "new"} for n in (1, 10, 20)],
                 schema="{id: BIGINT, k: VARCHAR, v: BIGINT, w: VARCHAR}")
    sluice("delta", "optimize", f"{folder}/{name}")
    sluice("delta", "vacuum", f"{folder}/{name}", "--retention", "0s", "--allow-short-retention")
    spark.sql(f"INSERT INTO {table(name)} VALUES (30, 'k0', 30, 'theirs')")
    wanted = ("SELECT id, IF(id < 10, concat('k', id % 2), 'k0') AS k, id AS v, CAST(NULL AS STRING) AS w "
              "FROM range(0, 18) WHERE id NOT IN (1, 10) UNION ALL SELECT id, 'k1', -id, 'new' "
              "FROM VALUES (1L), (10L), (20L) AS t(id) UNION ALL SELECT 30, 'k0', 30, 'theirs'")
    expect_rows(name, wanted)
    assert list(Path(folder, name, "_delta_log").glob("*.checkpoint.parquet")), f"{name}: no checkpoint"
    assert protocol(name) == before, (name, before, protocol(name))
    expect(name, f"SELECT * FROM {table(name)}")

# What is in use is refused by its name.
spark.sql(f"CREATE TABLE {table('used_generated')} (id BIGINT, g BIGINT GENERATED ALWAYS AS (id + 1)) "
          "USING delta")
old_table("used_check", minWriterVersion=4)
spark.sql(f"ALTER TABLE {table('used_check')} ADD CONSTRAINT small CHECK (v < 1000)")
for name, words in (("used_generated", "generated columns"), ("used_check", "the CHECK constraint small (v < 1000)")):
    done = subprocess.run([program, "delta", "optimize", f"{folder}/{name}"], capture_output=True, text=True)
    assert done.returncode == 2 and words in done.stderr, done.stderr
