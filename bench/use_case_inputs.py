"""What bench/use_cases.py runs: each use case's input, made up, and the tables that both engines must have alike."""

import json
import random
import re
import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import yaml

from support.broker import create_topic, produce
from support.kafka import shared_kafka
from support.program import ROOT, sluice

ROWS = 300_000
LETTERS = ("batch", "reason", "timestamp", "column_name", "source")


@dataclass
class UseCase:
    """`prepare(folder)` makes the input and gives the environment of both; `out` is the variable of where they write.
    `tables`: ([(name, kind)], columns that are not compared). `pipeline` is set by `prepare` where it is not the file."""

    name: str
    file: str
    what: str
    prepare_input: Callable
    tables: list
    out: tuple = ("OUT",)
    pipeline: Path = None

    def prepare(self, folder):
        self.pipeline = ROOT / self.file
        return self.prepare_input(self, folder)

    def env(self, env, out):
        """That of one engine, which may have an input of its own."""
        made = {**env, **{name: out for name in self.out}}
        if "LAKE" in self.out and (out.parent / "lake").exists():
            shutil.copytree(out.parent / "lake", out, dirs_exist_ok=True)
        return made


def csv_files(case, folder):
    chance = random.Random(1)
    (folder / "in").mkdir()
    for day in range(1, 11):
        lines = ["station,measured_at,celsius"]
        for number in range(ROWS // 10):
            minute = number * 1440 // (ROWS // 10)
            celsius = "hot" if chance.random() < 0.0005 else f"{chance.uniform(-20, 40):.1f}"
            lines.append(f"s{chance.randrange(500)},2024-03-{day:02} {minute // 60:02}:{minute % 60:02}:00,{celsius}")
        (folder / f"in/2024-03-{day:02}.csv").write_text("\n".join(lines) + "\n")
    return {"IN": folder / "in"}


def clicks(case, folder):
    """The generator's rows as files, which both read."""
    spec = yaml.safe_load((ROOT / case.file).read_text())
    source = spec["sources"]["clicks"]
    made = {"name": "rows", "sources": {"clicks": {"generator": {**source["generator"], "rows": ROWS}}},
            "sinks": {"files": {"from": "clicks", "parquet": {"path": "in"}}}, "trigger": "available_now", "checkpoint": "rows"}
    (folder / "rows.yaml").write_text(yaml.safe_dump(made))
    sluice("run", "rows.yaml", cwd=folder).must_exit(0)
    del source["generator"]
    source["parquet"] = {"path": str(folder / "in"), "max_files_per_trigger": 6,
                         "schema": {"visitor": "INTEGER", "page": "VARCHAR", "clicked_at": "TIMESTAMP"}}
    case.pipeline = folder / "pipeline.yaml"
    case.pipeline.write_text(yaml.safe_dump(spec, sort_keys=False, width=1000))
    return {"IN": folder / "in"}


def orders(case, folder):
    sluice("run", "examples/aggregating_table/orders.yaml", cwd=ROOT,
           env={"LAKE": folder / "lake", "OUT": folder, "ROWS": ROWS}).must_exit(0)
    return {}


def customers(case, folder):
    text = (ROOT / "examples/features/customers.yaml").read_text()
    (folder / "customers.yaml").write_text(re.sub(r"rows: \d+", f"rows: {ROWS}", text))
    sluice("run", "customers.yaml", cwd=folder, env={"LAKE": folder / "lake", "OUT": folder}).must_exit(0)
    return {}


def topic(records=(), partitions=2):
    brokers, name = shared_kafka().address, f"use-case-{uuid.uuid4().hex[:12]}"
    create_topic(brokers, name, partitions)
    produce(brokers, name, records, partitions=partitions)
    return {"KAFKA_BROKERS": brokers, "TOPIC": name, "DEMO_TOPIC": name}


def events(case, folder):
    return topic(json.dumps({"id": n, "kind": "seen", "at": n * 7, "text": "x" * (n % 90)}).encode() for n in range(ROWS))


def invoices(case, folder):
    subprocess.run([sys.executable, ROOT / "examples/invoices/generate.py", "--rows", "30000", folder / "in.csv"], check=True)
    env = topic(partitions=1)
    sluice("produce", folder / "in.csv", "--brokers", env["KAFKA_BROKERS"], "--topic", env["TOPIC"], cwd=ROOT).must_exit(0)
    return env


def readings(case, folder):
    chance = random.Random(2)

    def records():
        for n in range(ROWS):
            at = f"2024-03-{1 + n * 10 // ROWS:02} {n % 24:02}:{n % 60:02}:00"
            celsius = "hot" if chance.random() < 0.0005 else round(chance.uniform(-20, 40), 1)
            yield json.dumps({"station": f"s{n % 500}", "measured_at": at, "celsius": celsius}).encode()
    return topic(records())


def messages(case, folder):
    def records():
        for n in range(ROWS):
            kind, payload = (("order", {"order_id": n, "customer": f"c{n % 997}", "amount": n % 10_000 / 4}),
                             ("payment", {"order_id": n, "paid_by": "card"}),
                             ("shipment", {"order_id": n, "carrier": "post", "parcels": n % 4}),
                             ("refund", {"order_id": n}))[0 if n % 10 < 6 else n % 10 - 6]
            at = f"2024-05-01 {n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}"
            # Without blanks, which Spark leaves out of a payload and sluice keeps.
            yield json.dumps({"type": kind, "sent_at": at, "payload": payload}, separators=(",", ":")).encode()
    return topic(records())


INPUTS = {case.name: case for case in (
    UseCase("csv_to_parquet", "examples/csv_to_parquet/pipeline.yaml", f"{ROWS:,} lines in ten CSV files, 129 of them broken",
            csv_files, [([("readings", "parquet")], ())]),
    UseCase("windows", "examples/windows/pipeline.yaml", f"{ROWS:,} clicks in Parquet files in place of the generator",
            clicks, [([("minutes", "parquet"), ("visits", "parquet")], ())]),
    UseCase("aggregating_table", "examples/aggregating_table/stream.yaml", f"a Delta table of {ROWS:,} orders",
            orders, [([("shops_stream", "delta")], ())], ("LAKE", "OUT")),
    UseCase("features", "examples/features/features.yaml", f"{ROWS:,} customers in Parquet",
            customers, [([("features", "parquet")], ())], ("LAKE", "OUT")),
    UseCase("bronze", "examples/bronze/pipeline.yaml", f"{ROWS:,} records of a Kafka topic with two partitions",
            events, [([("events", "delta")], ())]),
    UseCase("kafka_to_files", "examples/kafka_to_files/pipeline.yaml",
            f"{ROWS:,} records of a Kafka topic with two partitions, 150 of them broken",
            # No record has a key, and Spark's JSON leaves NULLs out.
            readings, [([("parquet", "parquet"), ("csv", "csv")], ()), ([("rejected", "json")], (*LETTERS, "key"))]),
    UseCase("message_types", "examples/message_types/pipeline.yaml", f"{ROWS:,} records of a Kafka topic with two partitions",
            messages, [([(name, "delta") for name in ("orders", "payments", "shipments", "others")], ())]),
    UseCase("invoices", "examples/invoices/pipeline.yaml", "30,000 records of a Kafka topic, 57 of them broken, 5,000 a batch",
            invoices, [([("delta", "delta"), ("parquet", "parquet"), ("csv", "csv")], ()),
                       ([("dead_letter", "parquet")], LETTERS)], ("DEMO_DIR", "OUT")),
)}
