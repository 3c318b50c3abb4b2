#!/usr/bin/env python3
"""Measures what questions in SQL cost the pipeline that they are asked of (docs/reference/live.md).

    bench/questions.py [--rows 20000000] [--rounds 5] [--write]

A generator at full speed, its rows into Parquet files and two aggregates, served with the page: once while nobody
asks, once with a question a second (in turn over a result and over the batch's rows), turn about in one run. CPU is user plus
system time of the pipeline's process, a figure is CPU-seconds per million rows; the processes that run the questions' SQL are
counted apart. --write puts the table into bench/README.md.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(sys.path.pop(0))  # http.py beside this is not the library's
sys.path.insert(0, str(ROOT / "test"))

import http.client  # noqa: E402

from report import write_section  # noqa: E402
from support.program import PROGRAM, environment  # noqa: E402

PIPELINE = """\
name: made
sources:
  readings:
    generator:
      seed: 7
      rows: {rows}
      max_records_per_trigger: 500000
      columns:
        id: {{sequence: {{}}}}
        k: {{uniform: {{min: 0, max: 9999, type: INTEGER}}}}
        v: {{uniform: {{min: 0, max: 1000, type: BIGINT}}}}
views:
  totals: SELECT k, count(*) AS n, sum(v) AS v FROM readings GROUP BY k
sinks:
  rows: {{from: readings, parquet: {{path: rows}}}}
  totals: {{from: totals, mode: update, console: {{rows: 1}}}}
checkpoint: checkpoint
"""
QUESTIONS = ("SELECT k, n, v FROM totals ORDER BY v DESC LIMIT 10", "SELECT count(*), max(v), avg(v) FROM readings")


def cpu_of(pid):
    """Of the process, and of the ended ones that it started."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    return (int(fields[11]) + int(fields[12])) / ticks, (int(fields[13]) + int(fields[14])) / ticks


def ask(host, sql):
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request("POST", "/api/pipelines/made/sql", json.dumps({"sql": sql}), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()
    return answer.status, body


def measure(rows, asks):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "made.yaml").write_text(PIPELINE.format(rows=rows))
        start = time.monotonic()
        process = subprocess.Popen([str(PROGRAM), "run", "made.yaml", "--available-now", "--progress", "none", "--ui", "127.0.0.1:0"],
                                   cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        host = None
        while host is None:
            found = re.search(r"the page is at http://(\S+)", process.stderr.readline())
            host = found and found[1].rstrip("/")
        answers, used = [], (0.0, 0.0)

        def ask_each_second():
            while process.poll() is None:
                time.sleep(1)
                try:
                    status, body = ask(host, QUESTIONS[len(answers) % 2])
                except (OSError, ValueError, http.client.HTTPException):
                    return  # the pipeline has ended
                if status == 200:
                    answers.append(body["ms"]["copied"])

        asking = threading.Thread(target=ask_each_second)
        if asks:
            asking.start()
        while process.poll() is None:
            try:
                used = cpu_of(process.pid)
            except (OSError, IndexError):
                pass
            time.sleep(0.01)
        wall = time.monotonic() - start
        if asks:
            asking.join()
        if process.returncode != 0:
            raise SystemExit(f"the pipeline ended with {process.returncode}: {process.stderr.read()[-2000:]}")
        return {"wall": wall, "cpu": used[0], "other": used[1], "answered": len(answers), "copied": sum(answers)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    runs = {False: [], True: []}
    for number in range(arguments.rounds):
        for asks in ((False, True) if number % 2 == 0 else (True, False)):
            one = measure(arguments.rows, asks)
            runs[asks].append(one)
            print(f"{'asked' if asks else 'alone'}: {one}", flush=True)
    million = arguments.rows / 1e6
    middle = {asks: {key: statistics.median(one[key] for one in all_) for key in all_[0]} for asks, all_ in runs.items()}
    lines = ["| | CPU-seconds per million rows | rows a second | answers | copied, ms each | CPU of the answers, ms each |", "|---|---|---|---|---|---|"]
    for asks, name in ((False, "nobody asks"), (True, "a question a second")):
        one = middle[asks]
        answers = one["answered"]
        each = lambda value: f"{value / answers:.1f}" if answers else ""  # noqa: E731
        lines.append(f"| {name} | {one['cpu'] / million:.3f} | {arguments.rows / one['wall']:,.0f} | {answers:.0f} | "
                     f"{each(one['copied'])} | {each(one['other'] * 1000)} |")
    ratio = statistics.median(b["cpu"] / a["cpu"] for a, b in zip(runs[False], runs[True]))
    wall = statistics.median(b["wall"] / a["wall"] for a, b in zip(runs[False], runs[True]))
    lines.append(f"\nOf pairs of runs, the median: CPU {ratio:.3f}, time {wall:.3f} of what it is while nobody asks.")
    print("\n".join(lines))
    if arguments.write:
        write_section("questions", "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
