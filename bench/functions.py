#!/usr/bin/env python3
"""Measures what a call of a function of the pipeline file costs.

    bench/functions.py [--rounds 5] [--rows 2000000] [--write]

Generated rows go through one view into a total, so that next to nothing is written: with an expression written out, the same
as a function of SQL, and as functions in Python: over Arrow, by pandas, and by a loop over a list. CPU-seconds of sluice and of its
Python processes, the ways in turn, each beside the first one of its round. --write puts the table into bench/README.md.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# This folder last: it has an http.py.
sys.path[0] = str(ROOT / "test")
sys.path.append(str(ROOT / "bench"))

from report import write_section  # noqa: E402
from support.program import PROGRAM, environment  # noqa: E402

PIPELINE = """\
name: functions
sources:
  sales:
    generator:
      rows: {rows}
      columns:
        shop: {{choice: {{values: [north, south, east, west]}}}}
        price: {{uniform: {{min: 1, max: 1000, type: DOUBLE}}}}
functions:
  of_sql: {{args: [price, shop], sql: price * 0.8 + length(shop)}}
  of_arrow: {{args: {{price: DOUBLE, shop: VARCHAR}}, returns: DOUBLE, python: model.py}}
  of_pandas: {{args: {{price: DOUBLE, shop: VARCHAR}}, returns: DOUBLE, python: model.py}}
  of_a_loop: {{args: {{price: DOUBLE, shop: VARCHAR}}, returns: DOUBLE, python: model.py}}
views:
  totals: SELECT count(*) AS n, sum({call}) AS total FROM sales
sinks: {{totals: {{from: totals, mode: complete, parquet: {{path: out}}}}}}
trigger: available_now
checkpoint: checkpoint
"""
MODEL = """\
import pyarrow.compute as pc


def of_arrow(price, shop):
    return pc.add(pc.multiply(price, 0.8), pc.utf8_length(shop))


def of_pandas(price, shop):
    return price.to_pandas() * 0.8 + shop.to_pandas().str.len()


def of_a_loop(price, shop):
    return [one * 0.8 + len(other) for one, other in zip(price.to_pylist(), shop.to_pylist())]
"""
WAYS = {"an expression": "price * 0.8 + length(shop)", "a function of SQL": "of_sql(price, shop)", "Python, over Arrow": "of_arrow(price, shop)",
        "Python, by pandas": "of_pandas(price, shop)", "Python, a loop": "of_a_loop(price, shop)"}


def cpu_seconds(call, rows):
    """Of the run and its children."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pipeline.yaml").write_text(PIPELINE.format(rows=rows, call=call))
        (Path(folder) / "model.py").write_text(MODEL)
        before = os.times()
        subprocess.run([PROGRAM, "run", "pipeline.yaml"], cwd=folder, check=True, capture_output=True,
                       env=environment(SLUICE_PYTHON=sys.executable))
        after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--write", action="store_true", help="into bench/README.md")
    arguments = parser.parse_args()
    times = {way: [] for way in WAYS}
    for _ in range(arguments.rounds):
        for way, call in WAYS.items():
            times[way].append(cpu_seconds(call, arguments.rows) / arguments.rows * 1e6)
    plain = statistics.median(times["an expression"])
    lines = [f"{arguments.rows:,} rows, {arguments.rounds} rounds, medians", "",
             "| | CPU-s per million rows | beyond the expression |", "|---|---:|---:|"]
    for way, found in times.items():
        median = statistics.median(found)
        lines.append(f"| {way} | {median:.2f} | {'' if way == 'an expression' else f'{median - plain:+.2f}'} |")
    text = "\n".join(lines)
    print(text)
    if arguments.write:
        write_section("functions", text)


main()
