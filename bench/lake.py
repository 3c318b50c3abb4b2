#!/usr/bin/env python3
"""Measures landing a topic in Delta and Parquet, and a Delta table in another, beside Spark.

    bench/lake.py [--rows 2000000] [--rounds 1] [--write]

Both read the same topic of JSON invoices from a real Kafka, parse the same fields, write the same
rows, and stop when they have read what was there. CPU is user plus system time of the whole
process: sluice's with its start, Spark's without (its JVM is warmed up by a small query first); a
figure is CPU-seconds per million rows. Memory is the process's highest. Rows and sums of what both
wrote are compared. --write puts the table into bench/README.md.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "test")]

from report import MemoryWatch, write_section  # noqa: E402
from run import fill  # noqa: E402
from support import spark, tables  # noqa: E402
from support.case import Failure, Skip, expect_equal  # noqa: E402
from support.kafka import shared_kafka, stop_shared_kafka  # noqa: E402
from support.program import PROGRAM, environment  # noqa: E402
from support.spark import MEASURE  # noqa: E402

FIELDS = {"invoice_ID": "BIGINT", "invoice_Date": "VARCHAR", "SellerID": "INTEGER",
          "BuyerID": "INTEGER", "ProductID": "INTEGER", "Quantity": "INTEGER",
          "TotalSales": "DECIMAL(22,12)", "TotalTax": "DECIMAL(22,12)", "PaymentType": "VARCHAR"}
TOTALS = ("SELECT SellerID, sum(TotalSales) AS TotalSales, sum(TotalTax) AS TotalTax, "
          "count(*) AS n FROM invoices GROUP BY SellerID")

PIPELINE = """\
name: lake
sources:
  invoices: {source}
views:
  totals: {totals}
sinks:
  out: {sink}
checkpoint: checkpoint
"""
KAFKA = json.dumps({"kafka": {"brokers": "${KAFKA_BROKERS}", "topic": "${TOPIC}"},
                    "format": {"json": {"schema": FIELDS}}})
JOBS = {
    "Kafka to Delta": (KAFKA, "{from: invoices, delta: {path: out}}", "delta"),
    "Kafka to Parquet": (KAFKA, "{from: invoices, parquet: {path: out}}", "parquet"),
    "Delta to Delta, a total per seller":
        ('{delta: {path: "${TABLE}"}}', "{from: totals, mode: complete, delta: {path: out}}",
         "delta"),
}

SPARK_JOB = MEASURE + """
import time
job, folder = sys.argv[1], sys.argv[2]
fields = "%s"
before, start = cpu(), time.time()
if job.startswith("Kafka"):
    messages = (spark.readStream.format("kafka").option("subscribe", os.environ["TOPIC"])
                .option("kafka.bootstrap.servers", os.environ["KAFKA_BROKERS"])
                .option("startingOffsets", "earliest").load())
    rows = messages.selectExpr(f"from_json(CAST(value AS STRING), '{fields}') AS r").select("r.*")
    mode = "append"
else:
    spark.readStream.format("delta").load(os.environ["TABLE"]).createOrReplaceTempView("invoices")
    rows, mode = spark.sql("%s"), "complete"
query = (rows.writeStream.format("parquet" if job.endswith("Parquet") else "delta").outputMode(mode)
         .option("checkpointLocation", folder + "/checkpoint").trigger(availableNow=True)
         .start(folder + "/out"))
query.awaitTermination()
print("RESULT " + json.dumps({"cpu": cpu() - before, "wall": time.time() - start,
                              "memory": memory(), "version": spark.version}))
""" % (", ".join(f"{name} {kind.replace('VARCHAR', 'STRING')}" for name, kind in FIELDS.items()),
       TOTALS)


def run_sluice(job, folder, env):
    source, sink, _ = JOBS[job]
    (folder / "pipeline.yaml").write_text(PIPELINE.format(source=source, totals=TOTALS, sink=sink))
    start = time.time()
    process = subprocess.Popen([PROGRAM, "run", "pipeline.yaml", "--available-now", "--progress",
                                "none"], cwd=folder, env=environment(**env),
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    memory = MemoryWatch(process.pid)
    notes = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failure(f"sluice failed at {job}:\n{notes[-2000:]}")
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": time.time() - start,
            "memory": memory.highest()}


def run_spark(job, folder, env):
    os.environ.update({name: str(value) for name, value in env.items()})
    printed = spark.run(SPARK_JOB, job, folder, memory="2g", heating="all")
    return json.loads(re.search(r"^RESULT (.*)$", printed, re.M).group(1))


def content(folder, kind):
    """What both must have written alike."""
    duck = tables.connection()
    tables.define_table(duck, "t", kind, folder / "out")
    return tables.rows_as_text(duck, "SELECT count(*), sum(TotalSales), sum(TotalTax), "
                                     "sum(SellerID) FROM t")


def measure(job, env, rounds, keep):
    """The runs of both, by turns; the first sluice run's output is left in `keep`."""
    runs = {"sluice": [], "Spark": []}
    for _ in range(rounds):
        found = {}
        for name, run in (("sluice", run_sluice), ("Spark", run_spark)):
            folder = Path(tempfile.mkdtemp(prefix="sluice-bench-", dir=ROOT / "build"))
            try:
                runs[name].append(run(job, folder, env))
                found[name] = content(folder, JOBS[job][2])
                if name == "sluice" and not keep.exists():
                    shutil.move(folder / "out", keep)
            finally:
                shutil.rmtree(folder)
        expect_equal(found["Spark"], found["sluice"], f"{job}: what Spark wrote and sluice")
        print(f"  {job}: {runs['sluice'][-1]['cpu']:.2f} and {runs['Spark'][-1]['cpu']:.2f} CPU-s",
              flush=True)
    return runs


def median(runs, field):
    return statistics.median(run[field] for run in runs)


def lines_of(job, runs, rows):
    ours, theirs = runs["sluice"], runs["Spark"]
    cpu = [median(side, "cpu") / rows * 1e6 for side in (ours, theirs)]
    memory = [median(side, "memory") for side in (ours, theirs)]
    return (f"| {job} | {cpu[0]:.2f} | {cpu[1]:.2f} | {cpu[1] / cpu[0]:.1f} | {memory[0]:.0f} MiB | "
            f"{memory[1]:.0f} MiB | {memory[1] / memory[0]:.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the result into bench/README.md")
    given = parser.parse_args()
    lines = [f"{given.rows:,} invoices, load {os.getloadavg()[0]:.1f} at the start", "",
             "| | sluice, CPU-s per million rows | Spark | times | sluice, memory | Spark | times |",
             "|---|---:|---:|---:|---:|---:|---:|"]
    with tempfile.TemporaryDirectory(prefix="sluice-lake-", dir=ROOT / "build") as name:
        try:
            env = fill(shared_kafka(), "invoices", given.rows, 1)
            env["TABLE"] = table = Path(name) / "table"
            for job in JOBS:
                keep = table if job == "Kafka to Delta" else Path(name) / job
                lines.append(lines_of(job, measure(job, env, given.rounds, keep), given.rows))
        except Skip as reason:
            sys.exit(f"SKIPPED: {reason}")
        except Failure as failure:
            sys.exit(f"bench: {failure}")
        finally:
            stop_shared_kafka()
    print("\n" + "\n".join(lines))
    if given.write:
        write_section("lake", "\n".join(lines))


if __name__ == "__main__":
    main()
