#!/usr/bin/env python3
"""Measures how old a record is when it comes out: Kafka to Kafka, sluice beside Spark.

    bench/latency.py [--rate 5000] [--seconds 20] [--rounds 3] [--no-spark] [--write]

bench/probe.cc sends records to one topic at a steady rate and reads committed records from another. sluice
copies them exactly once (`trigger: continuous`, the default; one thread is enough for small batches); Spark's micro-batches copy them as fast as they
go (its Kafka sink is at least once). The broker, the probe and the engine share this machine. A round is one
probe; the table has the median round by p50, and CPU-seconds of the engine's process per million rows, without
its start. --write puts the table into bench/README.md.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "test"))

from report import write_section  # noqa: E402
from support import spark  # noqa: E402
from support.broker import create_topic  # noqa: E402
from support.case import Failure, Skip  # noqa: E402
from support.kafka import Kafka  # noqa: E402
from support.spark import MEASURE  # noqa: E402

PROGRAM = Path(os.environ.get("SLUICE_BIN", ROOT / "build" / "sluice"))
PROBE = ROOT / "build" / "release" / "bench" / "probe"
PARTITIONS = 2

PIPELINE = """\
name: latency
sources:
  inn:
    kafka: {{brokers: "{brokers}", topic: inn}}
    format: {{json: {{schema: {{sent: BIGINT, id: BIGINT, pad: VARCHAR}}}}}}
sinks:
  out: {{from: inn, kafka: {{brokers: "{brokers}", topic: out, key: id}}}}
engine: {{threads: 1}}
checkpoint: checkpoint
"""

SPARK_JOB = MEASURE + '''
import time
brokers, folder = sys.argv[1:3]
lines = (spark.readStream.format("kafka").option("kafka.bootstrap.servers", brokers)
         .option("subscribe", "inn").option("startingOffsets", "latest").load()
         .selectExpr("from_json(CAST(value AS STRING), 'sent BIGINT, id BIGINT, pad STRING') AS v"))
query = (lines.selectExpr("CAST(v.id AS STRING) AS key", "to_json(v) AS value")
         .writeStream.format("kafka").option("kafka.bootstrap.servers", brokers).option("topic", "out")
         .option("checkpointLocation", folder + "/spark").start())
open(folder + "/ready", "w").close()
while not os.path.exists(folder + "/stop"):
    cpu_now = cpu()
    with open(folder + "/cpu.new", "w") as out:
        out.write(str(cpu_now))
    os.rename(folder + "/cpu.new", folder + "/cpu")
    time.sleep(0.2)
query.stop()
print("RESULT " + json.dumps({"version": spark.version}))
'''


def probe(brokers, given):
    done = subprocess.run([PROBE, brokers, "inn", "out", str(given.rate), str(given.seconds)],
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"the probe failed: {done.stderr}")
    return json.loads(done.stdout)


def cpu_of(process):
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(brokers, given, cpu):
    """The median round, with CPU-seconds per million rows of all."""
    # Until the broker's and Spark's code is compiled: before that the broker alone takes twice as long.
    probe(brokers, argparse.Namespace(rate=given.rate, seconds=40))
    before, rounds = cpu(), []
    for _ in range(given.rounds):
        rounds.append(probe(brokers, given))
    spent = cpu() - before
    median = sorted(rounds, key=lambda one: one["p50"])[len(rounds) // 2]
    return median | {"cpu": spent / (given.rate * given.seconds * given.rounds) * 1e6}


def run_sluice(brokers, folder, given):
    (folder / "pipeline.yaml").write_text(PIPELINE.format(brokers=brokers))
    process = subprocess.Popen([PROGRAM, "run", "pipeline.yaml", "--log-level", "warn"], cwd=folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(2)
        return measure(brokers, given, lambda: cpu_of(process.pid))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def run_spark(brokers, folder, given):
    outcome = {}

    def work():
        try:
            outcome["printed"] = spark.run(SPARK_JOB, brokers, folder, memory="2g", heating="all")
        except (Failure, Skip) as reason:
            outcome["reason"] = reason

    thread = threading.Thread(target=work)
    thread.start()
    try:
        while not (folder / "ready").exists():
            if not thread.is_alive():
                raise outcome.get("reason", Failure("Spark ended"))
            time.sleep(0.2)
        time.sleep(10)
        return measure(brokers, given, lambda: float((folder / "cpu").read_text()))
    finally:
        (folder / "stop").touch()
        thread.join()


def row(name, result):
    return (f"| {name} | {result['p50']:.1f} | {result['p90']:.1f} | {result['p99']:.1f} | {result['max']:.0f} | "
            f"{result['cpu']:.1f} |")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--rate", type=int, default=5000)
    arguments.add_argument("--seconds", type=int, default=20)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--no-spark", action="store_true")
    arguments.add_argument("--write", action="store_true")
    given = arguments.parse_args()
    kafka = Kafka(heating="all")
    try:
        for topic in ("inn", "out"):
            create_topic(kafka.address, topic, PARTITIONS)
        load = os.getloadavg()[0]
        lines = [f"{given.rate:,} records a second of about 120 bytes, {PARTITIONS} partitions, load {load:.1f} at the "
                 "start; milliseconds from sending to a reader of committed records", "",
                 "| | p50 | p90 | p99 | max | CPU-s per million rows |", "|---|---:|---:|---:|---:|---:|"]
        with tempfile.TemporaryDirectory(prefix="sluice-latency-", dir=ROOT / "build") as name:
            lines.append(row("sluice, exactly once", run_sluice(kafka.address, Path(name), given)))
            if not given.no_spark:
                try:
                    lines.append(row("Spark 4.2, micro-batches, at least once",
                                     run_spark(kafka.address, Path(name), given)))
                except Skip as reason:
                    sys.exit(f"SKIPPED: {reason}")
    finally:
        kafka.stop()
    text = "\n".join(lines)
    print(text)
    if given.write:
        write_section("latency", text)


if __name__ == "__main__":
    main()
