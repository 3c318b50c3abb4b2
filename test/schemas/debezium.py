"""Changes of a database's rows in Debezium's envelopes, over a real Kafka, into a Delta table by key."""

import json
import random

from schemas.avro import dead_letters, encoded, framed, new_name, record
from support import tables
from support.broker import create_topic, produce
from support.case import Case, Failure, expect_equal
from support.kafka import shared_kafka
from support.program import sluice
from support.schema_registry import shared_registry


def cases():
    yield Case("debezium_json", lambda folder: follow(folder, plain))
    yield Case("debezium_json_with_schema", lambda folder: follow(folder, with_schema))
    yield Case("debezium_avro", lambda folder: follow(folder, None))
    yield Case("debezium_images", images)


PIPELINE = """\
name: follow
sources:
  changes:
    kafka: {{brokers: '{brokers}', topic: {topic}, start: earliest, max_records_per_trigger: 200}}
    format: {{debezium: {{{options}}}}}
    metadata: {{_offset: offset, _op: op, _at: ts_ms}}
sinks:
  customers:
    from: changes
    mode: upsert
    key: [id]
    order_by: [_offset]
    delete_when: _op = 'd'
    leave_out: [_offset, _op, _at]
    delta: {{path: customers}}
checkpoint: checkpoint
"""
SCHEMA = 'schema: {id: BIGINT, name: VARCHAR, balance: "DECIMAL(12,2)", tags: "VARCHAR[]"}'
ROW = record(("id", "long"), ("name", ["null", "string"], {"default": None}),
             ("balance", {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}),
             ("tags", {"type": "array", "items": "string"}), name="Value")
ENVELOPE = record(("before", ["null", ROW]), ("after", ["null", "Value"]),
                  ("source", record(("lsn", ["null", "long"]), ("table", "string"), name="Source")),
                  ("op", "string"), ("ts_ms", ["null", "long"]), name="Envelope")


def envelope(op, before, after, at):
    return {"before": before, "after": after, "source": {"lsn": at, "table": "customers"}, "op": op, "ts_ms": at}


def as_json(row):
    return None if row is None else {**row, "balance": str(row["balance"])}


def plain(change):
    return json.dumps({**change, "before": as_json(change["before"]), "after": as_json(change["after"])}).encode()


def with_schema(change):
    return b'{"schema": {"type": "struct", "fields": [{"field": "op"}], "after": 1}, "payload": ' + plain(change) + b"}"


def history(chance):
    """(key, change or None: a tombstone) of some hundred changes, and the table that they leave."""
    from decimal import Decimal

    table, messages = {}, []

    def row(id):
        return {"id": id, "name": chance.choice([None, "größer als zwölf Bytes", "a"]),
                "balance": Decimal(chance.randrange(-10**9, 10**9)).scaleb(-2),
                "tags": [f"tag {n}" for n in range(chance.randrange(3))]}

    for at in range(1500):
        id = chance.randrange(60)
        before = table.get(id)
        if before is None:
            table[id] = row(id)
            messages.append((id, envelope("r" if at < 60 else "c", None, table[id], at)))
        elif chance.random() < 0.4:
            del table[id]
            messages += [(id, envelope("d", before, None, at)), (id, None)]
        else:
            table[id] = row(id)
            messages.append((id, envelope("u", before if at % 2 else None, table[id], at)))
    return messages, table


def follow(folder, spell):
    """`spell`: of a change in JSON; None: in Avro."""
    kafka = shared_kafka()
    topic = new_name("customers")
    create_topic(kafka.address, topic, 1)
    options = SCHEMA
    number = None
    if spell is None:
        registry = shared_registry()
        number = registry.add(f"{topic}-value", ENVELOPE)
        options = f"value: avro, registry: '{registry.url}'"
    messages, table = history(random.Random(3))

    def raw(change):
        if change is None:
            return None
        return spell(change) if spell else framed(number, encoded(ENVELOPE, change))

    truncate = envelope("t", None, None, 7)
    rubbish = [raw(truncate), b"rubbish", b"{}", b'{"payload": null}', b'{"op": 1}', b""]
    values = [raw(change) for _, change in messages]
    for place, value in enumerate(rubbish):
        values.insert(100 * place + 50, value)
    produce(kafka.address, topic, values)
    (folder / "pipeline.yaml").write_text(PIPELINE.format(brokers=kafka.address, topic=topic, options=options))
    for crash in ("engine.staged:2", "engine.committed:3", "delta.committed:2", None):
        result = sluice("run", "pipeline.yaml", "--available-now", cwd=folder,
                        env={"SLUICE_CRASH": crash} if crash else {})
        if crash is None:
            result.must_exit(0)
    duck = tables.connection()
    tables.define_table(duck, "customers", "delta", folder / "customers")
    got = duck.execute("SELECT id, name, balance, tags FROM customers ORDER BY id").fetchall()
    expect_equal([str(tuple(table[id].values())) for id in sorted(table)], [str(row) for row in got], "the table")
    letters = dead_letters(folder, "changes")
    expect_equal(sorted(rubbish), sorted(value for value, _, _ in letters), "dead letters")
    if not any("truncate" in reason for value, reason, _ in letters if value == rubbish[0]):
        raise Failure(f"a truncate is not named: {letters}")


def images(folder):
    """The rows before and after each change, and where changes that have none go."""
    kafka = shared_kafka()
    topic = new_name("images")
    create_topic(kafka.address, topic, 1)
    changes = [envelope("c", None, {"id": 1, "name": "a", "balance": 1, "tags": []}, 1),
               envelope("u", {"id": 1, "name": "a", "balance": 1, "tags": []},
                        {"id": 1, "name": "b", "balance": 2, "tags": []}, 2),
               envelope("d", {"id": 1, "name": "b", "balance": 2, "tags": []}, None, 3)]
    produce(kafka.address, topic, [plain(change) for change in changes] + [None])
    for image, names in (("row", ["c a 1", "u b 2", "d b 3"]), ("after", ["c a 1", "u b 2"]),
                         ("before", ["u a 2", "d b 3"])):
        work = folder / image
        work.mkdir()
        (work / "pipeline.yaml").write_text(
            f"name: images\nsources:\n  it:\n    kafka: {{brokers: '{kafka.address}', topic: {topic}, start: earliest}}\n"
            f"    format: {{debezium: {{image: {image}, schema: {{id: BIGINT, name: VARCHAR}}}}}}\n"
            "    metadata: [offset, op, ts_ms, source]\n"
            "sinks:\n  out: {from: it, parquet: {path: out}}\ncheckpoint: checkpoint\n")
        sluice("run", "pipeline.yaml", "--available-now", cwd=work).must_exit(0)
        duck = tables.connection()
        tables.define_table(duck, "got", "parquet", work / "out")
        rows = duck.execute("SELECT op || ' ' || name || ' ' || ts_ms, source::VARCHAR FROM got ORDER BY \"offset\"").fetchall()
        expect_equal(names, [row[0] for row in rows], image)
        if '"table": "customers"' not in rows[0][1]:
            raise Failure(f"source is {rows[0][1]}")
        expect_equal(3 - len(names), len(dead_letters(work, "it")), f"{image}: dead letters")
