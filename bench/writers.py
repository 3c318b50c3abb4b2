#!/usr/bin/env python3
"""Measures how many commits a second one Delta table takes from several sluice processes, as shards of one pipeline do.

    bench/writers.py [--writers 1 2 4 8] [--seconds 10] [--write]

Each process commits as fast as it can, small batches of generated rows; into a folder of this machine and into S3.
The CPU of all processes is divided by all commits. In the end the table has each row of each writer once.
--write puts the table into bench/README.md.
"""

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# This folder last: it has an http.py.
sys.path[0] = str(ROOT / "test")
sys.path.append(str(ROOT / "bench"))

from report import write_section  # noqa: E402
from support import tables  # noqa: E402
from support.program import Running  # noqa: E402
from support.s3 import Store, shared_s3  # noqa: E402

PIPELINE = """\
name: writer_{number}
sources:
  rows: {{generator: {{rows_per_second: 2000, columns: {{writer: {{constant: {number}}}, n: {{sequence: {{start: 1}}}}}}}}}}
sinks:
  table: {{from: rows, delta: {{path: {path}}}}}
checkpoint: checkpoint-{number}
{store}
"""


def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def commits(log):
    return sum('"appId"' in path.read_text() and '/epoch"' not in path.read_text() for path in log.glob("*.json"))


def measure(writers, seconds, store):
    folder = Path(tempfile.mkdtemp(prefix="sluice-writers-"))
    try:
        path = "lake://table" if store else "table"
        shown = Path(store.folder) / "table" if store else folder / "table"
        for number in range(writers):
            (folder / f"{number}.yaml").write_text(PIPELINE.format(
                number=number, path=path, store=store.mount("lake") if store else ""))
        before = cpu()
        running = [Running("run", f"{number}.yaml", cwd=folder) for number in range(writers)]
        log = shown / "_delta_log"
        for one in running:
            one.wait_for(lambda out, err: "batch 1:" in err, "its second batch")
        first, begin = commits(log), time.monotonic()
        time.sleep(seconds)
        last, end = commits(log), time.monotonic()
        for one in running:
            one.stop().must_exit(0)
        duck = tables.connection()
        tables.define_table(duck, "t", "delta", shown)
        wrong = duck.execute("SELECT writer FROM t GROUP BY writer HAVING count(*) <> max(n) OR min(n) <> 1").fetchall()
        if wrong:
            sys.exit(f"rows of the writers {wrong} are missing or doubled")
        total = commits(log)
        return (last - first) / (end - begin), 1000 * (cpu() - before) / total
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--writers", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    lines = [f"{arguments.seconds:g} s each, load {load:.1f} at the start", "",
             "| processes | a folder: commits a second | CPU-ms a commit | S3: commits a second | CPU-ms a commit |",
             "|---:|---:|---:|---:|---:|"]
    for writers in arguments.writers:
        here, cost = measure(writers, arguments.seconds, None)
        there, cost_there = measure(writers, arguments.seconds, Store(shared_s3().endpoint))
        lines.append(f"| {writers} | {here:.1f} | {cost:.1f} | {there:.1f} | {cost_there:.1f} |")
        print(lines[-1], flush=True)
    if arguments.write:
        write_section("writers", "\n".join(lines))


main()
