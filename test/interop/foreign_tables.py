"""Delta tables that others wrote, read by sluice: as a table, as a stream that is killed, by
`sluice sql`; compared with what the writer itself reads."""

import gzip
import shutil
import signal
from pathlib import Path

import pyarrow
import pyarrow.parquet

from support import spark, tables
from support.case import Case, Failure
from support.program import PROGRAM, sluice
from support.s3 import Store

HERE = Path(__file__).resolve().parent

READ = ("vectors", "mapped_name", "mapped_id", "partitions", "checkpoints", "widened", "shared_name",
        "shared_id", "widened_by_two", "old_4", "old_5", "variant", "variant_shredded")
FEEDS = ("feed", "feed_vectors")
# What Spark reads in the time zone that pipelines have here.
ZONED = ("variant_instants",)
# What a stream of all versions cannot give, and what it says instead.
STREAMS = {"vectors": "earliest", "mapped_name": "earliest", "mapped_id": "earliest",
           "partitions": "{version: 0}", "checkpoints": "{version: 0}", "widened": "earliest",
           "shared_name": "earliest", "shared_id": "earliest", "widened_by_two": "earliest",
           "old_4": "earliest", "old_5": "earliest", "variant": "earliest",
           "variant_shredded": "earliest", "variant_instants": "earliest"}


def cases():
    yield Case("spark_tables", spark_tables)
    yield Case("deltalake_tables", deltalake_tables)
    yield Case("queries_in_a_store", queries_in_a_store)
    yield Case("column_without_a_name", column_without_a_name)


def column_without_a_name(folder):
    """In Parquet files, as a stream; DuckDB calls it C0."""
    (folder / "in").mkdir()
    pyarrow.parquet.write_table(pyarrow.table({"": [1, 2], "b": ["x", None]}), folder / "in" / "a.parquet")
    run(folder, """\
name: nameless
sources:
  files: {parquet: {path: in}}
sinks:
  out: {from: files, json_lines: {path: out}}
checkpoint: checkpoint
""").must_exit(0)
    lines = [line for file in (folder / "out").glob("*.jsonl") for line in file.read_text().splitlines()]
    if lines != ['{"C0":1,"b":"x"}', '{"C0":2,"b":null}']:
        raise Failure(f"the stream gave {lines}")


def spark_tables(folder):
    # One session of Spark for what sluice reads and for what it changes.
    scripts = (HERE / f"spark_{name}.py" for name in ("tables", "keeps", "maps", "olds"))
    spark.run("\n".join(script.read_text() for script in scripts), folder, PROGRAM)
    failures = []
    for check, names in ((as_table, READ + ZONED), (as_stream, READ + ZONED), (by_query, READ),
                         (as_feed, FEEDS)):
        for name in names:
            try:
                check(folder, name)
            except Failure as failure:
                failures.append(f"{check.__name__} {name}: {failure}")
    for check in (older_versions, refusals):
        try:
            check(folder)
        except Failure as failure:
            failures.append(f"{check.__name__}: {failure}")
    if failures:
        raise Failure("\n".join(failures))


# ---- one table

def run(folder, pipeline, **more):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pipeline.yaml").write_text(pipeline)
    return sluice("run", "pipeline.yaml", "--available-now", cwd=folder, **more)


def compare(expected, got, what, without=""):
    """Both folders of Parquet files; columns by name, in any order."""
    duck = tables.connection()
    if not list(got.rglob("*.parquet")):
        raise Failure(f"{what}: no rows")
    duck.execute(f"CREATE VIEW expected AS FROM read_parquet('{expected}/*.parquet')")
    duck.execute(f"CREATE VIEW got AS FROM read_parquet('{got}/**/*.parquet', "
                 "hive_partitioning = false)")
    columns = [row[0] for row in duck.execute("DESCRIBE expected").fetchall()]
    there = [row[0] for row in duck.execute("DESCRIBE got").fetchall()]
    if sorted(columns) != sorted(there):
        raise Failure(f"{what}: columns {there}, wanted {columns}")
    columns = [column for column in columns if column != without]
    # Spark writes INT96, which has no zone for DuckDB.
    duck.execute("SET TimeZone = 'UTC'")
    types = dict(duck.execute("SELECT column_name, column_type FROM (DESCRIBE got)").fetchall())
    listed = {}
    for view in ("expected", "got"):
        values = [f"""timezone('UTC', "{column}")""" if view == "got" and "ZONE" in types[column]
                  # The JSON of variants is quoted as other text is, where it is inside of something.
                  else f"""CAST("{column}" AS {types[column].replace('JSON', 'VARCHAR')})"""
                  if view == "got" and "JSON" in types[column]
                  else f'"{column}"' for column in columns]
        listed[view] = ", ".join(f'CAST({value} AS VARCHAR) AS "{column}"'
                                 for value, column in zip(values, columns))
    tables.expect_same_rows(duck, f"SELECT {listed['expected']} FROM expected",
                            f"SELECT {listed['got']} FROM got", what)


def as_table(folder, name, options="", expected=None):
    """Joined with a stream of one row, in a time zone that is not UTC."""
    own = folder / "as_table" / (expected or name)
    own.mkdir(parents=True)
    (own / "one.jsonl").write_text('{"one": 1}\n')
    run(own, f"""\
name: table
timezone: Europe/Berlin
sources:
  one: {{json_lines: {{path: one.jsonl, schema: {{one: INTEGER}}}}}}
tables:
  lake: {{delta: {{path: "{folder / name}"{options}}}}}
views:
  rows: SELECT f.* FROM one JOIN lake f ON true
sinks:
  out: {{from: rows, parquet: {{path: out}}}}
checkpoint: checkpoint
""").must_exit(0)
    compare(folder / "expected" / (expected or name), own / "out", "table")


STREAM = """\
name: stream
timezone: Europe/Berlin
sources:
  lake: {{delta: {{path: "{path}", {options}, max_files_per_trigger: 1}}}}
sinks:
  out: {{from: lake, parquet: {{path: out}}}}
checkpoint: checkpoint
"""


def stream(folder, name, what, options, without=""):
    """Killed at two instants, and started again each time."""
    own = folder / what / name
    pipeline = STREAM.format(path=folder / name, options=options)
    for crash in ("engine.committed:1", "engine.staged:1"):
        died = run(own, pipeline, env={"SLUICE_CRASH": crash})
        if died.exit not in (0, -signal.SIGKILL):
            died.must_exit(0)
    run(own, pipeline).must_exit(0)
    run(own, pipeline).must_exit(0)
    compare(folder / "expected" / name, own / "out", what, without)


def as_stream(folder, name):
    stream(folder, name, "stream", f"start: {STREAMS[name]}")


def as_feed(folder, name):
    stream(folder, name, "change feed", "start: {version: 1}, change_feed: true")


def by_query(folder, name):
    own = folder / "by_query"
    own.mkdir(exist_ok=True)
    sluice("sql", f"FROM '{folder / name}'", "--format", "parquet", "--output", f"{name}.parquet",
           cwd=own).must_exit(0)
    (own / name).mkdir()
    (own / f"{name}.parquet").rename(own / name / "rows.parquet")
    compare(folder / "expected" / name, own / name, "sluice sql")


def older_versions(folder):
    as_table(folder, "vectors", ", version: 2", expected="vectors_2")


def refusals(folder):
    """What cannot be read says so, by name."""
    own = folder / "changes"
    told = run(own, STREAM.format(path=folder / "vectors", options="start: {version: 0}"))
    if told.exit != 2 or "E_CHANGE_IN_SOURCE" not in told.err:
        raise Failure(f"a stream over a DELETE: exit {told.exit}\n{told.err}")
    shutil.rmtree(own)
    run(own, STREAM.format(path=folder / "vectors",
                           options="start: {version: 0}, skip_change_commits: true")).must_exit(0)
    duck = tables.connection()
    rows = duck.execute(f"SELECT count(*) FROM '{own}/out/*.parquet'").fetchone()[0]
    if rows != 2000:
        raise Failure(f"2000 rows were inserted, {rows} read")


# ---- deltalake

def deltalake_tables(folder):
    """A change feed and partitions as delta-rs writes them, with a log that was cleaned up."""
    import deltalake
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / "rust"
    # Letters that paths encode are left to Spark: the reader of delta-rs does not find such files.
    rows = pa.table({"id": list(range(50)), "k": [None if n % 5 == 0 else f"k{n % 3}"
                                                  for n in range(50)]})
    deltalake.write_deltalake(path, rows, partition_by=["k"],
                              configuration={"delta.enableChangeDataFeed": "true"})
    deltalake.write_deltalake(path, rows.slice(0, 7), mode="append")
    table = deltalake.DeltaTable(path)
    table.delete("id = 3")
    table.update(predicate="id = 4", updates={"id": "400"})
    table.optimize.compact()
    (folder / "expected" / "rust").mkdir(parents=True)
    pq.write_table(deltalake.DeltaTable(path).to_pyarrow_table(),
                   folder / "expected" / "rust" / "rows.parquet")
    as_table(folder, "rust")
    by_query(folder, "rust")
    stream(folder, "rust", "stream", "start: earliest")

    feed = pa.table(deltalake.DeltaTable(path).load_cdf(starting_version=0).read_all())
    pq.write_table(feed, folder / "expected" / "rust" / "rows.parquet")
    # delta-rs takes the time that the writer gave, Spark (and sluice) that of the log's file.
    stream(folder, "rust", "change feed", "start: {version: 0}, change_feed: true",
           without="_commit_timestamp")

    deltalake.DeltaTable(path).create_checkpoint()
    for entry in sorted((path / "_delta_log").glob("*.json"))[:2]:
        entry.unlink()
    told = run(folder / "gone", STREAM.format(path=path, options="start: {version: 1}"))
    if told.exit != 4 or "E_LOG_GONE" not in told.err:
        raise Failure(f"a stream that starts before a cleaned log: exit {told.exit}\n{told.err}")


# ---- in a store

def queries_in_a_store(folder):
    """`sluice sql` over s3:// paths of every kind."""
    import deltalake
    import pyarrow as pa
    import pyarrow.parquet as pq

    store = Store()
    bucket = store.folder
    rows = pa.table({"id": [1, 2], "k": ["a b", None]})
    deltalake.write_deltalake(bucket / "table", rows, partition_by=["k"])
    deltalake.write_deltalake(bucket / "table", rows, mode="append")
    (bucket / "files" / "day=1").mkdir(parents=True)
    pq.write_table(rows, bucket / "files" / "day=1" / "one.parquet")
    (bucket / "rows.csv").write_text("id,k\n1,a b\n2,\n")
    (bucket / "rows.csv.gz").write_bytes(gzip.compress((bucket / "rows.csv").read_bytes()))
    (bucket / "rows.jsonl").write_text('{"id":1,"k":"a b"}\n{"id":2,"k":null}\n')
    url = f"s3://{store.bucket}"
    for table in (f"delta('{url}/table', version := 0)", f"'{url}/files/day=1/one.parquet'",
                  f"'{url}/rows.csv'", f"'{url}/rows.csv.gz'", f"'{url}/rows.jsonl'", f"'{url}/files'"):
        told = sluice("sql", f"SELECT id, k FROM {table} ORDER BY id", "--format", "json",
                      cwd=folder, env=store.server.env).must_exit(0)
        if told.out != '{"id":1,"k":"a b"}\n{"id":2,"k":null}\n':
            raise Failure(f"{table}:\n{told.out}")
    told = sluice("sql", f"SELECT count(*) AS n FROM '{url}/table'", "--format", "json", cwd=folder,
                  env=store.server.env).must_exit(0)
    if told.out != '{"n":4}\n':
        raise Failure(f"the newest version: {told.out}")
    told = sluice("sql", f"FROM read_csv('{url}/rows.csv')", cwd=folder, env=store.server.env)
    if told.exit != 2 or f"write FROM '{url}/rows.csv'" not in told.err:
        raise Failure(f"read_csv of a store: exit {told.exit}\n{told.err}")
