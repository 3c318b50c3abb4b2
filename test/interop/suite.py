"""The invoice job against a real Apache Kafka, and its tables in other people's readers."""

import importlib.util
import json
import os
import random
import re
import signal
import subprocess
import time
from pathlib import Path

from interop import foreign_tables, java_clients, secure_ports, topics, transactions
from interop.two_writers import two_writers
from interop.written_tables import written_tables
from support import tables
from support.broker import create_topic
from support.case import Case, Failure
from support.kafka import shared_kafka
from support.program import ROOT, Running, indent, sluice
from support.soak import rounds

ROWS, DIRTY = rounds(200_000, 1_000_000), 0.001
KILLS = 3
RECORDS_PER_BATCH = ROWS // 40

INVOICES = ROOT / "examples" / "invoices"


def cases():
    for partitions in (1, 4):
        yield Case(f"invoices_{partitions}_partitions",
                   lambda folder, partitions=partitions: invoices(folder, partitions))
    yield Case("readers", readers)
    yield Case("kafka_cluster", kafka_cluster)
    yield Case("written_tables", written_tables)
    yield Case("two_writers", two_writers)
    yield from foreign_tables.cases()
    yield from java_clients.cases()
    yield from secure_ports.cases()
    yield from transactions.cases()
    yield from topics.cases()


def load(path):
    """A Python file that is not a part of the tests as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_invoices(path, rows, seed):
    generate = load(INVOICES / "generate.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(generate.HEADER + "\n")
        file.writelines(",".join(row) + "\n"
                        for row in generate.invoices(rows, seed, DIRTY))


def job(folder, trigger=True):
    """examples/invoices/pipeline.yaml, in batches that leave time to kill, with its totals in Delta
    too. Everything else is as the example has it."""
    text = (INVOICES / "pipeline.yaml").read_text()
    text = replaced(text, "max_records_per_trigger: 5000",
                    f"max_records_per_trigger: {RECORDS_PER_BATCH}")
    text = replaced(text, "\nsinks:\n", "\nsinks:\n  totals: {from: totals, mode: complete, "
                                        'delta: {path: "${DEMO_DIR}/totals"}}\n')
    (folder / "pipeline.yaml").write_text(text)


def replaced(text, old, new):
    if text.count(old) != 1:
        raise Failure(f"examples/invoices/pipeline.yaml has no longer one {old!r}")
    return text.replace(old, new)


def kafka_cluster(folder):
    """The connector's unit tests that want a real Kafka: ctest alone can only skip them."""
    command = ["ctest", "--test-dir", ROOT / "build" / "debug", "-R", "^connector_kafka_test$", "-V"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True,
                          env=os.environ | {"KAFKA_BROKERS": shared_kafka().address,
                                            "GTEST_FILTER": "*KafkaCluster*-*AServerThatIsAway*"})
    passed = re.search(r"\[  PASSED  \] ([1-9][0-9]*) tests", done.stdout)
    if done.returncode or not passed or "SKIPPED" in done.stdout:
        raise Failure(f"ctest ended with {done.returncode} (its program is built by `cmake --build "
                      "--preset debug --target connector_kafka_test`)\n"
                      + indent(done.stdout + done.stderr, "  "))


def invoices(folder, partitions):
    """Some hundred thousand rows, killed three times with -9: Delta, Parquet and CSV hold exactly the input."""
    kafka = shared_kafka()
    topic = f"invoices-{partitions}-{random.SystemRandom().randrange(1 << 32):08x}"
    csv = folder / "Fact_Invoice.csv"
    write_invoices(csv, ROWS, seed=partitions)
    create_topic(kafka.address, topic, partitions)
    sluice("produce", csv, "--brokers", kafka.address, "--topic", topic, "--key", "invoice_ID",
           cwd=folder).must_exit(0)

    job(folder)
    env = {"KAFKA_BROKERS": kafka.address, "DEMO_TOPIC": topic, "DEMO_DIR": folder}
    seed = random.SystemRandom().randrange(1 << 32)
    chance = random.Random(seed)
    arguments = ("run", "pipeline.yaml", "--available-now", "--progress", "json")
    for kill in range(KILLS):
        running = Running(*arguments, cwd=folder, env=env)
        running.wait_for(lambda out, err, n=chance.randint(1, 4): err.count('{"') and
                         sum(line.startswith("{") for line in err.splitlines()) >= n,
                         "there was a batch")
        time.sleep(chance.uniform(0, 0.3))
        killed = running.kill()
        if killed.exit != -signal.SIGKILL:
            raise Failure(f"seed {seed}: run {kill} ended before its kill\n"
                          + indent(killed.err, "  stderr| "))
    sluice(*arguments, cwd=folder, env=env).must_exit(0)
    try:
        check_invoices(folder, csv)
    except Failure as failure:
        raise Failure(f"seed {seed}: {failure}")


def check_invoices(folder, csv):
    verify = load(INVOICES / "verify.py")
    duck = tables.connection()
    duck.execute("SET preserve_insertion_order = false")
    verify.define_input(duck, csv)
    verify.define_landed(duck, folder)
    for table in ("delta", "parquet", "csv"):
        tables.expect_same_rows(duck, "FROM expected", f"FROM {table}", table)
    if not tables.define_table(duck, "totals", "delta", folder / "totals"):
        raise Failure("no table of totals")
    tables.expect_same_rows(duck, verify.TOTALS.format(table="expected"), "FROM totals", "totals")
    undecodable = verify.value(duck, "SELECT count(*) FROM input WHERE NOT decodes")
    letters = verify.value(duck, 'SELECT count(DISTINCT (partition, "offset")) FROM dead_letter')
    doubled = verify.value(duck, "SELECT count(*) FROM dead_letter") - letters
    if letters != undecodable or doubled:
        raise Failure(f"{undecodable} rows do not decode, but there are {letters} dead letters, "
                      f"{doubled} of them more than once")
    rows = verify.value(duck, "SELECT count(*) FROM expected")
    open_delta(folder / "delta", rows)


def open_delta(path, rows):
    try:
        load(ROOT / "test" / "interop" / "delta_reads.py").check_table(path, rows)
    except AssertionError as wrong:
        raise Failure(f"Delta table {path.name}: {wrong}")


def readers(folder):
    """Every type through Delta, Parquet and CSV, read by deltalake, pyarrow and DuckDB."""
    (folder / "in").mkdir()
    lines = [{"id": n, "amount": f"{n}.{n:012d}", "text": f'a "{n}", b\n' if n % 3 else None,
              "day": f"2024-02-{1 + n % 29:02d}", "moment": f"2024-02-29 12:{n % 60:02d}:00.000001",
              "instant": f"2024-02-29T12:{n % 60:02d}:00+02:00", "f": n / 7, "b": n % 2 == 0,
              "list": [n, None], "pair": {"x": n, "y": "z"}, "raw": "AAEC"} for n in range(1000)]
    (folder / "in" / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "pipeline.yaml").write_text(READERS)
    sluice("run", "pipeline.yaml", "--available-now", cwd=folder).must_exit(0)
    open_delta(folder / "delta", 1000)

    import pyarrow.compute as compute
    import pyarrow.dataset as dataset
    from decimal import Decimal

    expected = sum(Decimal(line["amount"]) for line in lines)
    files = tables.data_files(folder / "parquet", ".parquet")
    arrow = dataset.dataset(files).to_table()
    if arrow.num_rows != 1000 or compute.sum(arrow["amount"]).as_py() != expected:
        raise Failure(f"pyarrow reads {arrow.num_rows} rows, {compute.sum(arrow['amount'])}")
    types = {field.name: str(field.type) for field in arrow.schema}
    wanted = {"id": "int64", "amount": "decimal128(22, 12)", "day": "date32[day]",
              "moment": "timestamp[us]", "instant": "timestamp[us, tz=UTC]", "f": "double", "b": "bool"}
    if wrong := {name: types.get(name) for name in wanted if types.get(name) != wanted[name]}:
        raise Failure(f"Parquet columns have other types: {wrong}, wanted {wanted}")

    duck = tables.connection()
    for name in ("delta", "parquet", "csv"):
        tables.define_table(duck, name, name, folder / name)
    tables.expect_same_rows(duck, "FROM delta", "FROM parquet", "Parquet beside Delta")
    # CSV has texts only: cast back, it is the same.
    casts = ", ".join(f'CAST("{name}" AS {type_}) AS "{name}"'
                      for name, type_, *_ in duck.execute("DESCRIBE parquet").fetchall()
                      if name in ("id", "amount", "text", "day", "moment", "instant", "f", "b"))
    columns = 'id, amount, text, day, moment, instant, f, b'
    tables.expect_same_rows(duck, f"SELECT {columns} FROM parquet",
                            f"SELECT {columns} FROM (SELECT {casts} FROM csv)", "CSV cast back")


READERS = """\
name: readers
sources:
  lines:
    files: {path: in}
    format:
      json:
        schema: {id: BIGINT, amount: "DECIMAL(22,12)", text: VARCHAR, day: DATE, moment: TIMESTAMP,
                 instant: TIMESTAMPTZ, f: DOUBLE, b: BOOLEAN, list: "INTEGER[]",
                 pair: "STRUCT(x INTEGER, y VARCHAR)", raw: BLOB}
views:
  flat: SELECT id, amount, text, day, moment, instant, f, b FROM lines
sinks:
  delta: {from: lines, delta: {path: delta}}
  parquet: {from: lines, parquet: {path: parquet}}
  csv: {from: flat, csv: {path: csv}}
checkpoint: checkpoint
"""
