"""Sources of files and tables, killed at every named instant of a batch: no row lost, none doubled.
On disk, and in a store."""

import json
import shutil
import signal

import duckdb

from crash.at_random import kill_often
from crash.hits import hits_of, must_die
from support import tables
from support.case import Case, Failure
from support.program import indent, sluice
from support.s3 import Store
from support.soak import rounds

FILES, ROWS = 4, 30
BATCHES = 3  # at least, of each source

WRITER = """\
name: writer
sources:
  lines: {{json_lines: {{path: lines, max_files_per_trigger: 1, schema: {{id: BIGINT, k: VARCHAR}}}}}}
sinks:
  in: {{from: lines, {sink}}}
checkpoint: writer
"""

WRITERS = {
    "parquet": "parquet: {path: PATH, partition_by: [k]}",
    "delta": "delta: {path: PATH, partition_by: [k]}",
    "lines": "json_lines: {path: PATH, compression: gzip}",
}

READER = """\
name: reader
sources:
  rows: {source}
views:
  totals: SELECT k, count(*) AS n, sum(id) AS ids FROM rows GROUP BY k
sinks:
  all: {{from: rows, parquet: {{path: out/all}}}}
  delta: {{from: rows, delta: {{path: out/delta}}}}
  totals: {{from: totals, mode: complete, delta: {{path: out/totals}}}}
checkpoint: checkpoint
"""

# Limits that end batches inside a version, inside a file.
SOURCES = {
    "parquet": "{parquet: {path: PATH, max_records_per_trigger: 17}}",
    "delta": "{delta: {path: PATH, start: {version: 0}, max_files_per_trigger: 2}}",
    "delta_snapshot": "{delta: {path: PATH, max_files_per_trigger: 5}}",
    "lines_gzip": "{json_lines: {path: PATH, max_records_per_trigger: 17, "
                  "schema: {id: BIGINT, k: VARCHAR}}}",
}


def cases():
    for name in SOURCES:
        yield Case(f"source_{name}", lambda folder, name=name: every_point(folder, name, hits=(1, 3)))
    yield Case("source_log", source_log)
    yield Case("source_log_before", source_log_before)
    for name in SOURCES:
        yield Case(f"s3_source_{name}", lambda folder, name=name:
                   every_point(folder, name, hits=(3,), store=Store()))
    for name in SOURCES:
        yield Case(f"random_source_{name}", lambda folder, name=name: at_random(folder, name))
        yield Case(f"s3_random_source_{name}", lambda folder, name=name:
                   at_random(folder, name, Store()))


def prepare(folder, name, store, files=FILES):
    """The input, and the pipeline that reads it."""
    path, mount = ("lake://in", store.mount("lake")) if store else ("in", "")
    (folder / "lines").mkdir(parents=True)
    for file in range(files):
        lines = [f'{{"id": {n}, "k": "{n % 3}"}}' for n in range(file * ROWS, (file + 1) * ROWS)]
        (folder / "lines" / f"{file}.jsonl").write_text("\n".join(lines) + "\n")
    sink = WRITERS[name.split("_")[0]].replace("PATH", path)
    (folder / "pipeline.yaml").write_text(WRITER.format(sink=sink) + mount)
    run(folder).must_exit(0)
    (folder / "pipeline.yaml").write_text(READER.format(source=SOURCES[name].replace("PATH", path))
                                          + mount)


def run(folder, crash=None):
    return sluice("run", "pipeline.yaml", "--available-now", cwd=folder,
                  env={"SLUICE_CRASH": crash} if crash else {})


def check(folder, files=FILES, rows=ROWS):
    duck = tables.connection()
    duck.execute(f"CREATE TABLE input AS SELECT range AS id, CAST(range % 3 AS VARCHAR) AS k "
                 f"FROM range({files * rows})")
    for sink, kind in (("all", "parquet"), ("delta", "delta"), ("totals", "delta")):
        if not tables.define_table(duck, sink, kind, folder / "out" / sink):
            raise Failure(f"{sink} holds nothing")
        expected = "SELECT id, k FROM input"
        if sink == "totals":
            expected = "SELECT k, count(*) AS n, sum(id) AS ids FROM input GROUP BY k"
        columns = "k, n, ids" if sink == "totals" else "id, k"
        tables.expect_same_rows(duck, expected, f'SELECT {columns} FROM "{sink}"', sink)


def at_random(folder, name, store=None):
    """The input is the same for each job; it lies where all of them read it."""
    files = 40
    master = folder / "master"
    prepare(master, name, store, files)
    kill_often(folder, rounds(3, 100), lambda job: shutil.copytree(master, job),
               lambda job: check(job, files))


def every_point(folder, name, hits, store=None):
    master = folder / "master"
    prepare(master, name, store)
    listed = folder / "listed"
    shutil.copytree(master, listed)
    run(listed, crash=f"list:{folder / 'points'}").must_exit(0)
    check(listed)
    failures = []
    for point in sorted(set((folder / "points").read_text().split())):
        # The first hit is in the first batch, the third in the middle of the input.
        for hit in hits_of(point, hits):
            own = folder / f"{point}-{hit}"
            shutil.copytree(master, own)
            try:
                died = run(own, crash=f"{point}:{hit}")
                if died.exit != -signal.SIGKILL and (must_die(point, hit, BATCHES) or died.exit):
                    raise Failure(f"ended with {died.exit}\n" + indent(died.err, "  stderr| "))
                run(own).must_exit(0)
                check(own)
            except Failure as failure:
                failures.append(f"{point}:{hit}: {failure}")
            shutil.rmtree(own)
    if failures:
        raise Failure("\n".join(failures))


def prepare_lines(folder, numbers):
    """A file of one line for each number, and the pipeline that reads them."""
    (folder / "in").mkdir(parents=True)
    for n in numbers:
        put_line(folder, n)
    source = ("{json_lines: {path: in, max_files_per_trigger: 400, "
              "schema: {id: BIGINT, k: VARCHAR}}}")
    (folder / "pipeline.yaml").write_text(READER.format(source=source))


def put_line(folder, n):
    (folder / "in" / f"{10_000 + n}.jsonl").write_text(f'{{"id": {n}, "k": "{n % 3}"}}\n')


def source_log_before(folder):
    """A checkpoint of the layout before: newest names, and a place before which all was read."""
    prepare_lines(folder, range(1, 20))
    run(folder).must_exit(0)
    with duckdb.connect(folder / "checkpoint" / "state.db") as state:
        (text,), = state.execute("SELECT CAST(\"offset\" AS VARCHAR) FROM sluice.offsets").fetchall()
        offset = json.loads(text)
        newest = offset["newest"]
        old = {"files": offset["files"], "seen": newest[15:], "before": newest[14]}
        state.execute("UPDATE sluice.positions SET offsets = ?", [json.dumps({"rows": json.dumps(old)})])
        state.execute("DROP TABLE sluice.source_log")
    run(folder).must_exit(0)
    put_line(folder, 0)
    put_line(folder, 20)
    for _ in range(2):
        run(folder).must_exit(0)
    check(folder, files=21, rows=1)


def source_log(folder):
    """More files than an offset names: killed in the batch that puts some of them into the log, and
    then one comes late, in front of all."""
    master = folder / "master"
    files = 1100
    prepare_lines(master, range(1, files))
    listed = folder / "listed"
    shutil.copytree(master, listed)
    run(listed, crash=f"list:{folder / 'points'}").must_exit(0)
    points = set((folder / "points").read_text().split())
    failures = []
    for point in sorted(point for point in points if point.startswith("engine.")):
        own = folder / point
        shutil.copytree(master, own)
        try:
            run(own, crash=f"{point}:3").must_exit(-signal.SIGKILL)
            put_line(own, 0)
            for _ in range(2):
                run(own).must_exit(0)
            check(own, files, rows=1)
        except Failure as failure:
            failures.append(f"{point}: {failure}")
        shutil.rmtree(own)
    if failures:
        raise Failure("\n".join(failures))
