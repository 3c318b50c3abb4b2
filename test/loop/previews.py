"""`sluice preview`."""

import json
import re
import time

from loop.place import ORDERS, ROWS, ask, files_of, place
from support.broker import EmbeddedBroker, create_topic, produce
from support.case import Case, Failure, expect_equal
from support.program import must_not_say, must_say, sluice

TOPIC = """\
name: topic
sources:
  orders:
    kafka: {brokers: "${BROKERS}", topic: orders, start: earliest, group: previewers}
    format: {json: {schema: {id: BIGINT}}}
sinks:
  out: {from: orders, delta: {path: out/orders}}
checkpoint: out/checkpoint
"""


def cases():
    yield Case("preview_sinks", sinks)
    yield Case("preview_view", view)
    yield Case("preview_formats", formats)
    yield Case("preview_leaves_nothing", leaves_nothing)
    yield Case("preview_undecoded", undecoded)
    yield Case("preview_limits", limits)
    yield Case("preview_topic", topic)
    yield Case("preview_generator", generator)
    yield Case("preview_refusals", refusals)
    yield Case("preview_tables", tables)


def json_rows(folder, *arguments, **more):
    return [json.loads(line) for line in ask(folder, "preview", "--format", "json", *arguments, **more).out.splitlines()]


def sinks(folder):
    said = ask(place(folder), "preview")
    must_say(said, "sink good, mode append from good", "sink totals, mode update from totals",
             "sink minutes, mode append from minutes", "|naïve 東|", "read 4 records of orders")
    # Nothing is final before the watermark has passed it: 12:02:04 less a minute.
    must_say(said, "|2024-05-01 12:00:00|     1|")
    must_not_say(said, "|2024-05-01 12:02:00|")


def view(folder):
    place(folder)
    expect_equal([{"shop": "naïve 東", "total": 7.0}, {"shop": "north", "total": 11.75}],
                 sorted(json_rows(folder, "--view", "totals"), key=lambda row: row["shop"]), "totals")
    must_say(ask(folder, "preview", "--view", "totals"), "view totals: what the rows read so far give")
    expect_equal([1, 3, 4], [row["id"] for row in json_rows(folder, "--view", "good")], "a stateless view")
    expect_equal([1, 2, 3, 4], [row["id"] for row in json_rows(folder, "--view", "orders")], "a source")
    expect_equal(3, len(json_rows(folder, "--view", "minutes")), "windows that are not final are seen")
    said = ask(folder, "preview", "--view", "good", "--view", "totals", "--view", "good").out
    expect_equal(["view good", "view totals: what the rows read so far give"],
                 [line for line in said.splitlines() if line.startswith("view")], "each once")


def formats(folder):
    place(folder)
    said = ask(folder, "preview", "--view", "good", "--format", "csv").out
    expect_equal("id,shop,amount,ts", said.splitlines()[0], "the header")
    expect_equal(4, len(said.splitlines()), "and the rows")
    must_say(ask(folder, "preview", "--format", "csv", code=2), "shows the rows of one", "--view NAME")
    said = ask(folder, "preview", "--view", "good", "--limit", "2").out
    must_say(ask(folder, "preview", "--view", "good", "--limit", "2"), "only showing top 2 rows")


def leaves_nothing(folder):
    place(folder)
    before = files_of(folder)
    scratch = folder.parent / (folder.name + "-scratch")
    scratch.mkdir()
    ask(folder, "preview", env={"TMPDIR": scratch})
    expect_equal(before, files_of(folder), "nothing is there that was not before")
    expect_equal([], list(scratch.iterdir()), "nor in the folder for temporary files")
    # A run begins as if nobody had looked, and a preview leaves its checkpoint as it is.
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    before = files_of(folder / "out")
    ask(folder, "preview")
    expect_equal(before, files_of(folder / "out"), "what the run has written")


def undecoded(folder):
    place(folder, more='{"id": "one"}\nno json\n')
    said = ask(folder, "preview", "--view", "orders")
    must_say(said, "does not decode: in/a.jsonl line=5 value={", "in/a.jsonl line=6 value=no json", "read 6 records of orders, 2 of them not decoded")
    expect_equal([], [path for path in folder.rglob("*") if "dead" in path.name], "they are written nowhere")


def limits(folder):
    rows = [dict(ROWS[0], id=i) for i in range(30_000)]
    place(folder, rows=rows)
    said = ask(folder, "preview", "--view", "totals", "--records", "5000")
    read = int(re.search(r"read ([\d,]+) records", said.err)[1].replace(",", ""))
    if not 1 <= read <= 5000:
        raise Failure(f"read {read} records")
    # Of a stateless view the first rows are enough.
    said = ask(folder, "preview", "--view", "good", "--limit", "3")
    read = int(re.search(r"read ([\d,]+) records", said.err)[1].replace(",", ""))
    if read > 10_000:
        raise Failure(f"read {read} records for three rows")


def topic(folder):
    (folder / "pipeline.yaml").write_text(TOPIC)
    broker = EmbeddedBroker(folder)
    try:
        create_topic(broker.address, "orders", partitions=2)
        env = {"BROKERS": broker.address}
        began = time.monotonic()
        said = ask(folder, "preview", "--timeout", "2s", env=env)
        must_say(said, "nothing has come in 2.00 s", "the time was up after 2s")
        if time.monotonic() - began > 60:
            raise Failure("2s are 2s")
        produce(broker.address, "orders", [json.dumps({"id": i}).encode() for i in range(50)], partitions=2)
        rows = json_rows(folder, "--view", "orders", "--limit", "50", env=env)
        expect_equal(list(range(50)), sorted(row["id"] for row in rows), "records of the topic")
        expect_equal([], committed(broker.address), "offsets of the group")
        if (folder / "out").exists():
            raise Failure("something is written")
        # A run does commit them, so that the line above can fail.
        sluice("run", "pipeline.yaml", "--available-now", cwd=folder, env=env).must_exit(0)
        expect_equal([25, 25], committed(broker.address), "offsets after a run")
    finally:
        broker.stop()


def committed(address):
    """The offsets that the pipeline's group has committed."""
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": address, "group.id": "previewers", "log_level": 0})
    try:
        partitions = [TopicPartition("orders", partition) for partition in range(2)]
        return [place.offset for place in consumer.committed(partitions, timeout=60) if place.offset >= 0]
    finally:
        consumer.close()


def generator(folder):
    (folder / "pipeline.yaml").write_text("""\
name: made
sources:
  made:
    generator: {rows_per_second: 200, columns: {id: {sequence: {start: 1}}}}
sinks:
  out: {from: made, console: {}}
checkpoint: out/checkpoint
""")
    # It has nothing at the instant of its start, and gives rows for ever.
    rows = json_rows(folder, "--limit", "30")
    expect_equal(list(range(1, 31)), [row["id"] for row in rows], "the first rows")


def refusals(folder):
    place(folder)
    must_say(ask(folder, "preview", "--view", "totls", code=2), "pipeline.yaml: has no source, view or sink 'totls'",
             "did you mean 'totals'?")
    must_say(ask(folder, "preview", "--timeout", "soon", code=2), "--timeout soon: write a duration")
    must_say(ask(folder, "preview", "--limit", "0", code=2), "--limit")
    (folder / "pipeline.yaml").write_text(ORDERS.replace("sum(amount)", "sum(amont)"))
    must_say(ask(folder, "preview", code=2), "pipeline.yaml:8:", "amont")
    (folder / "pipeline.yaml").write_text(ORDERS.replace("in/*.jsonl", "nowhere/*.jsonl"))
    said = sluice("preview", "pipeline.yaml", "--timeout", "1s", cwd=folder)
    if said.exit not in (0, 2):
        raise Failure(f"a folder that is not there: exit code {said.exit}\n{said.err}")


def tables(folder):
    place(folder, ORDERS.replace("views:\n", """\
tables:
  shops: {csv: {path: shops.csv, schema: {shop: VARCHAR, town: VARCHAR}}}
views:
  named: SELECT id, town FROM orders JOIN shops USING (shop)
"""))
    (folder / "shops.csv").write_text("shop,town\nnorth,Oslo\n")
    expect_equal([{"id": 1, "town": "Oslo"}, {"id": 3, "town": "Oslo"}], 
                 sorted(json_rows(folder, "--view", "named"), key=lambda row: row["id"]), "a join")
    must_say(ask(folder, "preview", "--view", "shops", code=2), "pipeline.yaml:7:3: 'shops' is a table", "sluice show")
