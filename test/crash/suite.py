"""Kills the program at every named instant of the commit protocol, starts it again, and compares
the tables with plain DuckDB over the input: no row lost, none doubled. On disk, and in a store."""

import json
import re
import shutil
import signal
import sys
import time
from pathlib import Path
from urllib.parse import unquote

from crash import backups, fencing, pipe, sources, starts
from crash.at_random import kill_often
from crash.failing_commit import failing_commit
from crash.hits import hits_of, must_die
from crash.shared_table import shared_table
from support import tables
from support.case import Case, Failure
from support.program import indent, sluice
from support.s3 import Store
from support.soak import rounds

BATCHES, ROWS, DIRTY = 3, 40, 3
# The table gets a checkpoint of its own every ten versions, and sixteen files become one.
BATCHES_OF_DELTA = 17

SINKS = {
    "delta": "{from: numbers, delta: {path: out/delta}}",
    "delta_partitioned": "{from: numbers, delta: {path: out/delta_partitioned, partition_by: [k]}}",
    "delta_complete": "{from: totals, mode: complete, delta: {path: out/delta_complete}}",
    "delta_upsert": "{from: slots, mode: upsert, key: [part, slot], delta: {path: out/delta_upsert}}",
    "delta_upsert_partitioned":
        "{from: slots, mode: upsert, key: [part, slot], "
        "delta: {path: out/delta_upsert_partitioned, partition_by: [part]}}",
    "delta_replace":
        "{from: totals, mode: complete, "
        "delta: {path: out/delta_replace, replace_where: \"n > 0\"}}",
    "parquet": "{from: numbers, parquet: {path: out/parquet, rows_per_file: 16}}",
    "parquet_partitioned":
        "{from: numbers, parquet: {path: out/parquet_partitioned, partition_by: [k]}}",
    "parquet_rolled":
        "{from: numbers, roll: {rows: 60}, parquet: {path: out/parquet_rolled}}",
    "csv": "{from: numbers, csv: {path: out/csv}}",
    "json": "{from: numbers, json_lines: {path: out/json, compression: zstd}}",
    "json_partitioned":
        "{from: numbers, json_lines: {path: out/json_partitioned, partition_by: [k], rows_per_file: 5, "
        "compression: gzip}}",
}

PIPELINE = """\
name: crash
sources:
  numbers:
    json_lines:
      path: in
      max_files_per_trigger: 1
      schema: {{id: BIGINT, k: VARCHAR, amount: "DECIMAL(22,12)"}}
{views}
sinks:
{sinks}
checkpoint: checkpoint
"""

# A batch touches some of the slots: files have rows that stay and rows that are replaced.
VIEWS = {
    "totals": "SELECT k, count(*) AS n, sum(amount) AS amount FROM numbers GROUP BY k",
    "slots": "SELECT id % 7 AS part, id * 11 % 61 AS slot, count(*) AS n, max(id) AS id "
             "FROM numbers GROUP BY ALL",
}

INPUT_COLUMNS = "id BIGINT, k VARCHAR, amount DECIMAL(22,12)"


def cases():
    for sink in SINKS:
        batches = BATCHES_OF_DELTA if sink == "delta" else BATCHES
        yield Case(sink, lambda folder, sink=sink, batches=batches:
                   every_point(folder, [sink], batches, hits=(1, 2)))
    # A point's fifth hit is in the middle of a batch, with some sinks done and some not.
    yield Case("all_sinks", lambda folder: every_point(folder, list(SINKS), BATCHES, hits=(5,)))
    yield Case("random", lambda folder: at_random(folder, list(SINKS), rounds(15, 100), 60))
    yield Case("shared_table", shared_table)
    yield Case("s3_shared_table", lambda folder: shared_table(folder, in_store=True))
    for sink in SINKS:
        # The engine's own points are met on disk for each sink, and in a store by all of them.
        yield Case(f"s3_{sink}", lambda folder, sink=sink:
                   every_point(folder, [sink], BATCHES, hits=(1,), store=Store(),
                               left_out=rounds(("engine.",), ())))
    yield Case("s3_all_sinks", lambda folder:
               every_point(folder, list(SINKS), BATCHES, hits=rounds((5,), (2, 5)), store=Store()))
    yield Case("s3_random", lambda folder:
               at_random(folder, list(SINKS), rounds(30, 100), rounds(30, 100), Store()))
    for sink in SINKS:
        yield Case(f"s3_random_{sink}", lambda folder, sink=sink:
                   at_random(folder, [sink], rounds(5, 100), rounds(24, 60), Store()))
    yield from sources.cases()
    yield from backups.cases(sys.modules[__name__])
    yield from fencing.cases()
    yield from starts.cases()
    yield from pipe.cases()
    yield Case("failing_commit", failing_commit)


# ---- the job

def write_job(folder, sinks, batches, store=None):
    """The pipeline file and its input: a file a batch, with some lines that are not JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = "\n".join(f"  {name}: {SINKS[name]}" for name in sinks)
    views = [f"  {name}: {sql}" for name, sql in VIEWS.items() if f"from: {name}" in listed]
    text = PIPELINE.format(sinks=listed, views="\n".join(["views:", *views] if views else []))
    (folder / "pipeline.yaml").write_text(store.take_over(folder, text) if store else text)
    (folder / "in").mkdir()
    if "delta_replace" in sinks:
        seed_replaced(folder / "out" / "delta_replace")
    number = 0
    for batch in range(batches):
        lines = []
        for _ in range(ROWS):
            number += 1
            lines.append(json.dumps({"id": number, "k": f"key {number % 5}",
                                     "amount": f"{number}.{number:012d}"}))
        lines[5:5] = [f"bad {batch} {n}" for n in range(DIRTY)]
        (folder / "in" / f"{batch:04d}.jsonl").write_text("\n".join(lines) + "\n")


def seed_replaced(table):
    """One row that the sink replaces, and one beside it that it must keep."""
    import deltalake
    import pyarrow
    from decimal import Decimal

    table.mkdir(parents=True)
    amount = pyarrow.array([Decimal(0), Decimal(0)], pyarrow.decimal128(38, 12))
    deltalake.write_deltalake(table, pyarrow.table({"k": ["key 0", "stays"], "n": [1, -1],
                                                    "amount": amount}))


def check_tables(folder, sinks, batches, checkpoint="checkpoint"):
    """Every sink holds what plain SQL makes of the input; dead letters lie below the checkpoint."""
    duck = tables.connection()
    duck.execute(f"""CREATE TABLE input AS
        SELECT json ->> 'id' AS id, json ->> 'k' AS k, json ->> 'amount' AS amount
        FROM read_csv('{folder}/in/*.jsonl', columns={{'json': 'VARCHAR'}}, delim='\\0', quote='',
                      escape='', header=false)
        WHERE json LIKE '{{%'""")
    rows = ("SELECT CAST(id AS BIGINT) AS id, CAST(k AS VARCHAR) AS k, "
            "CAST(amount AS DECIMAL(22,12)) AS amount FROM {}")
    totals = "SELECT k, count(*) AS n, sum(amount) AS amount FROM ({}) GROUP BY k"
    slots = ("SELECT id % 7 AS part, id * 11 % 61 AS slot, count(*) AS n, max(id) AS id FROM ({}) "
             "GROUP BY ALL")
    for sink in sinks:
        kind = sink.split("_")[0]
        if not tables.define_table(duck, sink, kind, folder / "out" / sink):
            raise Failure(f"{sink} holds nothing")
        expected = rows.format("input")
        if sink in ("delta_complete", "delta_replace"):
            expected = totals.format(expected)
            if sink == "delta_replace":
                expected += " UNION ALL SELECT 'stays', -1, 0"
            tables.expect_same_rows(duck, expected, f"SELECT k, n, amount FROM {sink}", sink)
        elif sink.startswith("delta_upsert"):
            expected = slots.format(expected)
            tables.expect_same_rows(duck, expected, f"SELECT part, slot, n, id FROM {sink}", sink)
        else:
            tables.expect_same_rows(duck, expected, rows.format(f'"{sink}"'), sink)
    if not tables.define_table(duck, "letters", "parquet",
                               folder / checkpoint / "dead_letter" / "numbers"):
        raise Failure("no dead letters")
    expected = " UNION ALL ".join(f"SELECT 'bad {batch} {n}' AS value"
                                  for batch in range(batches) for n in range(DIRTY))
    tables.expect_same_rows(duck, expected, "SELECT CAST(value AS VARCHAR) AS value FROM letters",
                            "dead letters")


def run(folder, crash=None):
    env = {"SLUICE_CRASH": crash} if crash else {}
    return sluice("run", "pipeline.yaml", "--available-now", cwd=folder, env=env)


# ---- every point

def every_point(folder, sinks, batches, hits, store=None, left_out=()):
    """Each point that the job passes, and each that its recovery passes, at these of its hits; but for those
    whose names begin like one that is left out."""
    failures = []
    for point in points_of(folder, sinks, batches, store):
        if point.startswith(tuple(left_out)):
            continue
        for hit in hits_of(point, hits):
            # What the job passes once has no second hit; then it must end as if nothing had been.
            crashes = [(f"{point}:{hit}", must_die(point, hit, batches))]
            if point.startswith("recovery."):
                crashes.insert(0, ("engine.committed:2", True))
            try:
                crash_and_go_on(folder / f"{point}-{hit}", sinks, batches, crashes, store)
            except Failure as failure:
                failures.append(f"{' then '.join(name for name, _ in crashes)}: {failure}")
    if failures:
        raise Failure("\n".join(failures))


def points_of(folder, sinks, batches, store):
    """The names of all points that the job passes, and that its recovery passes."""
    folder = folder / "list"
    write_job(folder, sinks, batches, store)
    names = folder / "points"
    run(folder, crash="engine.committed:2")
    run(folder, crash=f"list:{names}").must_exit(0)
    fresh = folder.with_name("list-fresh")
    write_job(fresh, sinks, batches, store)
    run(fresh, crash=f"list:{names}").must_exit(0)
    check_tables(fresh, sinks, batches)
    found = set(names.read_text().split())
    for family in ("engine.", "recovery."):
        if not any(name.startswith(family) for name in found):
            raise Failure(f"no crash point {family}* was passed: {sorted(found)}")
    return sorted(found)


def crash_and_go_on(folder, sinks, batches, crashes, store):
    """`crashes`: SLUICE_CRASH of one run after the other, and whether the run must die of it."""
    write_job(folder, sinks, batches, store)
    for crash, must_die in crashes:
        died = run(folder, crash=crash)
        if died.exit != -signal.SIGKILL and (must_die or died.exit != 0):
            raise Failure(f"with SLUICE_CRASH={crash} it ended with exit code {died.exit}\n"
                          + indent(died.err, "  stderr| "))
    run(folder).must_exit(0)
    check_tables(folder, sinks, batches)
    # What was staged before the checkpoint knew the sink is removed by the start after that.
    before = named_files(folder)
    if not before:
        raise Failure("no file is found below out/")
    run(folder).must_exit(0)
    if named_files(folder) != before:
        check_tables(folder, sinks, batches)
    leftovers = [path for path in (folder / "out").rglob("*")
                 if path.is_file() and ("_staging" in path.parts or path.name.startswith("_probe"))]
    leftovers += [path for sink in sinks
                  if sink.startswith(("delta_upsert", "delta_replace"))
                  for path in unnamed_files(folder / "out" / sink)
                  if re.search(r"-b[0-9]+-m", path.name)]  # files that a publish wrote again
    if leftovers:
        raise Failure(f"staged files stay behind: {leftovers}")
    if store:
        store.expect_no_parts()
        store.forget(folder)
    shutil.rmtree(folder)


def named_files(folder):
    """What readers see of the tables: each file, but for what is staged or waits for its end."""
    return {(path, path.stat().st_mtime_ns) for root in ("out", "checkpoint/dead_letter")
            for path in (folder / root).rglob("*")
            if path.is_file() and "_staging" not in path.parts}


def unnamed_files(table):
    """Parquet files that no entry of the table's log adds."""
    named = set()
    for entry in (table / "_delta_log").glob("*.json"):
        for line in entry.read_text().splitlines():
            path = json.loads(line).get("add", {}).get("path")
            if path:
                named.add(unquote(path))
    return [file for file in table.rglob("*.parquet")
            if "_delta_log" not in file.parts and str(file.relative_to(table)) not in named]


# ---- any instant

def at_random(folder, sinks, kills, batches, store=None):
    """Above 4096, an amount with 12 decimals is not a double, which is how JSON readers take it."""
    assert batches * ROWS < 4096

    def check(job):
        check_tables(job, sinks, batches)
        if store:
            store.expect_no_parts()

    kill_often(folder, kills, lambda job: write_job(job, sinks, batches, store), check)
