#!/usr/bin/env python3
"""Measures a total per key over many keys: sluice's state beside Spark's RocksDB state store.

    bench/state.py [--keys 1000000] [--updates 2000000] [--no-spark] [--write]

Both read the same CSV files, a batch a file: first each key once, in files of a million, then
`updates` rows of random keys. Both run the same SQL in update mode, keep the state on the same disk
and throw the result away as far as they can (sluice: the console with one row; Spark: noop). CPU is
user plus system time of the whole process, Spark's without its start; a figure is CPU-seconds per
million rows. --write puts the table into bench/README.md.
"""

import argparse
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "test"))

from report import MemoryWatch, write_section  # noqa: E402
from support import spark  # noqa: E402
from support.case import Failure, Skip  # noqa: E402
from support.spark import MEASURE  # noqa: E402

PROGRAM = Path(os.environ.get("SLUICE_BIN", ROOT / "build" / "sluice"))
ROWS_PER_FILE = 1_000_000
SQL = "SELECT k, sum(v) AS total, count(*) AS n FROM events GROUP BY k"

PIPELINE = """\
name: state
sources:
  events: {csv: {path: in, max_files_per_trigger: 1, max_bytes_per_trigger: 1GiB,
                 schema: {k: BIGINT, v: INTEGER}}}
views:
  totals: %s
sinks:
  out: {from: totals, mode: update, console: {rows: 1}}
checkpoint: checkpoint
""" % SQL

SPARK_JOB = MEASURE + '''
import time
folder, expected = sys.argv[1], int(sys.argv[2])
before, start = cpu(), time.time()
events = (spark.readStream.schema("k BIGINT, v INT").option("header", True)
          .option("maxFilesPerTrigger", 1).csv(folder + "/in"))
events.createOrReplaceTempView("events")
query = (spark.sql("%s").writeStream.outputMode("update").format("noop")
         .option("checkpointLocation", folder + "/spark").trigger(availableNow=True).start())
query.awaitTermination()
rows = sum(one["numInputRows"] for one in query.recentProgress)
assert rows == expected, (rows, expected)
print("RESULT " + json.dumps({"cpu": cpu() - before, "wall": time.time() - start, "rows": rows,
                              "memory": memory(), "version": spark.version}))
''' % SQL
SPARK_SETTINGS = {
    "spark.sql.streaming.numRecentProgressUpdates": "1000",
    "spark.sql.streaming.stateStore.providerClass":
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider",
}


def write_input(folder, keys, updates):
    """Files by name: each key once, every file with keys of the whole range, then random keys."""
    chance = random.Random(1)
    folder.mkdir()
    stride = next(n for n in range(keys * 5 // 8, keys + 2) if math.gcd(n, keys) == 1)
    number = 0
    for first in range(0, keys, ROWS_PER_FILE):
        places = range(first, min(first + ROWS_PER_FILE, keys))
        write_file(folder / f"{number:05}.csv", (place * stride % keys for place in places), chance)
        number += 1
    for first in range(0, updates, ROWS_PER_FILE):
        count = min(ROWS_PER_FILE, updates - first)
        write_file(folder / f"{number:05}.csv", (chance.randrange(keys) for _ in range(count)), chance)
        number += 1


def write_file(path, keys, chance):
    lines = ["k,v", *(f"{key},{chance.randrange(1000)}" for key in keys)]
    path.write_text("\n".join(lines) + "\n")


def run_sluice(folder):
    (folder / "pipeline.yaml").write_text(PIPELINE)
    start = time.time()
    process = subprocess.Popen([PROGRAM, "run", "pipeline.yaml", "--available-now", "--progress", "json"],
                               cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    memory = MemoryWatch(process.pid)
    notes = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"sluice failed:\n{notes[-2000:]}")
    progress = [json.loads(line) for line in notes.splitlines() if line.startswith("{")]
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": time.time() - start,
            "rows": sum(one["numInputRows"] for one in progress), "memory": memory.highest(),
            "state": progress[-1]["state"]}


def run_spark(folder, rows):
    printed = spark.run(SPARK_JOB, folder, rows, settings=SPARK_SETTINGS, memory="4g", heating="all")
    return json.loads(re.search(r"^RESULT (.*)$", printed, re.M).group(1))


def per_million(result):
    return result["cpu"] / result["rows"] * 1e6


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--keys", type=int, default=1_000_000)
    arguments.add_argument("--updates", type=int, default=2_000_000)
    arguments.add_argument("--no-spark", action="store_true")
    arguments.add_argument("--write", action="store_true")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="sluice-state-", dir=ROOT / "build") as name:
        folder = Path(name)
        write_input(folder / "in", given.keys, given.updates)
        load = os.getloadavg()[0]
        ours = run_sluice(folder)
        if ours["state"]["numRows"] != given.keys:
            sys.exit(f"the state has {ours['state']['numRows']} rows, not {given.keys}")
        lines = [f"{given.keys:,} keys, {ours['rows']:,} rows, load {load:.1f} at the start",
                 "", "| | CPU-s per million rows | rows/s | memory | state on disk |", "|---|---|---|---|---|",
                 f"| sluice | {per_million(ours):.2f} | {ours['rows'] / ours['wall']:,.0f} | "
                 f"{ours['memory']:.0f} MiB | {ours['state']['bytes'] / 2**20:.0f} MiB |"]
        if not given.no_spark:
            try:
                theirs = run_spark(folder, ours["rows"])
            except Skip as reason:
                sys.exit(f"SKIPPED: {reason}")
            except Failure as failure:
                sys.exit(f"bench: {failure}")
            lines.append(f"| Spark {theirs['version']}, RocksDB | {per_million(theirs):.2f} | "
                         f"{theirs['rows'] / theirs['wall']:,.0f} | {theirs['memory']:.0f} MiB | |")
            lines.append("")
            lines.append(f"Spark takes {per_million(theirs) / per_million(ours):.1f} times the CPU.")
    print("\n".join(lines))
    if given.write:
        write_section(f"state {given.keys}", "\n".join(lines))


if __name__ == "__main__":
    main()
