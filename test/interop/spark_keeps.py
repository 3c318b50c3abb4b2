# Run by support.spark after spark_tables.py, in its session: tables with features that only Spark
# writes are changed by sluice (the program is the second argument) and judged by Spark.
import subprocess
from pathlib import Path

program = sys.argv[2]


def sluice(*arguments):
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, f"sluice {arguments}: exit {done.returncode}\n{done.stderr}"


def run_pipeline(name, sink, *batches, schema="{id: BIGINT, k: VARCHAR, v: BIGINT}"):
    """One run over batches of rows, as JSON objects."""
    own = Path(folder) / f"pipeline_{name}"
    (own / "in").mkdir(parents=True, exist_ok=True)
    for rows in batches:
        file = own / "in" / f"{len(list((own / 'in').iterdir())):04}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (own / "pipeline.yaml").write_text(
        f"name: {name}\n"
        "sources:\n"
        "  rows:\n"
        f"    json_lines: {{path: {own}/in, max_files_per_trigger: 1, "
        f"schema: {schema}}}\n"
        f"sinks:\n  out: {{from: rows, {sink}}}\n"
        f"trigger: available_now\ncheckpoint: {own}/checkpoint\n")
    sluice("run", str(own / "pipeline.yaml"))


def expect_rows(name, wanted):
    """`wanted`: SQL; the table must hold these rows, each as often."""
    wanted, got = spark.sql(wanted), spark.sql(f"SELECT * FROM {table(name)}")
    for what, rows in (("missing", wanted.exceptAll(got)), ("too many", got.exceptAll(wanted))):
        found = [tuple(row) for row in rows.limit(5).collect()]
        assert not found, f"{name}: {what}: {found}"


def actions(name, version, kind):
    entry = Path(folder) / name / "_delta_log" / f"{version:020}.json"
    found = [json.loads(line) for line in entry.read_text().splitlines()]
    return [action[kind] for action in found if kind in action]


def newest(name):
    return spark.sql(f"DESCRIBE HISTORY {table(name)} LIMIT 1").collect()[0].version


def vectors(name):
    """path -> deletion vector, of the files of the newest version, by the log."""
    live = {}
    for version in range(newest(name) + 1):
        for remove in actions(name, version, "remove"):
            live.pop(remove["path"], None)
        for add in actions(name, version, "add"):
            live[add["path"]] = add.get("deletionVector")
    return live


def expect_removed_with_vectors(name, before):
    """The newest commit names each file with the deletion vector that it had."""
    removed = actions(name, newest(name), "remove")
    assert removed, f"{name}: version {newest(name)} removes nothing"
    for remove in removed:
        assert remove.get("deletionVector") == before[remove["path"]], (remove, before)


def with_vectors(name):
    """Two files of 1,000 rows, a third of them deleted; later some rows lie in a file without."""
    spark.sql(f"CREATE TABLE {table(name)} (id BIGINT, k STRING, v BIGINT) USING delta "
              f"TBLPROPERTIES ({properties(enableDeletionVectors='true')})")
    for first in (0, 1000):
        spark.sql(f"INSERT INTO {table(name)} SELECT id, concat('k', id % 7), id "
                  f"FROM range({first}, {first + 1000}, 1, 1)")
    spark.sql(f"DELETE FROM {table(name)} WHERE id % 3 = 0")
    assert any(vectors(name).values()), "Spark made no deletion vectors"


# Upserts: a key that was deleted, one that is there, a new one.
with_vectors("kept_upsert")
changes = [{"id": n, "k": "new", "v": -n} for n in (0, 3, 4, 5, 1500, 1501, 5000)]
before = vectors("kept_upsert")
run_pipeline("upsert", f"mode: upsert, key: [id], delta: {{path: {folder}/kept_upsert}}", changes)
expect_removed_with_vectors("kept_upsert", before)
listed = ", ".join(f"({row['id']}, 'new', {row['v']})" for row in changes)
upserted = ("SELECT id, concat('k', id % 7) AS k, id AS v FROM range(0, 2000) WHERE id % 3 <> 0 "
            "AND id NOT IN (4, 5, 1501) UNION ALL SELECT id, 'new', v FROM VALUES "
            f"{listed} AS t(id, k, v)")
expect_rows("kept_upsert", upserted)
# Spark deletes from the files that sluice wrote, and sluice upserts them again.
spark.sql(f"DELETE FROM {table('kept_upsert')} WHERE id % 5 = 0")
before = vectors("kept_upsert")
assert any(before.values()), "no deletion vectors of the second DELETE"
run_pipeline("upsert", f"mode: upsert, key: [id], delta: {{path: {folder}/kept_upsert}}",
             [{"id": n, "k": "newer", "v": 1} for n in (5, 7)])
expect_removed_with_vectors("kept_upsert", before)
expect_rows("kept_upsert", f"SELECT * FROM ({upserted}) WHERE id % 5 <> 0 AND id <> 7 "
            "UNION ALL SELECT 5, 'newer', 1 UNION ALL SELECT 7, 'newer', 1")

# OPTIMIZE: the deleted rows stay away, and older versions stay as they were.
with_vectors("kept_optimize")
before, version = vectors("kept_optimize"), newest("kept_optimize")
sluice("delta", "optimize", f"{folder}/kept_optimize")
expect_removed_with_vectors("kept_optimize", before)
left = "SELECT id, concat('k', id % 7) AS k, id AS v FROM range(0, 2000) WHERE id % 3 <> 0"
expect_rows("kept_optimize", left)
files = vectors("kept_optimize")
assert len(files) == 1 and not any(files.values()), files
old = spark.sql(f"SELECT count(*), sum(id) FROM {table('kept_optimize')} VERSION AS OF {version}")
assert old.collect() == spark.sql(f"SELECT count(*), sum(id) FROM ({left})").collect()

# The sink that puts its own small files together, some of whose rows Spark has deleted.
spark.sql(f"CREATE TABLE {table('kept_compact')} (id BIGINT, k STRING, v BIGINT) USING delta "
          f"TBLPROPERTIES ({properties(enableDeletionVectors='true')})")
for compact, first in (("false", 0), ("true", 200)):
    sink = f"delta: {{path: {folder}/kept_compact, compact: {compact}}}"
    run_pipeline("compact", sink, *([{"id": first + 10 * batch + n, "k": "a", "v": 1}
                                     for n in range(10)] for batch in range(20)))
    if first == 0:
        spark.sql(f"DELETE FROM {table('kept_compact')} WHERE id % 10 = 3")
operations = spark.sql(f"DESCRIBE HISTORY {table('kept_compact')}").collect()
assert "OPTIMIZE" in [row.operation for row in operations], operations
assert not any(vectors("kept_compact").values()), "a file with deleted rows was left out"
expect_rows("kept_compact", "SELECT id, 'a' AS k, 1L AS v FROM range(0, 400) "
            "WHERE id >= 200 OR id % 10 <> 3")

# RESTORE: deleted rows come back and go again, columns and properties come and go with them.
with_vectors("kept_restore")
deleted = newest("kept_restore")
spark.sql(f"ALTER TABLE {table('kept_restore')} ADD COLUMNS (w STRING)")
spark.sql(f"ALTER TABLE {table('kept_restore')} SET TBLPROPERTIES ('note' = 'new')")
spark.sql(f"INSERT INTO {table('kept_restore')} VALUES (7000, 'last', 1, 'w')")
wide = newest("kept_restore")
everything = "SELECT id, concat('k', id % 7) AS k, id AS v FROM range(0, 2000)"


def restore(version, columns, note, rows):
    sluice("delta", "restore", f"{folder}/kept_restore", "--version", str(version))
    expect_rows("kept_restore", rows)
    got = spark.table(table("kept_restore")).columns
    assert got == columns, got
    detail = spark.sql(f"DESCRIBE DETAIL {table('kept_restore')}").collect()[0]
    assert detail.properties.get("note") == note, detail.properties
    last = spark.sql(f"DESCRIBE HISTORY {table('kept_restore')} LIMIT 1").collect()[0]
    assert last.operation == "RESTORE", last


restore(deleted - 1, ["id", "k", "v"], None, everything)
restore(deleted, ["id", "k", "v"], None, left)
restore(wide, ["id", "k", "v", "w"], "new",
        f"SELECT *, CAST(NULL AS STRING) AS w FROM ({left}) UNION ALL SELECT 7000, 'last', 1, 'w'")
spark.sql(f"INSERT INTO {table('kept_restore')} VALUES (7001, 'more', 1, 'w')")
restore(deleted - 1, ["id", "k", "v"], None, everything)

# VACUUM: deletion vectors and change data that no version needs.
spark.sql(f"DELETE FROM {table('kept_restore')} WHERE id % 2 = 0")
spark.sql(f"DELETE FROM {table('kept_restore')} WHERE id % 3 = 0")
odd = f"SELECT * FROM ({everything}) WHERE id % 2 <> 0 AND id % 3 <> 0"
bins = set(Path(folder, "kept_restore").glob("**/deletion_vector_*.bin"))
sluice("delta", "vacuum", f"{folder}/kept_restore")
assert set(Path(folder, "kept_restore").glob("**/deletion_vector_*.bin")) == bins, "all are young"
sluice("delta", "vacuum", f"{folder}/kept_restore", "--retention", "0s", "--allow-short-retention")
expect_rows("kept_restore", odd)
stay = set(Path(folder, "kept_restore").glob("**/deletion_vector_*.bin"))
needed = {vector["pathOrInlineDv"] for vector in vectors("kept_restore").values() if vector}
assert len(stay) == len(needed) < len(bins), (stay, needed)
assert len(list(Path(folder, "kept_restore").glob("*.parquet"))) == len(vectors("kept_restore"))

spark.sql(f"CREATE TABLE {table('kept_feed')} (id BIGINT, k STRING, v BIGINT) USING delta "
          f"TBLPROPERTIES ({properties(enableChangeDataFeed='true')})")
spark.sql(f"INSERT INTO {table('kept_feed')} SELECT id, 'a', id FROM range(0, 10, 1, 1)")
spark.sql(f"UPDATE {table('kept_feed')} SET v = 0 WHERE id = 3")
changes = list(Path(folder, "kept_feed", "_change_data").glob("*.parquet"))
assert changes, "Spark wrote no change data"
sluice("delta", "vacuum", f"{folder}/kept_feed")
assert all(path.exists() for path in changes), "change data of these days is needed"
sluice("delta", "vacuum", f"{folder}/kept_feed", "--retention", "0s", "--allow-short-retention")
assert not any(path.exists() for path in changes), "change data that nobody needs stays"
expect_rows("kept_feed", "SELECT id, 'a' AS k, IF(id = 3, 0, id) AS v FROM range(0, 10)")
