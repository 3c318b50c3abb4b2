"""Spark works on the table that sluice writes to: appends, OPTIMIZE, VACUUM and a new column."""

import threading

from support import spark, tables
from support.case import Failure, expect_equal
from support.program import Running
from support.soak import rounds

ROWS = 20

PIPELINE = """\
name: beside
sources:
  numbers: {json_lines: {path: in, max_files_per_trigger: 1, schema: {id: BIGINT, k: VARCHAR}}}
sinks:
  out: {from: numbers, delta: {path: out}}
trigger: continuous
checkpoint: checkpoint
"""

# A conflict that Spark gives up on is Spark's to try again, as its users do. An OPTIMIZE that lost its
# files to ours has nothing left to do.
THEIRS = """
table, commits = f"delta.`{sys.argv[1]}`", int(sys.argv[2])
def insist(statement, tries=1000):
    for attempt in range(tries):
        try:
            return spark.sql(statement)
        except Exception as error:
            if "concurrent" not in str(error).lower():
                raise
    if tries > 1:
        sys.exit(f"lost every race: {statement}")
for number in range(commits):
    insist(f"INSERT INTO {table} (id, k) VALUES ({1000000 + number}, 'theirs')")
    if number % 10 == 9:
        insist(f"OPTIMIZE {table}", tries=1)
    if number % 20 == 10:
        insist(f"VACUUM {table} RETAIN 200 HOURS")
    if number == commits // 2:
        insist(f"ALTER TABLE {table} ADD COLUMNS (theirs STRING)")
"""


def two_writers(folder):
    """All rows of both are there at the end, once."""
    commits = rounds(20, 1000)
    (folder / "in").mkdir()
    (folder / "pipeline.yaml").write_text(PIPELINE)
    write_input(folder, 0)
    running = Running("run", "pipeline.yaml", cwd=folder)
    try:
        running.wait_for(lambda out, err: "batch 0:" in err, "the table is there")
        spark_ended = threading.Event()
        writer = threading.Thread(target=feed, args=(folder, commits, spark_ended))
        writer.start()
        try:
            spark.run(THEIRS, folder / "out", commits)
        finally:
            spark_ended.set()
            writer.join()
        batches = len(list((folder / "in").glob("*.jsonl")))
        running.wait_for(lambda out, err: f"batch {batches - 1}:" in err, f"batch {batches - 1}")
    finally:
        finished = running.stop()
    finished.must_exit(0)
    if batches < commits:
        raise Failure(f"only {batches} batches beside {commits} commits of Spark")
    duck = tables.connection()
    tables.define_table(duck, "got", "delta", folder / "out")
    ids = [row[0] for row in duck.execute("SELECT id FROM got ORDER BY id").fetchall()]
    expect_equal([*range(batches * ROWS), *range(1_000_000, 1_000_000 + commits)], ids, "ids")


def feed(folder, commits, ended):
    """A file for a batch, about as often as Spark commits, as long as it works; `commits` at least."""
    number = 1
    while number < commits or not ended.is_set():
        write_input(folder, number)
        number += 1
        ended.wait(rounds(0.25, 1))


def write_input(folder, batch):
    part = folder / "in" / f".{batch:06}"
    part.write_text("".join(f'{{"id": {batch * ROWS + n}, "k": "k{n}"}}\n' for n in range(ROWS)))
    part.rename(folder / "in" / f"{batch:06}.jsonl")
