"""The examples do what they say; the demo is run as `make demo` runs it."""

import re
import shutil
import subprocess
from pathlib import Path

from examples import aggregating_table, flights, from_http, from_kafka, machine_learning, on_s3, sensors
from nexmark import queries
from support import tables
from support.broker import EmbeddedBroker
from support.case import Case, Failure, expect_equal
from support.program import PROGRAM, ROOT, environment, indent, sluice, text

EXAMPLES = ROOT / "examples"


def cases():
    for path in sorted(EXAMPLES.glob("*/pipeline.yaml")):
        if "    cassandra:" in path.read_text(encoding="utf-8"):
            continue  # asks the server for its columns: suite cql checks it
        yield Case(f"check/{path.parent.name}", lambda folder, path=path: check(path))
    yield Case("schema", schema)
    yield Case("generator", generator)
    yield Case("csv_to_parquet", csv_to_parquet)
    yield Case("windows", windows)
    yield Case("shell_pipe", shell_pipe)
    yield Case("demo", demo)
    yield Case("readme", readme)
    yield from aggregating_table.cases()
    yield from from_http.cases()
    yield from from_kafka.cases()
    yield from machine_learning.cases()
    yield from on_s3.cases()
    yield from flights.cases()
    yield from sensors.cases()
    yield from queries.cases()


def check(path):
    sluice("check", path.relative_to(ROOT), cwd=ROOT).must_exit(0)
    first = path.read_text(encoding="utf-8").splitlines()[0]
    expect_equal("# yaml-language-server: $schema=../../sluice.schema.json", first,
                 "editors find the schema by the first line")


def schema(folder):
    """The file that editors read is the program's own."""
    printed = sluice("schema", cwd=folder).must_exit(0).out
    if printed != (ROOT / "sluice.schema.json").read_text(encoding="utf-8"):
        raise Failure("sluice.schema.json is old: build/sluice schema > sluice.schema.json")


def generator(folder):
    done = sluice("run", "examples/generator/pipeline.yaml", cwd=ROOT,
                  env={"OUT": folder}).must_exit(0)
    rows = [line.strip("|").split("|") for line in done.out.splitlines() if line.startswith("|")]
    expect_equal(["harbour", "north", "south"], [row[0].strip() for row in rows[1:]], "shops")
    expect_equal(10_000, sum(int(row[1]) for row in rows[1:]), "orders")
    # Seeded: a second run makes the same rows.
    again = sluice("run", "examples/generator/pipeline.yaml", cwd=ROOT,
                   env={"OUT": folder / "again"}).must_exit(0)
    expect_equal(done.out, again.out, "the same seed")


def windows(folder):
    """Minutes that are over are written once, with all their clicks; so are visits."""
    sluice("run", "examples/windows/pipeline.yaml", cwd=ROOT, env={"OUT": folder}).must_exit(0)
    duck = tables.connection()
    minutes = f"'{folder}/minutes/*.parquet'"
    found = duck.execute(f"SELECT count(DISTINCT minute), count(*) FROM {minutes} WHERE minute > "
                         f"(SELECT min(minute) FROM {minutes})").fetchone()
    # 100,000 clicks in 5,000 seconds; of the last two minutes rows may still have come.
    if found[0] < 80 or found[1] != 3 * found[0]:
        raise Failure(f"minutes: {found}")
    visits = duck.execute(f"SELECT count(*), count(*) = count(DISTINCT (visitor, came)) "
                          f"FROM '{folder}/visits/*.parquet'").fetchone()
    if visits[0] == 0 or not visits[1]:
        raise Failure(f"visits: {visits}")


def shell_pipe(folder):
    """Both inputs of two runs; the second run's totals go on from the first one's."""
    lines = (EXAMPLES / "message_types" / "messages.jsonl").read_bytes()
    types = re.findall(rb'^{"type": "(\w+)"', lines, re.M)
    for run in (1, 2):
        done = sluice("run", "examples/shell_pipe/pipeline.yaml", cwd=ROOT, feed=lines,
                      env={"OUT": folder}).must_exit(0)
        last = done.out[done.out.rindex("Batch:"):]
        shown = dict(re.findall(r"^\| *(\w+)\| *(\d+)\|", last, re.M))
        expect_equal({kind.decode(): str(run * types.count(kind)) for kind in types}, shown, "totals")
    got = tables.rows_as_text(tables.connection(), f"SELECT count(*) FROM '{folder}/messages/*.parquet'")
    expect_equal([[str(2 * len(types))]], got, "rows in Parquet")


def csv_to_parquet(folder):
    example = EXAMPLES / "csv_to_parquet"
    shutil.copytree(example / "readings", folder / "readings")
    for _ in range(2):
        sluice("run", example / "pipeline.yaml", cwd=folder,
               env={"OUT": folder / "out", "IN": folder / "readings"}).must_exit(0)
    duck = tables.connection()
    tables.define_table(duck, "t", "parquet", folder / "out" / "readings")
    got = tables.rows_as_text(duck, "SELECT day, count(*), sum(celsius) FROM t GROUP BY day")
    expect_equal([["2024-02-28", "3", "15.5"], ["2024-02-29", "2", "2.4"]], got, "readings a day")


def readme(folder):
    """The pipeline on the README's first screen, as it is there."""
    pipeline = re.search(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)[1]
    (folder / "pipeline.yaml").write_text(pipeline, encoding="utf-8")
    (folder / "in.jsonl").write_text('{"SellerID": 1, "TotalSales": 0.100000000001}\n'
                                     '{"SellerID": 1, "TotalSales": 0.2}\n', encoding="utf-8")
    broker = EmbeddedBroker(folder)
    try:
        sluice("produce", "in.jsonl", "--topic", "invoices", cwd=folder,
               env=broker.env).must_exit(0)
        done = sluice("run", "pipeline.yaml", "--available-now", cwd=folder,
                      env=broker.env).must_exit(0)
    finally:
        broker.stop()
    expect_equal(True, "|       1|0.300000000001|" in done.out, "the total in\n" + done.out)
    duck = tables.connection()
    tables.define_table(duck, "t", "delta", folder / "out" / "bronze")
    expect_equal([["2"]], tables.rows_as_text(duck, "SELECT count(*) FROM t"), "rows in Delta")


def demo(folder):
    """Twice: it can be run again at once."""
    for _ in range(2):
        done = subprocess.run([ROOT / "tools" / "demo.sh"], capture_output=True, cwd=folder,
                              stdin=subprocess.DEVNULL,
                              env=environment(DEMO_DIR=folder / "demo", SLUICE_BIN=PROGRAM))
        out = text(done.stdout)
        if done.returncode or out.count("equal, row by row") != 3:
            raise Failure(f"tools/demo.sh ended with {done.returncode}\n" + indent(out, "  ")
                          + "\n" + indent(text(done.stderr), "  stderr| "))
    if left := processes_with(f"DEMO_DIR={folder}/demo"):
        raise Failure(f"the demo left processes behind: {left}")


def processes_with(variable):
    """Process ids whose environment has the variable."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if variable.encode() in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
        except OSError:
            pass  # it has ended, or is somebody else's
    return found
