"""`sluice produce` and `sluice consume` with Avro and Protobuf: what one writes an independent reader reads, and what an
independent writer writes the other shows."""

import base64
import datetime
import decimal
import io
import json
import random
import struct
import uuid

from schemas.avro import encoded, framed, logical, new_name, record, values_of
from schemas.protobuf import as_python, compiled
from support.broker import create_topic, produce
from support.case import Case, Failure, expect_equal
from support.kafka import shared_kafka
from support.program import sluice
from support.schema_registry import shared_registry


def cases():
    yield Case("produced_avro", avro)
    yield Case("produced_protobuf", protobuf)
    yield Case("produced_newest", newest)
    yield Case("produced_refused", refused)


FIXED = {"type": "fixed", "name": "F", "size": 3}
MONEY = {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 2}
LEVEL = {"type": "enum", "name": "Level", "symbols": ["LOW", "HIGH"]}
AVRO = record(
    ("id", "long"), ("small", "int"), ("flag", "boolean"), ("ratio", "double"), ("text", "string"),
    ("maybe", ["null", "string"]), ("raw", "bytes"), ("three", FIXED), ("level", LEVEL), ("price", MONEY),
    ("day", logical("int", "date")), ("clock", logical("long", "time-micros")),
    ("at", logical("long", "timestamp-micros")), ("local", logical("long", "local-timestamp-micros")),
    ("key", logical("string", "uuid")), ("list", {"type": "array", "items": ["null", "long"]}),
    ("map", {"type": "map", "values": "string"}), ("part", record(("a", "int"), ("b", ["null", "double"]), name="Part")),
    ("either", ["null", "string", "long"]), name="Made")
TEXTS = ["", "x", "größer als zwölf Bytes, 東京 😀", "a \"quoted\" text\nof two lines\\"]


def avro_row(chance):
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=chance.randrange(-10**15, 4 * 10**15))
    return {
        "id": chance.choice([0, 1, -1, 2**53 + 1, 2**63 - 1, -2**63]), "small": chance.randrange(-2**31, 2**31),
        "flag": chance.random() < 0.5, "ratio": chance.choice([0.0, 0.1, -1e300, 2.5e-308]),
        "text": chance.choice(TEXTS), "maybe": chance.choice([None, *TEXTS]),
        "raw": chance.randbytes(chance.randrange(5)), "three": chance.randbytes(3), "level": chance.choice(["LOW", "HIGH"]),
        "price": decimal.Decimal(chance.randrange(-10**20 + 1, 10**20)).scaleb(-2),
        "day": (moment + datetime.timedelta(days=1)).date(), "clock": moment.time(),
        "at": moment.replace(tzinfo=datetime.timezone.utc), "local": moment,
        "key": uuid.UUID(int=chance.randrange(2**128)), "list": [chance.choice([None, 7, -8]) for _ in range(chance.randrange(3))],
        "map": {f"key {key}": chance.choice(TEXTS) for key in range(chance.randrange(3))},
        "part": {"a": chance.randrange(9), "b": chance.choice([None, 0.5])},
        "either": chance.choice([None, "text", 2**40])}


def as_json(value, name=""):
    """As consume prints it, and as produce reads it."""
    if name == "either" and value is not None:
        is_text = isinstance(value, str)
        return {"member0": value if is_text else None, "member1": None if is_text else value}
    if isinstance(value, dict):
        return {key: as_json(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [as_json(one) for one in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        text = value.replace(tzinfo=None).isoformat(sep=" ")
        return text.rstrip("0") if "." in text else text
    if isinstance(value, datetime.time):
        text = value.isoformat()
        return text.rstrip("0") if "." in text else text
    if isinstance(value, (datetime.date, uuid.UUID)):
        return str(value)
    return value


class Digits(json.JSONEncoder):
    """Decimals digit by digit."""

    def iterencode(self, o, _one_shot=False):
        marked = {}

        def mark(value):
            if isinstance(value, decimal.Decimal):
                marked[f'"<{len(marked)}>"'] = f"{value:f}"
                return f"<{len(marked) - 1}>"
            if isinstance(value, dict):
                return {key: mark(one) for key, one in value.items()}
            return [mark(one) for one in value] if isinstance(value, list) else value

        text = "".join(super().iterencode(mark(o), _one_shot))
        for sign, digits in marked.items():
            text = text.replace(sign, digits)
        yield text


def lines_of(rows):
    return "".join(json.dumps(as_json(row), cls=Digits, ensure_ascii=False) + "\n" for row in rows)


def parsed(text):
    return [json.loads(line, parse_float=decimal.Decimal) for line in text.splitlines()]


def expect_lines(rows, text, what):
    expect_equal(len(rows), len(text.splitlines()), f"{what}: lines")
    for expected, got in zip(parsed(lines_of(rows)), parsed(text)):
        expect_equal(expected, got, what)


def read_avro(schema, raw):
    import fastavro

    return fastavro.schemaless_reader(io.BytesIO(raw), fastavro.parse_schema(json.loads(json.dumps(schema))))


def avro(folder):
    """Files, CSV and pipes out, bare and by the registry; fastavro's records in."""
    kafka, registry, chance = shared_kafka(), shared_registry(), random.Random(7)
    env = {"KAFKA_BROKERS": kafka.address}
    rows = [avro_row(chance) for _ in range(2500)]
    (folder / "made.avsc").write_text(json.dumps(AVRO))
    (folder / "made.jsonl").write_text(lines_of(rows), encoding="utf-8")

    bare = new_name("bare")
    sluice("produce", "--topic", bare, "--format", "avro", "--schema", "made.avsc", "--key", "id", cwd=folder, env=env,
           feed=(folder / "made.jsonl").read_bytes()).must_exit(0)
    expect_equal(rows, [read_avro(AVRO, value) for value in values_of(kafka.address, bare)], "what fastavro reads")
    expect_lines(rows, sluice("consume", bare, "--format", "{avro: {schema_file: made.avsc}}", cwd=folder,
                              env=env).must_exit(0).out, "consumed")

    topic = new_name("named")
    by_registry = ["--topic", topic, "--format", "avro", "--registry", registry.url]
    sluice("produce", "made.jsonl", *by_registry, "--schema", "made.avsc", cwd=folder, env=env).must_exit(0)
    latest = registry.ask(f"/subjects/{topic}-value/versions/latest")
    expect_equal(AVRO, json.loads(latest["schema"]), "the schema that was registered")
    head = framed(latest["id"], b"")
    values = values_of(kafka.address, topic)
    expect_equal({head}, {value[:5] for value in values}, "headers")
    expect_equal(rows, [read_avro(AVRO, value[5:]) for value in values], "what fastavro reads of the registry's")
    expect_lines(rows, sluice("consume", *by_registry, cwd=folder, env=env).must_exit(0).out, "consumed by the registry")

    written = new_name("written")
    number = registry.add(f"{written}-value", AVRO)
    create_topic(kafka.address, written)
    produce(kafka.address, written, [framed(number, encoded(AVRO, row)) for row in rows] + [b"no avro"])
    shown = sluice("consume", written, "--format", "avro", "--registry", registry.url, cwd=folder, env=env).must_exit(0)
    expect_lines(rows, shown.out, "what fastavro wrote")
    if "of which 1 did not decode" not in shown.err or "0 byte" not in shown.err:
        raise Failure(shown.err)


PROTO = """\
syntax = "proto3";
package shop;
import "parts/line.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message First { int32 n = 1; }
message Order {
  int64 id = 1;
  optional string name = 2;
  uint64 big = 3;
  google.protobuf.Timestamp at = 4;
  repeated parts.Line lines = 5;
  map<string, sint32> sizes = 6;
  oneof pay { string card = 7; int32 cash = 8; }
  Level level = 9;
  bytes raw = 10;
  google.protobuf.Int64Value wrapped = 11;
  double ratio = 12;
  fixed32 word = 13;
}
enum Level { LOW = 0; HIGH = 1; }
"""
LINE = 'syntax = "proto3"; package parts; message Line { string sku = 1; optional uint32 count = 2; }\n'


def proto_message(Order, chance):
    it = Order(id=chance.choice([0, 1, 2**53 + 1, -2**63]), big=chance.choice([0, 2**64 - 1]),
               level=chance.randrange(2), raw=chance.randbytes(chance.randrange(4)), ratio=chance.choice([0, 0.1, -2.5]),
               word=chance.choice([0, 2**32 - 1]))
    if chance.random() < 0.5:
        it.name = chance.choice(TEXTS)
    if chance.random() < 0.5:
        it.at.FromMicroseconds(chance.randrange(-10**15, 4 * 10**15))
    for _ in range(chance.randrange(3)):
        line = it.lines.add(sku=chance.choice(TEXTS))
        if chance.random() < 0.5:
            line.count = chance.choice([0, 2**32 - 1])
    for key in range(chance.randrange(3)):
        it.sizes[f"size {key}"] = chance.randrange(-5, 5)
    if chance.random() < 0.5:
        it.wrapped.value = chance.choice([0, 2**62])
    if chance.random() < 0.4:
        it.card = chance.choice(TEXTS)
    elif chance.random() < 0.4:
        it.cash = chance.randrange(3)
    return it


def protobuf(folder):
    """A .proto with imports, a descriptor set and the registry out; Google's messages in."""
    kafka, registry, chance = shared_kafka(), shared_registry(), random.Random(8)
    env = {"KAFKA_BROKERS": kafka.address}
    (folder / "order.proto").write_text(PROTO)
    (folder / "parts").mkdir()
    (folder / "parts/line.proto").write_text(LINE)
    whole = PROTO.replace('import "parts/line.proto";\n', "").replace("parts.Line", "Line") + LINE.split("parts; ")[1]
    (folder / "whole.proto").write_text(whole)
    Order = compiled(folder, "order.proto", folder)("shop.Order")
    messages = [proto_message(Order, chance) for _ in range(2500)]
    rows = [as_python(message) for message in messages]
    (folder / "made.jsonl").write_text(lines_of(rows), encoding="utf-8")

    def send(*options):
        topic = new_name("messages")
        sluice("produce", "made.jsonl", "--topic", topic, "--message", "shop.Order", *options, cwd=folder,
               env=env).must_exit(0)
        return topic, values_of(kafka.address, topic)

    for schema in ("order.proto", "order.desc"):
        topic, values = send("--format", "protobuf", "--schema", schema)
        expect_equal(rows, [as_python(Order.FromString(value)) for value in values], f"{schema}: what Google's reads")
        expect_lines(rows, sluice("consume", topic, "--format", f"protobuf: {{schema_file: {schema}, message: Order}}",
                                  cwd=folder, env=env).must_exit(0).out, f"{schema}: consumed")
    topic, values = send("--format", "protobuf", "--schema", "whole.proto", "--registry", registry.url)
    number = registry.ask(f"/subjects/{topic}-value/versions/latest")["id"]
    # Order is the file's second message.
    head = framed(number, b"\x02\x02")
    expect_equal({head}, {value[:len(head)] for value in values}, "headers")
    expect_equal(rows, [as_python(Order.FromString(value[len(head):])) for value in values], "by the registry")

    # A schema with imports is one that the registry has.
    topic = new_name("imports")
    registry.add(f"{topic}-line", LINE, "PROTOBUF")
    reference = {"name": "parts/line.proto", "subject": f"{topic}-line", "version": 1}
    number = registry.add(f"{topic}-value", PROTO, "PROTOBUF", [reference])
    by_registry = ["--topic", topic, "--format", "protobuf", "--registry", registry.url, "--message", "Order"]
    sluice("produce", "made.jsonl", *by_registry, cwd=folder, env=env).must_exit(0)
    head = framed(number, b"\x02\x02")
    values = values_of(kafka.address, topic)
    expect_equal(rows, [as_python(Order.FromString(value[len(head):])) for value in values], "with imports")
    expect_equal({head}, {value[:len(head)] for value in values}, "headers with imports")
    produce(kafka.address, topic, [head + message.SerializeToString() for message in messages])
    expect_lines(rows + rows, sluice("consume", *by_registry, cwd=folder, env=env).must_exit(0).out, "both")


PERSON = record(("id", "long"), ("name", ["null", "string"]), name="Person")
NEWEST = """\
name: newest
sources:
  made: {{generator: {{rows: 5, columns: {{id: {{sequence: {{start: 1}}}}}}}}}}
views:
  people: SELECT id, 'n' || id AS name FROM made
sinks:
  out: {{from: people, kafka: {{brokers: '{brokers}', topic: {topic}, create_partitions: 1, value: {{avro: {{{options}}}}}}}}}
checkpoint: checkpoint
"""


def newest(folder):
    """The registry's schema without a file: of produce by itself, of a sink by `newest`; nothing is registered."""
    kafka, registry = shared_kafka(), shared_registry()
    env, topic = {"KAFKA_BROKERS": kafka.address}, new_name("people")
    registry.set_compatibility(f"{topic}-value", "NONE")
    registry.add(f"{topic}-value", record(("id", "string"), name="Person"))
    number = registry.add(f"{topic}-value", PERSON)
    sluice("produce", "--csv", "-", "--topic", topic, "--format", "avro", "--registry", registry.url, cwd=folder, env=env,
           feed="id,name\n7,\"007\"\n8,\n".encode()).must_exit(0)
    options = f"registry: '{registry.url}', newest: true"
    (folder / "pipeline.yaml").write_text(NEWEST.format(brokers=kafka.address, topic=topic, options=options))
    sluice("run", "pipeline.yaml", "--available-now", cwd=folder).must_exit(0)
    rows = [{"id": 7, "name": "007"}, {"id": 8, "name": None}] + [{"id": n, "name": f"n{n}"} for n in range(1, 6)]
    expect_equal([framed(number, encoded(PERSON, row)) for row in rows], values_of(kafka.address, topic), "values")
    expect_equal([1, 2], registry.ask(f"/subjects/{topic}-value/versions"), "versions")
    (folder / "person.avsc").write_text(json.dumps(PERSON))
    for more, parts in ((f"{options}, schema_file: person.avsc", ["pipeline.yaml:7:", "'newest' and 'schema_file'"]),
                        ("newest: true", ["pipeline.yaml:7:", "add 'registry'"])):
        (folder / "pipeline.yaml").write_text(NEWEST.format(brokers=kafka.address, topic=topic, options=more))
        result = sluice("check", "pipeline.yaml", cwd=folder)
        result.must_exit(2)
        for part in parts:
            if part not in result.err:
                raise Failure(f"the error does not say '{part}':\n{result.err}")


GOOD = '{"id": 1, "name": "a", "level": "LOW", "at": "2024-01-01", "lasts": "1 day", "in": {"x": 1}}'
STRICT = record(("id", "int"), ("name", "string"), ("level", LEVEL), ("at", logical("long", "timestamp-nanos")),
                ("lasts", ["null", {"type": "fixed", "name": "Span", "size": 12, "logicalType": "duration"}]),
                ("in", record(("x", "int"), name="In")), name="Strict")
# What is put in the place of what, and what the error says.
BAD = [('"id": 1', '"id": "1"', "field 'id': field is a string, not INTEGER"),
       ('"id": 1', '"id": 2147483648', "field 'id': number does not fit INTEGER"),
       ('"id": 1, ', "", "E_VALUE_DOES_NOT_FIT: column 'id': it is NULL"),
       ('"id": 1', '"ID": 1', 'no place for {"ID":1}'),
       ('"x": 1', '"x": 1, "y": [2]', 'no place for {"in":{"x": 1, "y": [2]}}'),
       ('"LOW"', '"MID"', "'MID' is none of the enum's symbols"),
       ('"2024-01-01"', '"3024-01-01"', "a time is beyond what nanoseconds since 1970 can say"),
       ('"1 day"', '"some day"', "to INTERVAL"),
       ('"1 day"', '"-1 day"', "an Avro duration is whole milliseconds, and never negative"),
       ("}}", "}", "record is not"), (GOOD, "[]", "record is not a JSON object")]


def refused(folder):
    """A row that does not fit: by its line. Of a file nothing is sent, of a pipe what is before it, and --skip goes on."""
    kafka, registry = shared_kafka(), shared_registry()
    env, topic = {"KAFKA_BROKERS": kafka.address}, new_name("strict")
    create_topic(kafka.address, topic)
    (folder / "strict.avsc").write_text(json.dumps(STRICT))
    options = ["--topic", topic, "--format", "avro", "--schema", "strict.avsc"]
    # Past the first thousand, which are encoded together, and not the first of its own.
    before, after = 1203, 900
    for old, new, part in BAD:
        bad = GOOD.replace(old, new)
        lines = [GOOD] * before + ["", bad] + [GOOD] * after
        (folder / "rows.jsonl").write_text("\n".join(lines) + "\n")
        result = sluice("produce", "rows.jsonl", *options, cwd=folder, env=env)
        result.must_exit(2)
        for said in (part, f"; line={before + 2}", "nothing was sent"):
            if said not in result.err:
                raise Failure(f"the error does not say '{said}':\n{result.err}")
        if "SELECT" in result.err:
            raise Failure(f"the error shows SQL that nobody wrote:\n{result.err}")
    expect_equal([], values_of(kafka.address, topic), "sent of files")

    feed = (folder / "rows.jsonl").read_bytes()
    result = sluice("produce", *options, cwd=folder, env=env, feed=feed)
    result.must_exit(2)
    if f"line={before + 2}; the rows before it are sent: fix it and go on with --skip {before}" not in result.err:
        raise Failure(result.err)
    expect_equal(before, len(values_of(kafka.address, topic)), "sent of a pipe")
    sluice("produce", *options, "--skip", before + 1, "--count", after, cwd=folder, env=env, feed=feed).must_exit(0)
    good = encoded(STRICT["fields"][0]["type"], 1)
    values = values_of(kafka.address, topic)
    expect_equal(before + after, len(values), "sent in all")
    expect_equal(1, len(set(values)), "different values")
    if not values[0].startswith(good + b"\x02a\0") or struct.pack("<III", 0, 1, 0) not in values[0]:
        raise Failure(f"not the row: {values[0].hex()}")

    # The registry refuses before the topic is made.
    other = new_name("refused")
    registry.set_compatibility(f"{other}-value", "BACKWARD")
    registry.add(f"{other}-value", record(("id", "string"), name="Strict"))
    (folder / "rows.jsonl").write_text(GOOD + "\n")
    result = sluice("produce", "rows.jsonl", "--topic", other, *options[2:], "--registry", registry.url, cwd=folder, env=env)
    result.must_exit(2)
    if "409" not in result.err or other in sluice("topic", "list", cwd=folder, env=env).out:
        raise Failure(result.err)
