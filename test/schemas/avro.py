"""Avro over a real Kafka and a real schema registry, beside fastavro."""

import datetime
import io
import json
import random
import struct
import uuid

from schemas.avro_pairs import BY_SPECIFICATION, LONG, PAIRS, SPECIFIED, logical, record
from support import tables
from support.broker import create_topic, produce
from support.case import Case, Failure, expect_equal
from support.kafka import shared_kafka
from support.program import sluice
from support.schema_registry import shared_registry


def cases():
    yield Case("avro_evolution", evolution)
    yield Case("avro_files", files)
    yield Case("avro_poison", poison)
    yield Case("avro_sink", sink)
    yield Case("avro_sink_refused", sink_refused)


def new_name(stem):
    return f"{stem}-{random.SystemRandom().randrange(1 << 40):010x}"


def framed(number, body):
    return b"\0" + struct.pack(">i", number) + body


def encoded(schema, value):
    import fastavro

    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(json.loads(json.dumps(schema))), value)
    return out.getvalue()


def as_read(writer, reader, raw):
    """What fastavro's reader makes of it, or None where it refuses."""
    import fastavro

    try:
        return fastavro.schemaless_reader(io.BytesIO(raw), fastavro.parse_schema(json.loads(json.dumps(writer))),
                                          fastavro.parse_schema(json.loads(json.dumps(reader))))
    except Exception:  # each of its errors means the same here
        return None


def plain(value):
    """One spelling for what fastavro and Parquet's reader give."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(one, tuple) and len(one) == 2 for one in value):
            return {key: plain(one) for key, one in value}  # a map
        return [plain(one) for one in value]
    if isinstance(value, datetime.datetime) and value.tzinfo:
        return value.astimezone(datetime.timezone.utc)
    if isinstance(value, float):
        return struct.pack(">d", value).hex()
    return value


def rows_of(folder):
    import pyarrow.parquet

    rows = []
    for path in sorted(folder.glob("*.parquet")):
        rows += pyarrow.parquet.read_table(path).to_pylist()
    return rows


def spelled(rows):
    """Rows in an order of their own: maps and empty lists are one thing in Parquet's reader."""
    def text(value):
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key}: {text(one)}" for key, one in sorted(value.items())) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(text(one) for one in value) + "]" if value else "{}"
        return repr(value)

    return sorted(text(plain(row)) for row in rows)


def evolution(folder):
    kafka, registry = shared_kafka(), shared_registry()
    sources, sinks, expected = [], [], {}
    for name, (writer, reader, values) in {**PAIRS, **BY_SPECIFICATION}.items():
        topic = new_name(name)
        create_topic(kafka.address, topic)
        registry.set_compatibility(f"{topic}-value", "NONE")
        number = registry.add(f"{topic}-value", writer)
        raws = [encoded(writer, value) for value in values]
        produce(kafka.address, topic, [framed(number, raw) for raw in raws])
        read = [as_read(writer, reader, raw) for raw in raws]
        if name in SPECIFIED:
            read = SPECIFIED[name]
        expected[name] = ([row for row in read if row is not None], sum(row is None for row in read))
        (folder / f"{name}.avsc").write_text(json.dumps(reader))
        sources.append(f"  {name}:\n    kafka: {{brokers: '{kafka.address}', topic: {topic}, start: earliest}}\n"
                       f"    format: {{avro: {{registry: '{registry.url}', schema_file: {name}.avsc}}}}\n")
        sinks.append(f"  {name}: {{from: {name}, parquet: {{path: out/{name}}}}}\n")
    (folder / "pipeline.yaml").write_text(
        "name: evolution\nsources:\n" + "".join(sources) + "sinks:\n" + "".join(sinks) + "checkpoint: checkpoint\n")
    sluice("run", "pipeline.yaml", "--available-now", cwd=folder).must_exit(0)
    failures = []
    for name, (rows, rejected) in expected.items():
        got = spelled(rows_of(folder / "out" / name))
        lost = len(rows_of(folder / "checkpoint" / "dead_letter" / name))
        if got != spelled(rows) or lost != rejected:
            failures.append(f"{name}: expected {rejected} dead letters and\n  " + "\n  ".join(spelled(rows))
                            + f"\n got {lost} and\n  " + "\n  ".join(got))
    if failures:
        raise Failure("\n".join(failures))
    refused = sum(1 for rows, rejected in expected.values() if rejected)
    if refused < 5 or len(expected) - refused < 20:
        raise Failure("fastavro refuses too much or too little for this to be a test")


def dead_letters(folder, source):
    return [(row["value"], row["reason"], row["column_name"])
            for row in rows_of(folder / "checkpoint" / "dead_letter" / source)]


ORDER = record(("id", "long"), ("note", ["null", "string"]), ("price", "Money"), ("moment", logical("long", "timestamp-nanos")),
               ("lasts", "Span"), ("either", ["null", "string", "long"]), ("skipped", {"type": "array", "items": "Money"}),
               ("text", "string"), name="Order")
MONEY = {"type": "fixed", "name": "Money", "size": 8, "logicalType": "decimal", "precision": 12, "scale": 2}
SPAN = {"type": "fixed", "name": "Span", "size": 12, "logicalType": "duration"}
BARE = """\
name: bare
sources:
  typed:
    kafka: {{brokers: '{brokers}', topic: {topic}, start: earliest}}
    format: {{avro: {{schema_file: order.avsc, references: [money.avsc, span.avsc]}}}}
  declared:
    kafka: {{brokers: '{brokers}', topic: {topic}, start: earliest}}
    format:
      avro:
        schema_file: order.avsc
        references: [money.avsc, span.avsc]
        schema: {{id: INTEGER, price: "DECIMAL(20,4)", text: DATE, absent: VARCHAR}}
views:
  shown: SELECT * REPLACE (lasts::VARCHAR AS lasts) FROM typed
sinks:
  typed: {{from: shown, parquet: {{path: out/typed}}}}
  declared: {{from: declared, parquet: {{path: out/declared}}}}
checkpoint: checkpoint
"""


def files(folder):
    """Bare values of a schema in files: all columns of it, and columns that somebody has declared."""
    kafka = shared_kafka()
    topic = new_name("bare")
    create_topic(kafka.address, topic)
    for name, schema in (("order", ORDER), ("money", MONEY), ("span", SPAN)):
        (folder / f"{name}.avsc").write_text(json.dumps(schema))

    def order(number, branch, text):
        zigzag = encoded("long", number)
        money = (number * 100).to_bytes(8, "big", signed=True)
        nanos = encoded("long", -1 if number < 0 else number * 1_000_000_000 + 999)
        span = struct.pack("<III", 14, 3, 1500)
        return (zigzag + (b"\0" if number < 0 else b"\2" + encoded("string", LONG)) + money + nanos + span + branch
                + b"\2" + money + b"\0" + encoded("string", text))

    produce(kafka.address, topic, [order(7, b"\2" + encoded("string", LONG), "2024-02-29"),
                                   order(-7, b"\4" + encoded("long", 2**62), "1969-12-31"),
                                   order(0, b"\0", "no date"), order(2**31, b"\0", "2024-01-01")])
    (folder / "pipeline.yaml").write_text(BARE.format(brokers=kafka.address, topic=topic))
    sluice("run", "pipeline.yaml", "--available-now", cwd=folder).must_exit(0)
    duck = tables.connection()
    tables.define_table(duck, "typed", "parquet", folder / "out" / "typed")
    expect_equal(
        [f"7 | {LONG} | 7.00 | 7000000 | 1 year 2 months 3 days 00:00:01.5 | {{'member0': '{LONG}', 'member1': NULL}} | "
         "[7.00] | 2024-02-29",
         "-7 | NULL | -7.00 | -1 | 1 year 2 months 3 days 00:00:01.5 | {'member0': NULL, 'member1': "
         "4611686018427387904} | [-7.00] | 1969-12-31"],
        [" | ".join("NULL" if value is None else str(value) for value in row) for row in duck.execute(
            "SELECT id, note, price, epoch_us(moment), lasts, either::VARCHAR, skipped::VARCHAR, text FROM typed "
            "WHERE abs(id) = 7 ORDER BY id DESC").fetchall()],
        "columns of the schema")
    tables.define_table(duck, "declared", "parquet", folder / "out" / "declared")
    expect_equal(["(-7, Decimal('-7.0000'), datetime.date(1969, 12, 31), None)",
                  "(7, Decimal('7.0000'), datetime.date(2024, 2, 29), None)"],
                 [str(row) for row in duck.execute("SELECT * FROM declared ORDER BY id").fetchall()],
                 "declared columns")
    expect_equal([("number does not fit INTEGER", "id"), ("text is not a date (YYYY-MM-DD)", "text")],
                 sorted((reason, column) for _, reason, column in dead_letters(folder, "declared")), "dead letters")


POISON = record(("n", "int"), ("s", "string"), ("l", {"type": "array", "items": "long"}),
                ("m", {"type": "map", "values": "boolean"}), ("u", ["null", "double"]),
                ("e", {"type": "enum", "name": "E", "symbols": ["A", "B"]}), ("none", {"type": "array", "items": "null"}))


def poison(folder):
    """Every way to cut or bend a value: in = out + dead letters, byte for byte, whichever columns are asked for."""
    kafka, registry = shared_kafka(), shared_registry()
    topic = new_name("poison")
    create_topic(kafka.address, topic)
    number = registry.add(f"{topic}-value", POISON)
    other = registry.add(f"{topic}-other", 'syntax = "proto3"; message M { int32 n = 1; }', "PROTOBUF")
    value = {"n": 5, "s": LONG, "l": [1, -2**63, 2**63 - 1], "m": {"a": True, "b": False}, "u": 0.5, "e": "B",
             "none": [None] * 3}
    good = encoded(POISON, value)
    bad = [framed(number, good[:cut]) for cut in range(len(good))]
    bad += [framed(number, good + b"\0"), b"", b"\0", b"\1" + framed(number, good)[1:], framed(2**31 - 1, good),
            framed(-1, good), framed(other, good), good, b"not avro at all", bytes(range(256))]
    pieces = {"int": b"\x0a", "str": encoded("string", "x"), "list": b"\0", "map": b"\0", "null": b"\0", "e": b"\0",
              "none": b"\0"}

    def with_(**changed):
        return framed(number, b"".join({**pieces, **changed}.values()))

    huge = encoded("long", 2**62)
    bad += [with_(int=encoded("long", 2**40)), with_(int=b"\xff" * 10 + b"\1"), with_(int=b"\xff" * 9 + b"\2"),
            with_(str=b"\xff\xff\xff\xff\x0f"), with_(str=b"\1"), with_(str=b"\4\xff\xfe"), with_(list=huge + b"\2"),
            with_(list=b"\1\1\0"), with_(map=b"\2\2\xff\1\0"), with_(map=b"\2\2k\2\0"), with_(map=b"\4\2k\1\2k\0\0"),
            with_(null=b"\4"), with_(null=b"\1"), with_(e=b"\4"), with_(e=b"\1"), with_(none=huge),
            with_(none=encoded("long", 2_000_000) + b"\0"), None]
    # Blocks with their size in front are as good as others.
    fine = [framed(number, good), with_(), with_(list=b"\3\4\2\4\0"), with_(none=encoded("long", 1000) + b"\0")]
    messages = []
    for index, message in enumerate(bad):
        messages += [message, fine[index % len(fine)]]
    produce(kafka.address, topic, messages)
    columns = {"all": "n, s, l, m, u, e, none", "few": "n"}
    reasons = set()
    for name, wanted in columns.items():
        work = folder / name
        work.mkdir()
        tombstones = ", tombstones: rows" if name == "few" else ""
        (work / "pipeline.yaml").write_text(
            f"name: poison\nsources:\n  it:\n    kafka: {{brokers: '{kafka.address}', topic: {topic}, start: earliest}}\n"
            f"    format: {{avro: {{registry: '{registry.url}'{tombstones}}}}}\nviews:\n  seen: SELECT {wanted} FROM it\n"
            "sinks:\n  out: {from: seen, parquet: {path: out}}\ncheckpoint: checkpoint\n")
        result = sluice("run", "pipeline.yaml", "--available-now", cwd=work)
        result.must_exit(0)
        letters = dead_letters(work, "it")
        reasons |= {reason for _, reason, _ in letters}
        got = sorted(value if value is not None else b"?" for value, _, _ in letters)
        expected = sorted(message if message is not None else b"?" for message in bad)
        if name == "few":
            # A map's key that is there twice is wrong only where the map is read.
            expected.remove(with_(map=b"\4\2k\1\2k\0\0"))
            expected.remove(b"?")  # the tombstone
        expect_equal(len(messages) - len(expected), len(rows_of(work / "out")), f"{name}: rows")
        expect_equal([raw.hex() for raw in expected], [raw.hex() for raw in got], f"{name}: dead letters")
        if result.err.count(f"schema {other}:") != 1:
            raise Failure(f"the schema in another language must be warned of once\n{result.err}")
    for part in ("does not know", "cannot be used", "0 byte", "bytes left", "middle of a value", "branch", "UTF-8",
                 "too many elements", "no value"):
        if not any(part in reason for reason in reasons):
            raise Failure(f"no dead letter says '{part}': {sorted(reasons)}")


OUT = """\
name: {topic}
sources:
  made:
    generator:
      rows: 3000
      columns: {{i: {{sequence: {{start: -1500}}}}}}
views:
  typed: >
    SELECT i, i % 2 = 0 AS flag, i::TINYINT % 100 AS tiny, i::DOUBLE / 3 AS d, (i::REAL / 7)::REAL AS r,
           i::HUGEINT * 170141183460469231731687303715884105::HUGEINT AS huge, (i + 1500)::UBIGINT * 12297829382473 AS big,
           (i::DECIMAL(18,3) / 8)::DECIMAL(18,3) AS price, 'grüße ' || i AS s, encode('b' || i) AS b,
           DATE '1970-01-01' + i::INTEGER AS day, TIME '12:00:00' + to_microseconds(i + 2000) AS t,
           TIMESTAMP '2024-01-01 00:00:00' + to_microseconds(i) AS local,
           TIMESTAMPTZ '1969-12-31 23:59:59+00' + to_microseconds(i * 1001) AS at,
           ('00000000-0000-0000-0000-' || lpad(((i + 1500) * 1234567)::VARCHAR, 12, '0'))::UUID AS u,
           {{'x': i, 'y': {{'z': 's' || i}}}} AS st, [i, NULL, -i] AS l, MAP {{'k' || i: i / 2}} AS m,
           CASE WHEN i % 3 = 0 THEN i END AS maybe, CASE WHEN i % 5 = 0 THEN [{{'a': i}}] END AS rows_in
    FROM made WHERE i BETWEEN -100 AND 100
  stored: SELECT * REPLACE (huge::DECIMAL(38,0) AS huge, big::DECIMAL(38,0) AS big) FROM typed
sinks:
  plain: {{from: stored, parquet: {{path: out}}}}
  out:
    from: typed
    kafka: {{brokers: '{brokers}', topic: {topic}, create_partitions: 1, value: {{avro: {{registry: '{registry}'}}}}}}
checkpoint: checkpoint
"""
BACK = """\
name: back
sources:
  it:
    kafka: {{brokers: '{brokers}', topic: {topic}, start: earliest}}
    format: {{avro: {{registry: '{registry}'}}}}
sinks:
  out: {{from: it, parquet: {{path: back}}}}
checkpoint: checkpoint_back
"""


def values_of(address, topic):
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": address, "group.id": "witness", "enable.partition.eof": True,
                         "isolation.level": "read_committed", "log_level": 0})
    consumer.assign([TopicPartition(topic, 0, 0)])
    values = []
    while True:
        message = consumer.poll(30)
        if message is None:
            raise Failure(f"{topic}: nothing comes")
        if message.error():
            break
        values.append(message.value())
    consumer.close()
    return values


def sink(folder):
    """All types out; fastavro reads them by the registry's schema, and so does a pipeline."""
    import fastavro

    kafka, registry = shared_kafka(), shared_registry()
    topic = new_name("typed")
    (folder / "pipeline.yaml").write_text(OUT.format(topic=topic, brokers=kafka.address, registry=registry.url))
    sluice("run", "pipeline.yaml", "--available-now", cwd=folder).must_exit(0)
    latest = registry.ask(f"/subjects/{topic}-value/versions/latest")
    schema = fastavro.parse_schema(json.loads(latest["schema"]))
    rows = []
    for value in values_of(kafka.address, topic):
        expect_equal(framed(latest["id"], b""), value[:5], "the header")
        rows.append(fastavro.schemaless_reader(io.BytesIO(value[5:]), schema))
    written = rows_of(folder / "out")
    expect_equal(201, len(rows), "records")
    for row in written:
        row["u"] = row["u"] if isinstance(row["u"], uuid.UUID) else uuid.UUID(bytes=row["u"])
    expect_equal(spelled(written), spelled(rows), "what fastavro reads")
    (folder / "back.yaml").write_text(BACK.format(topic=topic, brokers=kafka.address, registry=registry.url))
    # decimal(39,0) fits no column by itself.
    refused = sluice("run", "back.yaml", "--available-now", cwd=folder)
    refused.must_exit(2)
    if "huge: a decimal of 39 digits" not in refused.err:
        raise Failure(refused.err)
    duck = tables.connection()
    tables.define_table(duck, "plain", "parquet", folder / "out")
    declared = ", ".join(f'{name}: "{kind}"' for name, kind, *_ in duck.execute("DESCRIBE plain").fetchall())
    text = (folder / "back.yaml").read_text()
    (folder / "back.yaml").write_text(text.replace("registry:", f"schema: {{{declared}}}, registry:"))
    sluice("run", "back.yaml", "--available-now", cwd=folder).must_exit(0)
    tables.define_table(duck, "back", "parquet", folder / "back")
    tables.expect_same_rows(duck, "SELECT * FROM plain", "SELECT * FROM back", "read back")


FIXED_SCHEMA = record(("id", "long"), ("name", "string"), ("level", {"type": "enum", "name": "L", "symbols": ["low", "high"]},),
                      ("more", ["null", "string"], {"default": None}), name="Fixed")
REFUSED = """\
name: {topic}
sources:
  made: {{json_lines: {{path: in, schema: {{id: BIGINT, name: VARCHAR, level: VARCHAR}}}}}}
views:
  rows: SELECT {select} FROM made
sinks:
  out: {{from: rows, kafka: {{brokers: '{brokers}', topic: {topic}, create_partitions: 1, value: {{avro: {{{options}}}}}}}}}
checkpoint: checkpoint
"""


def sink_refused(folder):
    """What the schema, or the registry, does not take: by name, and nothing is sent."""
    kafka, registry = shared_kafka(), shared_registry()
    (folder / "fixed.avsc").write_text(json.dumps(FIXED_SCHEMA))
    (folder / "in").mkdir()
    topic = new_name("refused")
    registry.set_compatibility(f"{topic}-value", "BACKWARD")

    def run(select, options, *parts, exit=2, line='{"id": 1, "name": "a", "level": "low"}'):
        (folder / "in" / "a.jsonl").write_text(line + "\n")
        (folder / "pipeline.yaml").write_text(REFUSED.format(topic=topic, brokers=kafka.address, select=select,
                                                             options=options))
        result = sluice("run", "pipeline.yaml", "--available-now", cwd=folder)
        result.must_exit(exit)
        for part in parts:
            if part not in result.err:
                raise Failure(f"the error does not say '{part}':\n{result.err}")

    file = "schema_file: fixed.avsc"
    run("id, level", file, "pipeline.yaml:7:", "'name'", "no such column")
    run("*, 1 AS extra", file, "no field for column 'extra'")
    run("id::VARCHAR AS id, name, level", file, "column 'id' is a VARCHAR")
    run("id AS \"the id\"", "", "'the id' has no name that Avro takes")
    run("*", file, "E_VALUE_DOES_NOT_FIT", "column 'name'", "NULL", line='{"id": 1, "level": "low"}')
    run("*", file, "E_VALUE_DOES_NOT_FIT", "'none'", "symbols", line='{"id": 1, "name": "a", "level": "none"}')
    run("*", f"registry: '{registry.url}', register: false", "does not have the schema")
    run("*", f"registry: '{registry.url}/wrong'", "schema registry")
    if values_of(kafka.address, topic):
        raise Failure("something was sent")
    # A schema that is there, then one that its readers could not read.
    registry.add(f"{topic}-value", {**record(("id", "string"), name=topic.replace("-", "_"))})
    run("*", f"registry: '{registry.url}'", "409")
