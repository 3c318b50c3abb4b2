"""`sluice record`: what it writes passes at once, says what it has, and nothing else is written."""

import json
import re

import yaml

from loop.place import ORDERS, ROWS, ask, files_of, place
from loop.templates import NEED_A_SERVER
from support.broker import EmbeddedBroker, create_topic, produce
from support.case import Case, Failure, expect_equal
from support.program import ROOT, must_not_say, must_say, sluice
from support.shell import shell

TOPIC = """\
name: topic
sources:
  orders:
    kafka: {brokers: "${BROKERS}", topic: orders, group: recorders}
    format: {json: {schema: {id: BIGINT, shop: VARCHAR, amount: "DECIMAL(10,2)", ts: TIMESTAMP}}}
    metadata: [key, partition, offset, timestamp]
    watermark: {column: ts, delay: 1m}
  bytes: {kafka: {brokers: "${BROKERS}", topic: bytes}}
  typed:
    kafka: {brokers: "${BROKERS}", topic: typed}
    format: {avro: {schema_file: typed.avsc}}
views:
  placed: SELECT id, decode(key) AS customer, partition, "offset", timestamp AS written FROM orders
  minutes: SELECT window.start AS minute, count(*) AS n FROM orders GROUP BY window(ts, '1 minute')
  sizes: SELECT octet_length(value) AS n, hex(key) AS k FROM bytes
sinks:
  placed: {from: placed, delta: {path: out/placed}}
  minutes: {from: minutes, mode: append, parquet: {path: out/minutes}}
  sizes: {from: sizes, console: {}}
  typed: {from: typed, console: {}}
checkpoint: out/checkpoint
"""

JOINED = """\
name: joined
sources:
  orders: {csv: {path: in/*.csv, header: true, schema: {id: BIGINT, shop: VARCHAR, email: VARCHAR, born: DATE}}}
tables:
  shops: {csv: {path: shops.csv, header: true, schema: {shop: VARCHAR, town: VARCHAR, owner: VARCHAR}}}
views:
  named: SELECT id, town, email, born FROM orders JOIN shops USING (shop)
  mails: SELECT email, count(*) AS n FROM orders GROUP BY email
sinks:
  named: {from: named, console: {}}
  mails: {from: mails, mode: upsert, key: email, delta: {path: out/mails}}
trigger: available_now
checkpoint: out/checkpoint
"""


def cases():
    yield Case("record_files", of_files)
    yield Case("record_topics", of_topics)
    yield Case("record_from_end", from_end)
    yield Case("record_tables_and_masks", tables_and_masks)
    yield Case("record_columns", columns)
    yield Case("record_append", append)
    yield Case("record_limits", limits)
    yield Case("record_unstable", unstable)
    yield Case("record_refusals", refusals)
    for path in sorted((ROOT / "templates").iterdir()):
        if path.name not in NEED_A_SERVER:
            yield Case(f"record_{path.name}", lambda folder, path=path: template(folder, path))


def recorded(folder, *arguments, env=None, path="pipeline.test.yaml"):
    """The file that `sluice record` has written, after it has passed; and what was said."""
    said = ask(folder, "record", *arguments, env=env)
    must_say(sluice("test", path, cwd=folder, env=env).must_exit(0), " 0 failed")
    return yaml.safe_load((folder / path).read_text(encoding="utf-8")), said


def only(tests):
    expect_equal(1, len(tests["tests"]), "tests")
    return next(iter(tests["tests"].values()))


def rows(test, source):
    return [row for batch in test["batches"] for row in batch.get("rows", {}).get(source, [])]


def expected(test, sink):
    return [row for batch in test["batches"] for row in batch.get("expect", {}).get(sink) or []]


def of_files(folder):
    place(folder, more='{"id": "one"}\nno json\n')
    before = files_of(folder)
    scratch = folder.parent / (folder.name + "-scratch")
    scratch.mkdir()
    made, said = recorded(folder, env={"TMPDIR": scratch})
    must_say(said, "pipeline.test.yaml: recorded_2", "6 records of orders (2 not decoded)")
    after = files_of(folder)
    text = after.pop("pipeline.test.yaml").decode()
    expect_equal((before, []), (after, list(scratch.iterdir())), "nothing else is written")
    expect_equal("# Recorded from pipeline.yaml on ", text[:33], "where it is from")
    test = only(made)
    expect_equal(ROWS, rows(test, "orders")[:4], "rows by their columns")
    expect_equal([{"raw": '{"id": "one"}'}, {"raw": "no json"}], rows(test, "orders")[4:], "broken ones as they came")
    expect_equal({"minute": "2024-05-01 12:00:00", "orders": 1}, expected(test, "minutes")[0], "what the watermark has passed")
    letters = [row for batch in test["batches"] for row in batch.get("dead_letters", {}).get("orders", [])]
    expect_equal(["id", None], [row["column_name"] for row in letters], "dead letters")
    # A row a line, and each of the file's lines is one that a person could have written.
    expect_equal(6, len(re.findall(r"^ {12}- (?:\{id|raw)", text.split("        expect:")[0], re.M)), f"rows of the first batch in\n{text}")
    # What the pipeline does is held to.
    (folder / "pipeline.yaml").write_text(ORDERS.replace("sum(amount)", "sum(amount) + 1"), encoding="utf-8")
    must_say(sluice("test", "pipeline.yaml", cwd=folder).must_exit(1), "sink totals", "+ {shop: north, total: 12.75}")
    # And the pipeline itself begins as if nobody had looked.
    (folder / "pipeline.yaml").write_text(ORDERS, encoding="utf-8")
    must_say(sluice("run", "pipeline.yaml", cwd=folder).must_exit(0), "north")


def place_topics(folder, broker):
    import io

    import fastavro

    schema = {"type": "record", "name": "o", "fields": [{"name": "id", "type": "long"}, {"name": "name", "type": ["null", "string"]}]}
    (folder / "typed.avsc").write_text(json.dumps(schema))
    (folder / "pipeline.yaml").write_text(TOPIC)
    for topic in ("orders", "bytes", "typed"):
        create_topic(broker.address, topic, partitions=2)
    values = [json.dumps(dict(row, id=i)).encode() for i in range(10) for row in ROWS[:1]]
    values[3] = b'{"id": "three"'
    values[4] = b"\xff\x00{"
    values.append(json.dumps(dict(ROWS[0], id=77, ts="2024-05-01 13:00:00"), separators=(",", ":")).encode())
    produce(broker.address, "orders", values, partitions=2, key="Zoë".encode())
    produce(broker.address, "bytes", [b"\x00\xff", b"text", None], key=b"\xfe")
    typed = []
    for row in ({"id": 1, "name": "naïve"}, {"id": 2, "name": None}):
        bytes_ = io.BytesIO()
        fastavro.schemaless_writer(bytes_, schema, row)
        typed.append(bytes_.getvalue())
    produce(broker.address, "typed", [*typed, b"\x00"])


def of_topics(folder):
    broker = EmbeddedBroker(folder)
    try:
        place_topics(folder, broker)
        env = {"BROKERS": broker.address}
        made, said = recorded(folder, env=env)
        test = only(made)
        orders = rows(test, "orders")
        expect_equal(11, len(orders), "records of two partitions")
        expect_equal({0: list(range(6)), 1: list(range(5))},
                     {p: [row["offset"] for row in orders if row["partition"] == p] for p in (0, 1)}, "their offsets")
        expect_equal({"Zoë"}, {row["key"] for row in orders}, "their keys")
        first = next(row for row in orders if row["partition"] == 0)
        expect_equal("2023-11-14T22:13:20Z", re.sub(r"\.0+Z", "Z", first["timestamp"]), "when it was written")
        expect_equal(['{"id": "three"', "ff 00 7b"], sorted((row.get("raw") or row["hex"] for row in orders if "row" not in row), reverse=True),
                     "broken records")
        expect_equal([{"key": {"hex": "fe"}, "value": {"hex": "00ff"}}, {"key": {"hex": "fe"}, "value": "text"}, {"key": {"hex": "fe"}}],
                     [{name: row[name] for name in ("key", "value") if name in row} for row in rows(test, "bytes")], "bytes")
        expect_equal([{"id": 1, "name": "naïve"}, {"id": 2, "name": None}], rows(test, "typed")[:2], "Avro by its columns")
        if set(rows(test, "typed")[2]) - {"raw", "hex"}:
            raise Failure(f"no Avro: {rows(test, 'typed')[2]}")
        expect_equal([{"minute": "2024-05-01 12:00:00", "n": 8}], expected(test, "minutes"), "what the watermark makes final")
        expect_equal(8 + 1, len(expected(test, "placed")), "rows of a sink")
        # The broker is not asked by the test, and nobody has left anything there.
        expect_equal([], committed(broker.address), "offsets of the group")
        if (folder / "out").exists():
            raise Failure("something is written")
        must_not_say(said, "other rows from the live run")
    finally:
        broker.stop()
    must_say(sluice("test", "pipeline.test.yaml", cwd=folder).must_exit(0), "1 passed")


def committed(address):
    """The offsets that the pipeline's group has committed."""
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": address, "group.id": "recorders", "log_level": 0})
    try:
        partitions = [TopicPartition("orders", partition) for partition in range(2)]
        return [place.offset for place in consumer.committed(partitions, timeout=60) if place.offset >= 0]
    finally:
        consumer.close()


def from_end(folder):
    (folder / "pipeline.yaml").write_text(re.sub(r"  (?:bytes|typed|sizes):.*\n(?:    .*\n)*", "", TOPIC))
    broker = EmbeddedBroker(folder)
    try:
        create_topic(broker.address, "orders", partitions=2)
        produce(broker.address, "orders", [json.dumps(ROWS[0]).encode()])
        env = {"BROKERS": broker.address}
        said = ask(folder, "record", "--from", "end", "--timeout", "1s", env=env, code=2)
        must_say(said, "nothing has come in 1.00 s", "--timeout waits longer")
        expect_equal(["pipeline.yaml"], [name for name in files_of(folder) if name.endswith(".yaml")], "no file is written")
    finally:
        broker.stop()


def tables_and_masks(folder):
    (folder / "pipeline.yaml").write_text(JOINED, encoding="utf-8")
    (folder / "in").mkdir()
    (folder / "in" / "a.csv").write_text("id,shop,email,born\n1,north,zoe.moe@example.com,1990-02-03\n2,south,\"a \"\"b\"\"@x.org\",2001-12-31\n"
                                         "3,north,zoe.moe@example.com,\n4,nowhere,,1990-02-03\nx,y\n")
    (folder / "shops.csv").write_text("shop,town,owner\nnorth,Oslo,zoe.moe@example.com\nsouth,Kyiv,\n" +
                                      "".join(f"shop{i},town{i},\n" for i in range(300)))
    made, said = recorded(folder)
    must_say(said, "of table shops the test has 2 of 302 rows", "5 records of orders (1 not decoded)")
    test = only(made)
    expect_equal(["north", "south"], [row["shop"] for row in test["tables"]["shops"]], "rows that are needed")
    expect_equal(3, len(expected(test, "named")), "of a join")
    if any("__deletes" in row for row in expected(test, "mails")):
        raise Failure("nothing is deleted, and the test speaks of it")
    plain = (folder / "pipeline.test.yaml").read_text(encoding="utf-8")
    if "zoe.moe" not in plain:
        raise Failure(plain)
    masked = only(recorded(folder, "-o", "masked.test.yaml", "--mask", "email", "--mask", "born", "--mask", "owner", path="masked.test.yaml")[0])
    text = (folder / "masked.test.yaml").read_text(encoding="utf-8")
    expect_equal("pipeline.yaml", yaml.safe_load(text)["pipeline"], "the pipeline that it is of")
    for secret in ("zoe", "example", "1990-02-03", "2001-12-31"):
        if secret in text:
            raise Failure(f"{secret} is in\n{text}")
    mails = [row.get("email") for row in rows(masked, "orders")[:4]]
    if mails[0] != mails[2] or not re.fullmatch(r"[a-z]{3}\.[a-z]{3}@[a-z]{7}\.[a-z]{3}", mails[0]):
        raise Failure(f"not the same for the same, or of another shape: {mails}")
    expect_equal(mails[0], masked["tables"]["shops"][0].get("owner", mails[0]), "the same in a table")
    days = [str(row.get("born")) for row in rows(masked, "orders")[:4]]
    if days[0] != days[3] or not re.fullmatch(r"\d{4}-\d\d-\d\d", days[0]):
        raise Failure(f"no days: {days}")
    must_say(ask(folder, "record", "-o", "x.test.yaml", "--mask", "emial", code=2), "--mask emial: no record and no table has")


def columns(folder):
    """Parquet files and Delta tables have no bytes of a record: the test names their columns."""
    (folder / "in").mkdir()
    (folder / "make.yaml").write_text("""\
name: make
sources: {made: {generator: {rows: 50, columns: {id: {sequence: {start: 1}}, price: {uniform: {min: 1, max: 9, type: "DECIMAL(5,2)"}}}}}}
sinks:
  parquet: {from: made, parquet: {path: in/files}}
  delta: {from: made, delta: {path: in/table}}
trigger: available_now
checkpoint: in/checkpoint
""")
    sluice("run", "make.yaml", cwd=folder).must_exit(0)
    (folder / "pipeline.yaml").write_text("""\
name: columns
sources:
  files: {parquet: {path: in/files}}
  rows: {delta: {path: in/table}}
tables:
  prices: {delta: {path: in/table}}
views:
  cheap: SELECT id, price FROM files WHERE price < 9
  pairs: SELECT rows.id, prices.price FROM rows JOIN prices USING (id)
sinks:
  cheap: {from: cheap, console: {}}
  pairs: {from: pairs, console: {}}
trigger: available_now
checkpoint: out/checkpoint
""")
    made, said = recorded(folder, "--records", "5")
    must_say(said, "files had more: at most 5 of a batch", " of 50 rows: without the others the same comes")
    expect_equal({"id": "BIGINT", "price": "DECIMAL(5,2)"}, made["columns"]["files"], "columns")
    expect_equal(["files", "prices", "rows"], sorted(made["columns"]), "of which there are columns")
    # In how few tries the others are found is left open.
    needed = [row["id"] for row in only(made)["tables"]["prices"]]
    if needed[:5] != [1, 2, 3, 4, 5] or len(needed) > 15:
        raise Failure(f"rows of the table: {needed}")
    expect_equal(list(range(1, 6)), [row["id"] for row in rows(only(made), "files")][:5], "rows")
    expect_equal(5, len(expected(only(made), "pairs")), "rows of a join")


def append(folder):
    place(folder)
    recorded(folder, "--name", "first")
    first = (folder / "pipeline.test.yaml").read_text(encoding="utf-8")
    said = ask(folder, "record", code=2)
    must_say(said, "pipeline.test.yaml: is there already", "--append")
    must_say(ask(folder, "record", "--append", "--name", "first", code=2), "pipeline.test.yaml:", "there is a test 'first' already")
    expect_equal(first, (folder / "pipeline.test.yaml").read_text(encoding="utf-8"), "what is there stays")
    made, _ = recorded(folder, "--append", "--name", "with one record", "--batches", "1", "--records", "1")
    expect_equal(["first", "with one record"], list(made["tests"]), "both tests")
    expect_equal(1, len(rows(made["tests"]["with one record"], "orders")), "of one record")
    expect_equal(first, (folder / "pipeline.test.yaml").read_text(encoding="utf-8")[:len(first)], "as it was")
    made, _ = recorded(folder, "--append", "--sink", "good")
    made, _ = recorded(folder, "--append", "--sink", "totals")
    names = list(made["tests"])[2:]
    if len(set(names)) != 2 or not all(re.fullmatch(r"recorded_\d{4}_\d\d_\d\d(_2)?", name) for name in names):
        raise Failure(f"names: {names}")
    expect_equal([], expected(made["tests"][names[0]], "totals"), "a sink that was not asked for")
    # Files of people are not laid out as ours.
    (folder / "other.test.yaml").write_text("pipeline: pipeline.yaml\ntests: {a: {batches: [{expect: {}}]}}\n")
    must_say(ask(folder, "record", "--append", "-o", "other.test.yaml", code=2), "other.test.yaml:2:", "on lines of its own")
    (folder / "other.test.yaml").write_text("pipeline: another.yaml\ntests: {a: {batches: [{expect: {}}]}}\n")
    must_say(ask(folder, "record", "--append", "-o", "other.test.yaml", code=2), "has the tests of another.yaml")


def limits(folder):
    place(folder, rows=[dict(ROWS[0], id=i) for i in range(1000)])
    made, said = recorded(folder)
    must_say(said, "orders had more: at most 20 of a batch and 3 batches are taken", "60 records of orders")
    test = only(made)
    expect_equal([20, 20, 20], [len(batch["rows"]["orders"]) for batch in test["batches"] if "rows" in batch], "records of a batch")
    expect_equal(list(range(60)), [row["id"] for row in rows(test, "orders")], "in their order")
    made, said = recorded(folder, "--batches", "2", "--records", "7", "-o", "few.test.yaml", path="few.test.yaml")
    expect_equal(14, len(rows(only(made), "orders")), "records")


def unstable(folder):
    place(folder, ORDERS.replace("good: SELECT * FROM orders", "good: SELECT *, uuid() AS chance, 1 AS one FROM orders")
          .replace("totals: SELECT shop, sum(amount) AS total", "totals: SELECT shop, sum(amount) AS total, max(chance) AS chance"))
    made, said = recorded(folder)
    must_say(said, "of sink good is left out what is another each time that the test runs: chance",
             "of sink totals is left out what is another each time that the test runs: chance")
    expect_equal({"id", "shop", "amount", "ts", "one"}, {name for row in expected(only(made), "good") for name in row}, "columns that stay")


def refusals(folder):
    place(folder)
    must_say(ask(folder, "record", "--sink", "totls", code=2), "has no sink 'totls'", "did you mean 'totals'?")
    must_say(ask(folder, "record", "-o", "orders.yaml", code=2), "a file of tests is called NAME.test.yaml")
    must_say(ask(folder, "record", "--timeout", "soon", code=2), "--timeout soon: write a duration")
    must_say(ask(folder, "record", "--from", "end", code=2), "pipeline.yaml:4:", "source 'orders', json_lines, has no end")
    (folder / "pipeline.yaml").write_text(
        "name: piped\nsources:\n  lines:\n    stdin: {}\n    format: {text: {column: line}}\n"
        "sinks: {out: {from: lines, console: {}}}\ncheckpoint: out/checkpoint\n")
    must_say(ask(folder, "record", code=2), "pipeline.yaml:4:5: source 'lines' reads standard input")
    (folder / "pipeline.yaml").write_text(
        "name: registered\nsources:\n  orders:\n    kafka: {brokers: 'nowhere.invalid:9092', topic: orders}\n"
        "    format: {avro: {registry: 'http://nowhere.invalid:8081'}}\n"
        "sinks: {out: {from: orders, console: {}}}\ncheckpoint: out/checkpoint\n")
    said = sluice("record", "pipeline.yaml", cwd=folder)
    if said.exit == 0:
        raise Failure(said.shown())
    (folder / "pipeline.yaml").write_text(ORDERS.replace("in/*.jsonl", "empty/*.jsonl"))
    (folder / "empty").mkdir()
    must_say(ask(folder, "record", "--timeout", "500ms", code=2), "nothing has come")
    expect_equal([], [name for name in files_of(folder) if "test" in name], "nothing is written")


def template(folder, path):
    """Of each template, as it is: a test that passes, and that a changed pipeline does not pass."""
    sluice("init", path.name, "--to", "job", cwd=folder).must_exit(0)
    job = folder / "job"
    env = {"SLUICE_HOME": folder / "home"}
    (folder / "home").mkdir()
    readme = (job / "README.md").read_text(encoding="utf-8")
    broker = EmbeddedBroker(folder / "home") if "sluice broker &" in readme else None
    try:
        for line in re.findall(r"^    (sluice produce .*?)(?:  #.*)?$", readme, re.M):
            shell(line.strip(), job, env).must_exit(0)
        before = files_of(job)
        made, said = recorded(job, "-o", "new.test.yaml", env=env, path="new.test.yaml")
        after = files_of(job)
        del after["new.test.yaml"]
        expect_equal(before, after, "nothing else is written")
        must_not_say(said, "other rows from the live run", "left out")
        test = only(made)
        for sink in yaml.safe_load((job / "pipeline.yaml").read_text(encoding="utf-8"))["sinks"]:
            if not any(sink in batch.get("expect", {}) for batch in test["batches"]):
                raise Failure(f"nothing is expected of {sink}")
        # Without the rows that the sinks get, the test says so.
        pipeline = (job / "pipeline.yaml").read_text(encoding="utf-8")
        (job / "pipeline.yaml").write_text(no_rows(pipeline), encoding="utf-8")
        must_say(sluice("test", "new.test.yaml", cwd=job, env=env).must_exit(1), "FAILED", " 1 failed")
    finally:
        if broker:
            broker.stop()


def no_rows(pipeline):
    """The pipeline with a filter that lets nothing through, in each view that reads a source."""
    source = next(iter(yaml.safe_load(pipeline)["sources"]))
    head, views = pipeline.split("\nviews:\n")
    changed = re.sub(rf"\bFROM {source}\b", f"FROM {source} WHERE false", views)
    if changed == views:
        changed = re.sub(r"(\bFROM \w+)$", r"\1 WHERE false", views, count=1, flags=re.M)
    return head + "\nviews:\n" + changed
