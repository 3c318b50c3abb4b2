#!/usr/bin/env python3
"""Measures what it costs that a pipeline is watched.

    bench/watched.py [--rounds 5] [--seconds 20] [--write]

Generated rows, 100,000 a second, go into a Delta table beside ten charts: without a page (--ui), with one that nobody
has open, and with five readers of its events, each of whom watches all ten charts, as browsers do. CPU-seconds of the
sluice process alone, from its start to its end, the ways in turn; of them what the page's own threads took, which
says more than a difference of two runs on a machine that others use; then the CPU of a request for /metrics.
--write puts the table into bench/README.md.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# This folder last: it has an http.py.
sys.path[0] = str(ROOT / "test")
sys.path.append(str(ROOT / "bench"))

from report import write_section  # noqa: E402
from support.live import Live  # noqa: E402
from support.program import Running  # noqa: E402

ROWS_A_SECOND = 100_000
READERS = 5
REQUESTS = 3000
THREADS = {"feed", "http", "http-handler"}  # of the page

PIPELINE = """\
name: plant
sources:
  readings:
    generator:
      seed: 7
      series: 200
      rows: {rows}
      rows_per_second: {rate}
      columns:
        sensor: {{series: "sensor-###"}}
        measured: {{timestamp: {{start: "2024-06-01", step: 1s}}}}
        celsius: {{signal: {{base: 21, spread: 2, cycle: 6, noise: 0.2}}}}
        kw: {{signal: {{base: 5, spread: 3, noise: 1}}}}
    watermark: {{column: measured, delay: 10s}}
views:
  by_sensor: SELECT sensor, avg(celsius) AS celsius, sum(kw) AS kw, count(*) AS n FROM readings GROUP BY sensor
  by_minute: >-
    SELECT window.start AS minute, avg(celsius) AS celsius, max(kw) AS kw FROM readings GROUP BY window(measured, '1 minute')
sinks:
  rows: {{from: readings, delta: {{path: out/rows}}}}
charts:
  hot: {{sql: "SELECT sensor AS s, celsius FROM by_sensor ORDER BY celsius DESC LIMIT 20", bar: {{x: s, y: celsius}}}}
  table: {{from: by_sensor, table: {{limit: 50, sort: "-kw"}}}}
  minutes: {{from: by_minute, line: {{x: minute, y: [celsius, kw]}}}}
  total: {{sql: "SELECT sum(kw) AS kw FROM by_sensor", number: {{value: kw, against: 1m}}}}
  mean: {{sql: "SELECT avg(celsius) AS c FROM by_sensor", gauge: {{value: c, min: 0, max: 50}}}}
  spread: {{sql: "SELECT celsius FROM by_sensor", histogram: {{x: celsius}}}}
  parts: {{sql: "SELECT CASE WHEN kw > 5 THEN 'high' ELSE 'low' END AS part, sum(n) AS n FROM by_sensor GROUP BY 1", donut: {{part: part, value: n}}}}
  course: {{sql: "SELECT measured, celsius, sensor FROM readings WHERE sensor = 'sensor-001'", line: {{x: measured, y: celsius}}}}
  peaks: {{sql: "SELECT measured, max(kw) AS kw FROM readings GROUP BY measured", line: {{x: measured, y: kw}}}}
  places: {{sql: "SELECT celsius, kw FROM by_sensor", scatter: {{x: celsius, y: kw}}}}
trigger: {{every: 1s}}
checkpoint: checkpoint
"""
CHARTS = ["hot", "table", "minutes", "total", "mean", "spread", "parts", "course", "peaks", "places"]
WAYS = {"without a page": (False, 0), "a page that nobody has open": (True, 0),
        f"{READERS} readers of ten charts": (True, READERS)}


@contextlib.contextmanager
def job(rows):
    folder = Path(tempfile.mkdtemp(prefix="sluice-watched-"))
    try:
        (folder / "pipeline.yaml").write_text(PIPELINE.format(rows=rows, rate=ROWS_A_SECOND))
        yield folder
    finally:
        shutil.rmtree(folder)


def watch(live, seen):
    """Reads the events until they end, and watches all charts."""
    try:
        with live.events() as stream:
            hello = stream.until("hello")
            body = json.dumps({"stream": hello["stream"], "charts": [["plant", chart] for chart in CHARTS]})
            live.ask("POST", "/api/watch", body)
            while True:
                name, data = stream.next()
                if name == "chart" and "error" in data:
                    sys.exit(f"chart {data['chart']}: {data['error']}")
                seen.append(name)
    except Exception:  # the program has ended
        pass


def cpu_of_page(pid):
    """CPU-seconds of the page's threads so far, to the nanosecond."""
    used = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        if (thread / "comm").read_text().strip() in THREADS:
            used += int((thread / "schedstat").read_text().split()[0])
    return used / 1e9


def finish(running, rows):
    """Stops it once it has read all; what the page's threads had taken then."""
    seen, lines = 0, 0

    def all_read(_, err):
        nonlocal seen, lines
        whole = err.splitlines()[:err.count("\n")]
        for line in whole[lines:]:
            if line.startswith("{"):
                seen += json.loads(line)["numInputRows"]
        lines = len(whole)
        return seen >= rows

    running.wait_for(all_read, "it has read all rows")
    used = cpu_of_page(running.process.pid)
    running.stop().must_exit(0)
    return used


def cpu_of_children():
    """CPU-seconds of the programs that were started and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def measure(has_page, readers, seconds):
    """CPU-seconds per million rows, and the page's threads' part of them."""
    rows = seconds * ROWS_A_SECOND
    with job(rows) as folder:
        before = cpu_of_children()
        if not has_page:
            page = finish(Running("run", "pipeline.yaml", "--progress", "json", cwd=folder), rows)
        else:
            with Live("pipeline.yaml", "--progress", "json", cwd=folder) as live:
                seen = []
                threads = [threading.Thread(target=watch, args=(live, seen)) for _ in range(readers)]
                for thread in threads:
                    thread.start()
                page = finish(live.running, rows)
                for thread in threads:
                    thread.join()
                charts = seen.count("chart")
                if readers and charts < readers * len(CHARTS) * seconds / 4:
                    sys.exit(f"the readers got {charts} charts only")
        used = cpu_of_children() - before
        return used / rows * 1e6, page / used


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cost_of_metrics():
    """CPU-seconds of one request for /metrics; the pipeline is paused."""
    import http.client

    with job(10**9) as folder, Live("pipeline.yaml", "--progress", "none", cwd=folder) as live:
        live.wait_until("plant", lambda status: status["batches"] > 2, "makes batches")
        live.post("/api/pipelines/plant/pause")
        live.wait_until("plant", lambda status: status["state"] == "paused", "is paused")
        pid = live.running.process.pid
        idle = cpu_seconds(pid)
        began = time.monotonic()
        time.sleep(3)
        idle = (cpu_seconds(pid) - idle) / (time.monotonic() - began)
        connection = http.client.HTTPConnection(live.host, live.port)
        before, began = cpu_seconds(pid), time.monotonic()
        for _ in range(REQUESTS):
            connection.request("GET", "/metrics")
            connection.getresponse().read()
        used = cpu_seconds(pid) - before - idle * (time.monotonic() - began)
        connection.close()
        return used / REQUESTS


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    found = {way: [] for way in WAYS}
    for round_number in range(arguments.rounds):
        # Another one begins each time: what comes first finds other caches.
        ways = list(WAYS)
        ways = ways[round_number % len(ways):] + ways[:round_number % len(ways)]
        for way in ways:
            found[way].append(measure(*WAYS[way], arguments.seconds))
            print(f"round {round_number + 1}: {way}: {found[way][-1][0]:.3f}, {100 * found[way][-1][1]:.2f} %",
                  flush=True)
    alone = [value for value, _ in found["without a page"]]
    lines = [f"{ROWS_A_SECOND:,} generated rows a second into Delta for {arguments.seconds} s, ten charts, "
             f"{arguments.rounds} rounds in turn, load {load:.1f} at the start", "",
             "| | CPU-s per million rows, median | beside no page, median (from - to) | the page's threads, of all "
             "(from - to) | target |", "|---|---:|---:|---:|---:|"]
    for way, measured in found.items():
        values = [value for value, _ in measured]
        parts = sorted(100 * part for _, part in measured)
        ratios = sorted(value / other for value, other in zip(values, alone))
        middle = statistics.median(ratios)
        part = statistics.median(parts)
        target = "" if way == "without a page" else f"3 % {'met' if part < 3 else 'missed'}"
        lines.append(f"| {way} | {statistics.median(values):.3f} | {middle:.3f} ({ratios[0]:.3f} - {ratios[-1]:.3f}) | "
                     f"{part:.2f} % ({parts[0]:.2f} - {parts[-1]:.2f}) | {target} |")
    metrics = cost_of_metrics() * 1e3
    lines += ["", f"A request for `/metrics`: {metrics:.2f} ms of CPU (target: 1 ms, {'met' if metrics < 1 else 'missed'})."]
    table = "\n".join(lines)
    print("\n" + table)
    if arguments.write:
        write_section("watched", table)


if __name__ == "__main__":
    main()
