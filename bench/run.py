#!/usr/bin/env python3
"""Measures sluice beside a bare librdkafka consumer on a real Kafka, in one run.

    bench/run.py [--rows 2000000] [--rounds 3] [--partitions 1] [--write]

All programs read the same topic of JSON invoices (bytes a record: see the output). CPU is user plus
system time of the program as the kernel counts it (wait4); the broker's is not in it. Each figure is
the median of the rounds, which take turns, so that a busy machine is busy for all. --write puts the
table into bench/README.md.
"""

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "test"))

from report import MemoryWatch, write_section  # noqa: E402
from support.broker import create_topic  # noqa: E402
from support.case import Failure, Skip  # noqa: E402
from support.kafka import shared_kafka, stop_shared_kafka  # noqa: E402
from support.program import PROGRAM, environment, sluice  # noqa: E402

DRAIN = Path(os.environ.get("SLUICE_DRAIN", ROOT / "build" / "release" / "bench" / "drain"))

SOURCE = """\
name: bench
sources:
  invoices:
    kafka: {brokers: "${KAFKA_BROKERS}", topic: "${TOPIC}"}
    format:
      json:
        schema: {invoice_ID: BIGINT, invoice_Date: VARCHAR, SellerID: INTEGER, BuyerID: INTEGER,
                 ProductID: INTEGER, Quantity: INTEGER, TotalSales: "DECIMAL(22,12)",
                 TotalTax: "DECIMAL(22,12)", PaymentType: VARCHAR}
views:
  totals: SELECT SellerID, sum(TotalSales) AS TotalSales, sum(TotalTax) AS TotalTax FROM invoices GROUP BY SellerID
  products: SELECT ProductID, sum(Quantity) AS Quantity FROM invoices GROUP BY ProductID
  payments: SELECT PaymentType, count(*) AS Invoices FROM invoices GROUP BY PaymentType
checkpoint: checkpoint
sinks:
"""
SINKS = {
    "parse + total": "  screen: {from: totals, mode: complete, console: {}}\n",
    "parse + two totals": "".join(f"  {view}_out: {{from: {view}, mode: complete, console: {{}}}}\n"
                                  for view in ("totals", "products")),
    "parse + three totals": "".join(f"  {view}_out: {{from: {view}, mode: complete, console: {{}}}}\n"
                                    for view in ("totals", "products", "payments")),
    "parse + Delta": "  bronze: {from: invoices, delta: {path: delta}}\n",
    "parse + Parquet": "  files: {from: invoices, parquet: {path: parquet}}\n",
    "parse + CSV": "  files: {from: invoices, csv: {path: csv}}\n",
    "parse + JSON lines": "  files: {from: invoices, json_lines: {path: json}}\n",
}
BATCHES = "the same, taking record batches whole"
# Of the CPU, beside the bare consumer.
TARGETS = {"parse + total": 1.5, "parse + Delta": 3.0}


class Measured:
    """One run of a program: seconds on the clock and of CPU, memory at its highest, first output."""

    def __init__(self, command, folder, env=None):
        start = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], cwd=folder,
                                   env=environment(**(env or {})), stdout=subprocess.PIPE,
                                   stderr=open(folder / "stderr", "wb"))
        memory = MemoryWatch(process.pid)
        self.out = b""
        self.first_line_s = None
        for line in process.stdout:
            # The first row of a table, or drain's line at the first record.
            if self.first_line_s is None and (line.startswith((b"|", b"{"))):
                self.first_line_s = time.perf_counter() - start
            self.out += line
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.wall_s = time.perf_counter() - start
        self.cpu_s = usage.ru_utime + usage.ru_stime
        self.memory_mib = memory.highest()
        if process.returncode:
            raise Failure(f"{command} ended with {process.returncode}\n"
                          + (folder / "stderr").read_text())


def run_sluice(sink, env):
    folder = Path(tempfile.mkdtemp(prefix="sluice-bench-"))
    try:
        (folder / "pipeline.yaml").write_text(SOURCE + SINKS[sink])
        return Measured([PROGRAM, "run", "pipeline.yaml", "--available-now", "--progress", "json"],
                        folder, env)
    finally:
        shutil.rmtree(folder)


def run_drain(env, *how):
    with tempfile.TemporaryDirectory() as folder:
        return Measured([DRAIN, env["KAFKA_BROKERS"], env["TOPIC"], *how], Path(folder))


def fill(kafka, topic, rows, partitions):
    create_topic(kafka.address, topic, partitions)
    with tempfile.TemporaryDirectory() as folder:
        csv = Path(folder) / "invoices.csv"
        subprocess.run([sys.executable, ROOT / "examples" / "invoices" / "generate.py", csv,
                        "--rows", str(rows), "--dirty", "0"], check=True)
        sluice("produce", csv, "--brokers", kafka.address, "--topic", topic,
               cwd=folder).must_exit(0)
    return {"KAFKA_BROKERS": kafka.address, "TOPIC": topic}


def throughput(env, rows, rounds):
    """name -> its runs."""
    programs = {"drain": lambda: run_drain(env), BATCHES: lambda: run_drain(env, "batches")}
    programs |= {sink: lambda sink=sink: run_sluice(sink, env) for sink in SINKS}
    runs = {name: [] for name in programs}
    for number in range(rounds):
        for name, program in programs.items():
            runs[name].append(program())
            print(f"  round {number + 1}: {name:<38} {runs[name][-1].cpu_s:6.2f} CPU-s", flush=True)
    bytes_ = json.loads(runs["drain"][0].out.splitlines()[-1])["bytes"] / rows
    lines = [f"{rows:,} records of {bytes_:.0f} bytes JSON on average, 9 fields, "
             f"{env['PARTITIONS']} partition(s)", "",
             "| | CPU-s per million rows | beside the bare consumer | target | rows/s | memory |",
             "|---|---:|---:|---:|---:|---:|"]
    base = median(runs["drain"], "cpu_s")
    for name, done in runs.items():
        cpu = median(done, "cpu_s")
        label = {"drain": "bare librdkafka consumer"}.get(
            name, name if name == BATCHES else "sluice: " + name)
        target = TARGETS.get(name)
        mark = f"{target} {'met' if cpu / base <= target else 'missed'}" if target else ""
        lines.append(f"| {label} | {cpu / rows * 1e6:.2f} | {cpu / base:.2f} | {mark} | "
                     f"{rows / median(done, 'wall_s') / 1e6:.2f} million | "
                     f"{median(done, 'memory_mib'):.0f} MiB |")
    return lines


def first_result(env, rounds):
    ours = [run_sluice("parse + total", env) for _ in range(rounds)]
    theirs = [run_drain(env) for _ in range(rounds)]
    mine, other = median(ours, "first_line_s"), median(theirs, "first_line_s")
    return ["", f"Start to first result on a topic of 10 records: {mine * 1e3:.0f} ms; the bare "
                f"consumer has its first record after {other * 1e3:.0f} ms: "
                f"{(mine - other) * 1e3:.0f} ms beyond Kafka's own waits. Memory: "
                f"{median(ours, 'memory_mib'):.0f} MiB."]


def median(runs, field):
    return statistics.median(getattr(run, field) for run in runs)


def machine():
    memory = re.search(r"MemTotal: +(\d+)", Path("/proc/meminfo").read_text())
    return (f"{len(os.sched_getaffinity(0))} cores ({platform.machine()}), "
            f"{int(memory.group(1)) / 2**20:.0f} GiB memory, {platform.system()}; "
            "the broker runs on the same cores. Load average of the last minute, before it began: "
            f"{os.getloadavg()[0]:.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--partitions", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the result into bench/README.md")
    arguments = parser.parse_args()
    for program, target in ((PROGRAM, "sluice"), (DRAIN, "drain")):
        if not program.exists():
            sys.exit(f"{program} is not there; `make bench` builds it (target {target})")
    lines = [f"Machine: {machine()}.", ""]
    try:
        kafka = shared_kafka()
        print(f"producing {arguments.rows:,} records", flush=True)
        env = fill(kafka, "invoices", arguments.rows, arguments.partitions)
        env["PARTITIONS"] = arguments.partitions
        lines += throughput(env, arguments.rows, arguments.rounds)
        lines += first_result(fill(kafka, "few", 10, 1), rounds=5)
    except Skip as reason:
        print(f"SKIPPED: {reason}")
        return
    except Failure as failure:
        sys.exit(f"bench: {failure}")
    finally:
        stop_shared_kafka()
    print("\n" + "\n".join(lines))
    if arguments.write:
        write_section("numbers", "\n".join(lines))


if __name__ == "__main__":
    main()
