"""Each Nexmark query of examples/nexmark gives what plain DuckDB gives over the same events.

The events come from the example events.yaml, whose sources are the queries' own; qN.sql beside this
file is the query in plain DuckDB, over the tables person, auction, bid and side_input.
"""

import re
import signal
import tempfile
import threading
from pathlib import Path

import yaml

from support import tables
from support.case import Case, Failure, expect_equal
from support.program import ROOT, sluice

HERE = Path(__file__).resolve().parent
EXAMPLE = ROOT / "examples" / "nexmark"
STREAMS = ("person", "auction", "bid")
MAKING_EVENTS = threading.Lock()
MADE_EVENTS = []

# Where each query is killed, one run after the other: with a batch's results not yet in the state,
# with them there but not yet written out, and written out but not yet known to be.
CRASHES = ("engine.run:4", "engine.recorded:3", "engine.published_one:1")


def cases():
    for query in (f"q{number}" for number in range(23)):
        yield Case(f"nexmark/{query}", lambda folder, query=query: judge(query, folder))
    yield Case("nexmark/same_events", same_events)
    yield Case("nexmark/table", table)


def judge(query, folder):
    path = f"examples/nexmark/{query}.yaml"
    for crash in CRASHES:
        env = {"OUT": folder, "SLUICE_CRASH": crash}
        sluice("run", path, cwd=ROOT, env=env).must_exit(-signal.SIGKILL)
    # Nothing is new in the second run, so nothing may come a second time.
    for _ in range(2):
        sluice("run", path, cwd=ROOT, env={"OUT": folder}).must_exit(0)
        compare(query, folder)


def compare(query, folder):
    duck = tables.connection()
    for stream in STREAMS:
        tables.define_table(duck, stream, "parquet", events() / stream)
    duck.execute("CREATE VIEW side_input AS SELECT * FROM "
                 f"read_csv('{EXAMPLE / 'side_input.csv'}', header=true)")
    expected = (HERE / f"{query}.sql").read_text(encoding="utf-8")
    if duck.execute(f"SELECT count(*) FROM ({expected}\n)").fetchone()[0] == 0:
        raise Failure(f"{query}.sql has no rows, which shows nothing")
    if not tables.define_table(duck, "got", "parquet", folder / query):
        raise Failure(f"{query} has written nothing")
    tables.expect_same_rows(duck, expected + "\n", "SELECT * FROM got", query)


def events():
    """The folder of the events' Parquet files; made once a run of the tests, gone with it."""
    with MAKING_EVENTS:
        if not MADE_EVENTS:
            folder = tempfile.TemporaryDirectory(prefix="sluice-test-nexmark-")
            sluice("run", "examples/nexmark/events.yaml", cwd=ROOT,
                   env={"OUT": folder.name}).must_exit(0)
            MADE_EVENTS.append(folder)
    return Path(MADE_EVENTS[0].name)


def same_events(folder):
    """Every file has the sources and the three views of events.yaml, as far as it has them, and the
    first line by which editors find the schema."""
    every = yaml.safe_load((EXAMPLE / "events.yaml").read_text(encoding="utf-8"))
    for path in sorted(EXAMPLE.glob("q*.yaml")):
        text = path.read_text(encoding="utf-8")
        expect_equal("# yaml-language-server: $schema=../../sluice.schema.json",
                     text.splitlines()[0], f"{path.name}: first line")
        query = yaml.safe_load(text)
        for name, source in query["sources"].items():
            expect_equal(every["sources"][name], source, f"{path.name}: source {name}")
        for name in set(query["views"]) & set(every["views"]):
            expect_equal(every["views"][name], query["views"][name], f"{path.name}: view {name}")


def table(folder):
    """The README's table has every query with its mode, and says that it runs, as judge() has seen."""
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| \[(q\d+)\]\(q\d+\.yaml\) \|.*\| (\w+) \| (\w+) \|$", readme, re.M)
    is_so = []
    for path in EXAMPLE.glob("q*.yaml"):
        out = yaml.safe_load(path.read_text(encoding="utf-8"))["sinks"]["out"]
        is_so.append((path.stem, out.get("mode", "append"), "runs"))
    expect_equal(sorted(is_so), sorted(said), "examples/nexmark/README.md")
