"""Standard input as a source, killed at every named instant: a row that was stored once is in the
tables once, whatever happened to the process that took it from the pipe."""

import shutil
import signal
import struct

from crash.hits import hits_of, must_die
from support import tables
from support.case import Case, Failure
from support.program import indent, sluice

ROWS, LATER_ROWS = 150, 40
BATCHES = 4  # at least
PADDING = "x" * 20_000  # so that the input is several files of the inbox

PIPELINE = """\
name: pipe
sources:
  rows:
    stdin: {max_records_per_trigger: 31}
    format: {json: {schema: {id: BIGINT, text: VARCHAR}}}
views:
  ids: SELECT id FROM rows
  totals: SELECT id % 3 AS k, count(*) AS n, sum(id) AS ids FROM rows GROUP BY 1
sinks:
  all: {from: ids, parquet: {path: out/all}}
  totals: {from: totals, mode: complete, delta: {path: out/totals}}
checkpoint: checkpoint
"""


def cases():
    yield Case("stdin", every_point)


def lines(first, end):
    return "".join(f'{{"id": {n}, "text": "{PADDING}"}}\n' for n in range(first, end)).encode()


def run(folder, feed, crash=None):
    return sluice("run", "pipeline.yaml", cwd=folder, feed=feed,
                  env={"SLUICE_CRASH": crash} if crash else {})


def begin(folder):
    folder.mkdir()
    (folder / "pipeline.yaml").write_text(PIPELINE)
    return folder


def every_point(folder):
    whole = begin(folder / "whole")
    run(whole, lines(0, ROWS), crash=f"list:{folder / 'points'}").must_exit(0)
    check(whole, ROWS, later=False)
    failures = []
    for point in sorted(set((folder / "points").read_text().split())):
        for hit in hits_of(point, (1, 3)):
            own = begin(folder / f"{point}-{hit}")
            try:
                died = run(own, lines(0, ROWS), crash=f"{point}:{hit}")
                if died.exit != -signal.SIGKILL and (must_die(point, hit, BATCHES) or died.exit):
                    raise Failure(f"was not killed but ended with {died.exit}\n"
                                  + indent(died.err, "  stderr| "))
                kept = stored(own)
                run(own, lines(ROWS, ROWS + LATER_ROWS)).must_exit(0)
                check(own, None, at_least=kept)
                shutil.rmtree(own)
            except Failure as failure:
                failures.append(f"{point}:{hit}: {failure}")
    if failures:
        raise Failure("\n".join(failures))


def stored(folder):
    """How many records of the input the inbox's files go up to (docs/format/checkpoint.md)."""
    ends = [0]
    for path in (folder / "checkpoint" / "inbox" / "rows").glob("*.records"):
        magic, first, _, _, records, _ = struct.unpack("<8sqQQII", path.read_bytes()[:40])
        if magic != b"sluiceI1":
            raise Failure(f"{path} is not a file of records")
        ends.append(first + records)
    return max(ends)


def check(folder, rows, later=True, at_least=0):
    """`rows` of the first run's input, or as many as it had stored: the first ones, without a hole.
    Then all of the second run's."""
    duck = tables.connection()
    for sink, kind in (("all", "parquet"), ("totals", "delta")):
        if not tables.define_table(duck, sink, kind, folder / "out" / sink):
            raise Failure(f"{sink} holds nothing")
    if rows is None:
        rows = duck.execute(f'SELECT count(*) FROM "all" WHERE id < {ROWS}').fetchone()[0]
        if rows < at_least:
            raise Failure(f"{at_least} rows were stored when the run was killed, {rows} came out")
    last = ROWS + LATER_ROWS if later else ROWS
    duck.execute(f"CREATE TABLE input AS SELECT range AS id FROM range({last}) "
                 f"WHERE range < {rows} OR range >= {ROWS}")
    tables.expect_same_rows(duck, "SELECT id FROM input", 'SELECT id FROM "all"', "all")
    tables.expect_same_rows(
        duck, "SELECT id % 3 AS k, count(*) AS n, sum(id) AS ids FROM input GROUP BY 1",
        "SELECT k, n, ids FROM totals", "totals")
    left = list((folder / "checkpoint" / "inbox" / "rows").iterdir())
    if left:
        raise Failure(f"the inbox keeps what was published: {[file.name for file in left]}")
