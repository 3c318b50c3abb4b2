#!/usr/bin/env python3
"""Measures how fast a table of Cassandra is read: sluice beside the bare Python driver (cassandra-driver).

    bench/cassandra_scan.py [--rows 200000] [--rounds 3] [--write]

Both read the same table, in turn: the driver page by page (of as many rows, ranges of tokens side by side) and
looks at no row; sluice stores them in its checkpoint, decodes them and counts them in SQL, or writes Parquet. CPU is
user plus system time of the whole process, without the server's. --write puts the table into bench/README.md.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "test"))

from report import write_section  # noqa: E402
from support.cassandra import PASSWORD, USER, Cassandra  # noqa: E402

PROGRAM = Path(os.environ.get("SLUICE_BIN", ROOT / "build" / "sluice"))

PIPELINE = """\
name: scan
sources:
  rows:
    cassandra:
      contact_points: ["{address}"]
      user: {user}
      password: {password}
      keyspace: bench
      table: rows
      max_bytes_per_trigger: 64MiB
views:
  total: SELECT count(*) AS n, sum(amount) AS amount, max(length(name)) AS l, max(seen) AS seen FROM rows
sinks:
  out: {{from: {of}, {sink}}}
trigger: available_now
checkpoint: checkpoint
"""

DRIVER = """
import sys, time, resource
from concurrent.futures import ThreadPoolExecutor
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster
port, ranges, parallel = int(sys.argv[1]), 64, 4
cluster = Cluster(["127.0.0.1"], port=port, protocol_version=5, auth_provider=PlainTextAuthProvider("{user}", "{password}"))
session = cluster.connect()
session.default_fetch_size = 1000
session.row_factory = lambda names, rows: rows
scan = session.prepare("SELECT id, part, name, amount, seen, uid, flag, score FROM bench.rows WHERE token(part) > ? AND token(part) <= ?")
def read(index):
    begin = -2**63 + index * 2**64 // ranges
    return sum(1 for _ in session.execute(scan, (begin, min(begin + 2**64 // ranges, 2**63 - 1))))
with ThreadPoolExecutor(parallel) as pool:
    print(sum(pool.map(read, range(ranges))))
cluster.shutdown()
"""


def fill(node, rows):
    from cassandra.concurrent import execute_concurrent
    from cassandra.query import BatchStatement, BatchType

    session = node.session()
    session.execute("CREATE KEYSPACE bench WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    session.execute("CREATE TABLE bench.rows (part int, id bigint, name text, amount decimal, seen timestamp, uid uuid, "
                    "flag boolean, score double, PRIMARY KEY (part, id))")
    insert = session.prepare("INSERT INTO bench.rows (part, id, name, amount, seen, uid, flag, score) VALUES "
                             "(?, ?, ?, ?, ?, ?, ?, ?)")
    import uuid
    from decimal import Decimal

    def batches():
        for first in range(0, rows, 50):
            batch = BatchStatement(BatchType.UNLOGGED)
            for number in range(first, min(first + 50, rows)):
                batch.add(insert, (first // 50, number, f"customer {number}", Decimal(number).scaleb(-2),
                                   1_700_000_000_000 + number, uuid.UUID(int=number), number % 2 == 0, number / 3))
            yield batch, ()

    for success, problem in execute_concurrent(session, batches(), concurrency=32):
        assert success, problem


def measured(command, folder):
    """CPU and wall seconds of a child, and what it printed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr[-2000:]
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return {"cpu": cpu, "wall": time.time() - start}, done.stdout


def sluice(node, of, sink, rows):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pipeline.yaml").write_text(PIPELINE.format(
            address=node.address, user=USER, password=PASSWORD, of=of, sink=sink))
        figures, out = measured([str(PROGRAM), "run", "pipeline.yaml"], folder)
    assert of == "rows" or str(rows) in out, out
    return figures


def driver(node, rows):
    figures, out = measured([sys.executable, "-c", DRIVER.format(user=USER, password=PASSWORD), str(node.port)], None)
    assert int(out) == rows, out
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    node = Cassandra()
    try:
        fill(node, arguments.rows)
        programs = {
            "cassandra-driver, no row looked at": lambda: driver(node, arguments.rows),
            "sluice: scan + total": lambda: sluice(node, "total", "mode: complete, console: {}", arguments.rows),
            "sluice: scan + Parquet": lambda: sluice(node, "rows", "parquet: {path: out}", arguments.rows)}
        runs = {name: [] for name in programs}
        for _ in range(arguments.rounds + 1):  # the first warms the server
            for name, program in programs.items():
                runs[name].append(program())
    finally:
        node.stop()
    lines = [f"{arguments.rows:,} rows of 8 columns, load {load:.1f} at the start", "",
             "| | rows per CPU second | CPU-s per million rows | rows/s |", "|---|---:|---:|---:|"]
    for name, found in runs.items():
        cpu = median(run["cpu"] for run in found[1:])
        wall = median(run["wall"] for run in found[1:])
        lines.append(f"| {name} | {arguments.rows / cpu:,.0f} | {cpu * 1e6 / arguments.rows:.2f} | "
                     f"{arguments.rows / wall:,.0f} |")
    print(json.dumps(runs), file=sys.stderr)
    text = "\n".join(lines)
    print(text)
    if arguments.write:
        write_section("cassandra", text)


if __name__ == "__main__":
    main()
