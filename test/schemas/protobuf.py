"""Protobuf over a real Kafka and a real schema registry, beside Google's own library."""

import datetime
import decimal
import json
import random
import struct
import subprocess
from collections import Counter
from pathlib import Path

from schemas.avro import dead_letters, framed, new_name, rows_of, spelled, values_of
from support import tables
from support.broker import create_topic, produce
from support.case import Case, Failure, Skip, expect_equal
from support.kafka import shared_kafka
from support.program import sluice
from support.schema_registry import shared_registry

PROTO = Path(__file__).resolve().parent / "proto"


def cases():
    yield Case("protobuf_types", types)
    yield Case("protobuf_proto2", proto2)
    yield Case("protobuf_evolution", evolution)
    yield Case("protobuf_poison", poison)
    yield Case("protobuf_sink", sink)


def compiled(folder, name, *paths):
    """A descriptor set of `name`, by protoc, and the classes that Google's library makes of it."""
    import shutil

    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    if not shutil.which("protoc"):
        raise Skip("no protoc here (Debian: apt-get install protobuf-compiler)")
    out = folder / (Path(name).stem + ".desc")
    subprocess.run(["protoc", *[f"-I{path}" for path in paths], "--include_imports", "-o", out, name], check=True)
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file:
        pool.Add(file)
    return lambda message: message_factory.GetMessageClass(pool.FindMessageTypeByName(message))


def as_python(message):
    """A message as the rows that we read of it are: what the library says each field is."""
    row = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        is_map = field.message_type and field.message_type.GetOptions().map_entry
        if is_map:
            of = field.message_type.fields_by_name["value"]
            row[field.name] = {key: one(of, value[key]) for key in value}
        elif field.is_repeated:
            row[field.name] = [one(field, element) for element in value]
        elif field.has_presence and not message.HasField(field.name) and not field.has_default_value:
            row[field.name] = None
        else:
            row[field.name] = one(field, value)
    return row


def one(field, value):
    if field.type == field.TYPE_ENUM:
        named = field.enum_type.values_by_number.get(value)
        return named.name if named else str(value)
    if field.type in (field.TYPE_UINT64, field.TYPE_FIXED64):
        return decimal.Decimal(value)
    if field.type != field.TYPE_MESSAGE:
        return value
    name = field.message_type.full_name
    if name == "google.protobuf.Timestamp":
        micros = value.seconds * 1_000_000 + value.nanos // 1000
        return datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(microseconds=micros)
    if name == "google.protobuf.Duration":
        return value.seconds * 1_000_000 + int(value.nanos / 1000)
    if name.startswith("google.protobuf.") and name.endswith("Value"):
        return value.value
    return as_python(value)


def same_rows(expected, got, what):
    """`got` as spelled() has them; shows the first two that differ, field by field."""
    expected = spelled(expected)
    if len(expected) != len(got):
        raise Failure(f"{what}: expected {len(expected)} rows, got {len(got)}")
    for one, other in zip(expected, got):
        if one != other:
            expect_equal(one.split(", "), other.split(", "), what)


def line(line, chance):
    line.sku = chance.choice(["", "a", "größer als zwölf Bytes, 東京"])
    line.count = chance.choice([0, 2**32 - 1])
    if chance.random() < 0.5:
        line.price.units = chance.randrange(-2**63, 2**63)
    line.tags.extend(chance.choices(["", "x", "a longer text of a tag"], k=chance.randrange(3)))
    for key in range(chance.randrange(3)):
        line.sizes[f"size {key}"] = chance.randrange(-5, 5)


def order(Order, chance):
    """A message with some of its fields."""
    it = Order()
    some = lambda: chance.random() < 0.6  # noqa: E731
    for name, low, high in (("i32", -2**31, 2**31), ("i64", -2**63, 2**63), ("u32", 0, 2**32), ("u64", 0, 2**64),
                            ("s32", -2**31, 2**31), ("s64", -2**63, 2**63), ("f32", 0, 2**32), ("f64", 0, 2**64),
                            ("sf32", -2**31, 2**31), ("sf64", -2**63, 2**63), ("maybe", 0, 2)):
        if some():
            setattr(it, name, chance.choice([low, high - 1, chance.randrange(low, high)]))
    if some():
        it.flt, it.dbl, it.flag = struct.unpack("f", struct.pack("f", chance.random()))[0], -0.5, True
    if some():
        it.text, it.raw, it.far = "grüße " * chance.randrange(4), bytes(range(chance.randrange(256))), "far"
    it.level = chance.choice([0, 5, 5000, 77])
    if some():
        it.maybe_text = ""
    choice = chance.randrange(4)
    if choice == 1:
        it.by_name = "name"
    elif choice == 2:
        it.by_number = 0
    elif choice == 3:
        line(it.by_line, chance)
    if some():
        line(it.line, chance)
    for _ in range(chance.randrange(4)):
        line(it.lines.add(), chance)
    it.packed.extend(chance.choices([0, -1, 2**31 - 1], k=chance.randrange(5)))
    it.unpacked.extend(chance.choices([0, -1, 2**63 - 1], k=chance.randrange(5)))
    it.words.extend(chance.choices(["", "a word of more than twelve"], k=chance.randrange(3)))
    it.levels.extend(chance.choices([0, 5, 9], k=chance.randrange(3)))
    for key in range(chance.randrange(20)):
        it.labels[f"label {key}"] = "v" * key
    for key in range(chance.randrange(3)):
        line(it.by_position[-key], chance)
    if some():
        it.created.seconds, it.created.nanos = chance.randrange(-2**33, 2**33), chance.randrange(10**9)
        it.took.seconds, it.took.nanos = -3, -1500
        it.wrapped.value = chance.choice([0, 2**62])
        it.wrapped_text.value = chance.choice(["", "wrapped text, long enough"])
        it.wrapped_bytes.value = chance.choice([b"", b"\x0a\x03abc", bytes(range(20))])
        for key in range(chance.randrange(6)):
            it.ranks[key * 255 - 300] = f"rank {key}"
        it.times.add().seconds = 5
        it.times.add()
    return it


TYPES = """\
name: types
sources:
  by_file:
    kafka: {{brokers: '{brokers}', topic: {topic}.bare, start: earliest}}
    format: {{protobuf: {{schema_file: '{proto}/order.proto', message: shop.v1.Order}}}}
  by_set:
    kafka: {{brokers: '{brokers}', topic: {topic}.bare, start: earliest}}
    format: {{protobuf: {{schema_file: order.desc, message: Order}}}}
  by_registry:
    kafka: {{brokers: '{brokers}', topic: {topic}, start: earliest}}
    format: {{protobuf: {{registry: '{registry}', message: Order}}}}
  as_spark:
    kafka: {{brokers: '{brokers}', topic: {topic}.bare, start: earliest}}
    format: {{protobuf: {{schema_file: order.desc, message: Order, emit_default_values: false,
              schema: {{i32: BIGINT, text: VARCHAR, level: INTEGER, line: BLOB, lines: "BLOB[]", u64: UBIGINT,
                       ranks: "MAP(SMALLINT, VARCHAR)", by_name: VARCHAR}}}}}}
views:
  files: SELECT * REPLACE (epoch_us(took) AS took) FROM by_file
  sets: SELECT * REPLACE (epoch_us(took) AS took) FROM by_set
  registered: SELECT * REPLACE (epoch_us(took) AS took) FROM by_registry
sinks:
  by_file: {{from: files, parquet: {{path: out/by_file}}}}
  by_set: {{from: sets, parquet: {{path: out/by_set}}}}
  by_registry: {{from: registered, parquet: {{path: out/by_registry}}}}
  as_spark: {{from: as_spark, parquet: {{path: out/as_spark}}}}
checkpoint: checkpoint
"""


def types(folder):
    """Random messages of every kind of field: as Google's library reads them, from every place of a schema."""
    kafka, registry = shared_kafka(), shared_registry()
    Order = compiled(folder, "order.proto", PROTO)("shop.v1.Order")
    chance = random.Random(11)
    messages = [order(Order, chance) for _ in range(400)] + [Order()]
    raws = [message.SerializeToString(deterministic=True) for message in messages]
    # Parts of one message, one after the other, are one message; members of a oneof put out each other.
    for _ in range(100):
        raws.append(b"".join(chance.choices(raws[:400], k=3)))
    topic = new_name("types")
    registry.add(f"{topic}-money", (PROTO / "common" / "money.proto").read_text(), "PROTOBUF")
    number = registry.add(f"{topic}-value", (PROTO / "order.proto").read_text(), "PROTOBUF",
                          [{"name": "common/money.proto", "subject": f"{topic}-money", "version": 1}])
    create_topic(kafka.address, topic)
    create_topic(kafka.address, f"{topic}.bare")
    produce(kafka.address, f"{topic}.bare", raws)
    produce(kafka.address, topic, [framed(number, b"\2\2" + raw) for raw in raws])
    (folder / "pipeline.yaml").write_text(TYPES.format(brokers=kafka.address, topic=topic, registry=registry.url,
                                                       proto=PROTO))
    sluice("run", "pipeline.yaml", "--available-now", cwd=folder).must_exit(0)
    expected = [as_python(Order.FromString(raw)) for raw in raws]
    for name in ("by_file", "by_set", "by_registry"):
        same_rows(expected, spelled(rows_of(folder / "out" / name)), name)
    spark = []
    for raw in raws:
        message = Order.FromString(raw)
        present = {field.name for field, _ in message.ListFields()}
        spark.append({"i32": message.i32 if "i32" in present else None,
                      "text": message.text if "text" in present else None,
                      "level": message.level if "level" in present else None,
                      "line": message.line.SerializeToString(deterministic=True) if "line" in present else None,
                      "lines": len(message.lines), "u64": message.u64 if "u64" in present else None,
                      "ranks": dict(message.ranks), "by_name": message.by_name if "by_name" in present else None})
    got = rows_of(folder / "out" / "as_spark")
    Line = compiled(folder, "order.proto", PROTO)("shop.v1.Order.Line")
    for row in got:
        row["lines"], row["ranks"] = len(row["lines"]), dict(row["ranks"])
        row["u64"] = None if row["u64"] is None else int(row["u64"])
        if row["line"] is not None:
            row["line"] = Line.FromString(row["line"]).SerializeToString(deterministic=True)
    same_rows(spark, spelled(got), "as Spark has it, and declared columns")


OLD = """\
name: old
sources:
  it:
    kafka: {{brokers: '{brokers}', topic: {topic}, start: earliest}}
    format: {{protobuf: {{schema_file: '{proto}/old.proto', emit_default_values: {zeros}}}}}
sinks:
  out: {{from: it, parquet: {{path: {out}}}}}
checkpoint: {out}_checkpoint
"""


def proto2(folder):
    """Defaults, closed enums, groups of a type that nobody knows."""
    kafka = shared_kafka()
    Reading = compiled(folder, "old.proto", PROTO)("old.Reading")
    full = Reading(id=1, value=0, unit="", state=1, plain=0, packed=[1, -1], states=[2, 1], raw=b"")
    raws = [Reading(id=5).SerializePartialToString(), full.SerializeToString(), b"",
            full.SerializeToString() + b"\x20\x63" + b"\x38\x63",      # symbols that are none
            b"\x08\x07" + b"\x9b\x06\x08\x01\xa3\x06\x0b\x0c\xa4\x06\x9c\x06",  # groups inside a group
            b"\x08\x07\x30\x02\x30\x01",                                # not packed, though it says so
            b"\x08\x07" + b"\x12\x01\x61"]                              # a text where a double should be
    topic = new_name("old")
    create_topic(kafka.address, topic)
    produce(kafka.address, topic, raws)
    for out, zeros in (("zeros", "true"), ("nulls", "false")):
        (folder / "pipeline.yaml").write_text(OLD.format(brokers=kafka.address, topic=topic, proto=PROTO, out=out,
                                                         zeros=zeros))
        sluice("run", "pipeline.yaml", "--available-now", cwd=folder).must_exit(0)
        same_rows([as_python(Reading.FromString(raw)) for raw in raws], spelled(rows_of(folder / out)), out)


VERSIONS = [
    'syntax = "proto3"; message M { int32 a = 1; string b = 2; int32 gone = 3; }',
    'syntax = "proto3"; message M { int64 a = 1; string renamed = 2; optional double added = 4; repeated int32 r = 5; }',
    'syntax = "proto3"; message Other { int32 z = 1; } message M { int64 a = 1; string renamed = 2; map<string, int32> m = 9; }',
]


def evolution(folder):
    """Records of several versions of a schema, read as the newest one has them: by the numbers of fields."""
    kafka, registry = shared_kafka(), shared_registry()
    topic = new_name("evolution")
    create_topic(kafka.address, topic)
    registry.set_compatibility(f"{topic}-value", "NONE")
    raws, classes = [], []
    for version, text in enumerate(VERSIONS):
        (folder / f"v{version}.proto").write_text(text)
        M = compiled(folder, f"v{version}.proto", folder)("M")
        number = registry.add(f"{topic}-value", text, "PROTOBUF")
        classes.append(M)
        path = b"\2\2" if version == 2 else b"\0"
        for value in range(300):
            message = M(a=value - 2)
            if version == 0:
                message.b, message.gone = f"text {value}", 7
            else:
                message.renamed = f"renamed {value}"
            if version == 1 and value:
                message.added, message.r[:] = value / 4, range(value * 5)
            if version == 2:
                for key in range(value % 50):
                    message.m[f"k{key}"] = value
            raws.append((framed(number, path), message.SerializeToString(), version))
    random.Random(5).shuffle(raws)
    raws.append((framed(number, b"\0"), b"\x08\x01", 2))  # the other message of the newest schema
    produce(kafka.address, topic, [head + body for head, body, _ in raws])
    (folder / "pipeline.yaml").write_text(
        f"name: evolution\nsources:\n  it:\n    kafka: {{brokers: '{kafka.address}', topic: {topic}, start: earliest}}\n"
        f"    format: {{protobuf: {{registry: '{registry.url}', message: M}}}}\n"
        f"  declared:\n    kafka: {{brokers: '{kafka.address}', topic: {topic}, start: earliest}}\n"
        f"    format: {{protobuf: {{registry: '{registry.url}', message: M, schema: {{a: INTEGER, renamed: VARCHAR,"
        ' added: DOUBLE, r: "INTEGER[]", m: "MAP(VARCHAR, BIGINT)"}}}\n'
        "sinks:\n  out: {from: it, parquet: {path: out}}\n  declared: {from: declared, parquet: {path: declared}}\n"
        "checkpoint: checkpoint\n")
    sluice("run", "pipeline.yaml", "--available-now", cwd=folder).must_exit(0)
    newest = [as_python(classes[2].FromString(body)) for _, body, _ in raws[:-1]]
    same_rows(newest, spelled(rows_of(folder / "out")), "as the newest version has them")
    own = []
    for _, body, version in raws[:-1]:
        message = classes[version].FromString(body)
        has_added = version == 1 and message.HasField("added")
        own.append({"a": message.a, "renamed": None if version == 0 else message.renamed,
                    "added": message.added if has_added else None,
                    "r": list(message.r) if version == 1 else None, "m": dict(message.m) if version == 2 else None})
    same_rows(own, spelled(rows_of(folder / "declared")), "by the names that each version has")
    for name in ("it", "declared"):
        expect_equal([(raws[-1][0] + raws[-1][1], "record is of another message type of its schema", None)],
                     dead_letters(folder, name), "the other message")


def drops_an_entry(message):
    """Google's library for Python leaves out a map's entry that has an unknown field; those of C++ and Java, and
    we, the field alone."""
    from google.protobuf.unknown_fields import UnknownFieldSet

    maps = {field.number for field in message.DESCRIPTOR.fields
            if field.message_type and field.message_type.GetOptions().map_entry}
    if any(field.field_number in maps for field in UnknownFieldSet(message)):
        return True
    for field, value in message.ListFields():
        if field.type != field.TYPE_MESSAGE:
            continue
        if field.number in maps:
            inner = [one for one in value.values() if hasattr(one, "DESCRIPTOR")]
        else:
            inner = value if field.is_repeated else [value]
        if any(drops_an_entry(one) for one in inner):
            return True
    return False


def poison(folder):
    """Bytes that are no message: in = out + dead letters, and what is not rejected is what Google's library reads."""
    from google.protobuf.message import DecodeError

    kafka = shared_kafka()
    Order = compiled(folder, "order.proto", PROTO)("shop.v1.Order")
    chance = random.Random(11)
    raws = []
    for _ in range(40):
        good = order(Order, chance).SerializeToString(deterministic=True)
        for _ in range(25):
            broken = bytearray(good)
            if chance.random() < 0.5:
                broken = broken[:chance.randrange(len(broken) + 1)]
            for _ in range(chance.randrange(3)):
                if broken:
                    broken[chance.randrange(len(broken))] = chance.randrange(256)
            raws.append(bytes(broken))
    raws += [b"\xb2\x01\x00" * 200_000, b"\xb2\x01\x02\x0a\x00" * 100_000,  # as many parts of one message
             b"\0", b"\x07", b"\xff" * 20, b"\x08" + b"\xff" * 10 + b"\x01", b"\x72\x02\xff\xfe", b"\xf2\1\2\x08",
             b"\x0b" * 200, b"\x0c", b"\xf2\1\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x10\1"]
    topic = new_name("poison")
    create_topic(kafka.address, topic)
    produce(kafka.address, topic, raws + [None])
    (folder / "pipeline.yaml").write_text(
        f"name: poison\nsources:\n  it:\n    kafka: {{brokers: '{kafka.address}', topic: {topic}, start: earliest}}\n"
        f"    format: {{protobuf: {{schema_file: '{PROTO}/order.proto', message: Order}}}}\n"
        "views:\n  seen: SELECT * REPLACE (epoch_us(took) AS took) FROM it\n"
        "sinks:\n  out: {from: seen, parquet: {path: out}}\ncheckpoint: checkpoint\n")
    sluice("run", "pipeline.yaml", "--available-now", cwd=folder).must_exit(0)
    letters = dead_letters(folder, "it")
    rejected = sorted(value for value, _, _ in letters if value is not None)
    rows = spelled(rows_of(folder / "out"))
    expect_equal(len(raws) + 1, len(rows) + len(letters), "in = out + dead letters")
    expected, only_ours, odd, left = [], [], 0, list(rejected)
    for raw in raws:
        is_rejected = raw in left
        if is_rejected:
            left.remove(raw)
        try:
            message = Order.FromString(raw)
            row = as_python(message)
        except (DecodeError, OverflowError):
            if not is_rejected:
                raise Failure(f"Google's library refuses {raw.hex()}, and we do not")
            continue
        if is_rejected:
            only_ours.append(raw)
        elif drops_an_entry(message):
            odd += 1
        else:
            expected.append(row)
    missing = Counter(spelled(expected)) - Counter(rows)
    if missing or len(rows) != len(expected) + odd or odd > 50:
        same_rows(expected, rows, "what is left")
    # Times beyond year 9999, and whatever else has no column's value.
    reasons = {reason for value, reason, _ in letters if value in only_ours}
    if reasons - {"number does not fit INTERVAL", "number does not fit TIMESTAMP WITH TIME ZONE", "number does not fit its type in TIMESTAMP WITH TIME ZONE[]"}:
        raise Failure(f"rejected by us alone: {reasons}")


OUT = """\
name: {topic}
sources:
  made: {{generator: {{rows: 300, columns: {{n: {{sequence: {{start: -150}}}}}}}}}}
views:
  typed: >
    SELECT n::INTEGER AS i32, n * 61489146912 AS i64, (n + 150) AS u32, ((n + 150) * 61489146912)::UBIGINT AS u64,
           n::INTEGER AS s32, -n AS s64, (n + 150)::UINTEGER AS f32, (n + 150)::DECIMAL(20,0) AS f64, n::INTEGER AS sf32, n AS sf64,
           (n / 4)::REAL AS flt, n / 3.0::DOUBLE AS dbl, n % 2 = 0 AS flag, CASE WHEN n % 7 <> 0 THEN 'grüße ' || n END AS text,
           encode(repeat('b', (n + 150)::INTEGER)) AS raw, CASE WHEN n % 3 = 0 THEN 'HIGH' WHEN n % 3 = 1 THEN 'LOW' END AS level,
           CASE WHEN n % 5 = 0 THEN 0 END::INTEGER AS maybe,
           CASE WHEN n % 2 = 0 THEN 'name' END AS by_name, CASE WHEN n % 2 <> 0 THEN n END AS by_number,
           CASE WHEN n % 4 <> 0 THEN {{'sku': 's' || n, 'count': 5, 'price': {{'units': n, 'currency': 'EUR'}}, 'tags': ['a', '']}} END AS line,
           [{{'sku': NULL, 'count': n + 150, 'sizes': MAP {{'x': n}}}}, {{'sku': '', 'count': 0, 'sizes': MAP {{}}}}] AS lines,
           [n::INTEGER, 0, -1] AS packed, range(n % 3) AS unpacked, ['LOW', 'TOP'] AS levels,
           MAP {{'k' || n: 'v', '': ''}} AS labels, MAP {{n::INTEGER: {{'sku': 'm'}}}} AS by_position,
           TIMESTAMPTZ '1969-12-31 23:59:59+00' + to_microseconds(n * 10007) AS created,
           to_microseconds(n * 10007) AS took, CASE WHEN n % 3 = 0 THEN n END AS wrapped, '' AS wrapped_text
    FROM made
sinks:
  plain: {{from: stored, parquet: {{path: out}}}}
  out:
    from: typed
    kafka:
      brokers: '{brokers}'
      topic: {topic}
      create_partitions: 1
      value: {{protobuf: {{schema_file: '{file}', message: Order{registry}}}}}
checkpoint: checkpoint
""".replace("sinks:\n", "  stored: SELECT * REPLACE (u64::DECIMAL(20,0) AS u64, epoch_us(took) AS took, f32::BIGINT AS f32) FROM typed\nsinks:\n")


def sink(folder):
    """Rows as messages: Google's library reads what was written, with a registry and without."""
    kafka, registry = shared_kafka(), shared_registry()
    Order = compiled(folder, "order.proto", PROTO)("shop.v1.Order")
    topic = new_name("out")
    (folder / "pipeline.yaml").write_text(OUT.format(topic=topic, brokers=kafka.address, registry="",
                                                     file=PROTO / "order.proto"))
    sluice("run", "pipeline.yaml", "--available-now", cwd=folder).must_exit(0)
    written = rows_of(folder / "out")
    messages = [Order.FromString(value) for value in values_of(kafka.address, topic)]
    expect_equal(300, len(messages), "messages")
    read = [as_python(message) for message in messages]

    def aligned(row, like):
        """What the rows say, with the defaults that a message has in place of NULL and of columns that are not."""
        full = as_python(Order()) if like is None else like
        return {key: value_of(row.get(key), full[key]) for key in full}

    def value_of(value, empty):
        if isinstance(value, dict):
            return value
        return empty if value is None else value

    for row in written:
        row["lines"] = [{"sku": one["sku"] or "", "count": one["count"], "price": None, "tags": [],
                         "sizes": dict(one["sizes"])} for one in row["lines"]]
        row["labels"] = dict(row["labels"])
        row["by_position"] = {key: {"sku": one["sku"], "count": 0, "price": None, "tags": [], "sizes": {}}
                              for key, one in row["by_position"]}
        if row["line"] is not None:
            row["line"]["sizes"] = {}
        row["level"] = row["level"] or "LOW"
    same_rows([aligned(row, None) for row in written], spelled(read), "what Google's library reads")

    topic = new_name("registered")
    one_file = (PROTO / "order.proto").read_text().replace('import "common/money.proto";\n', "") \
        .replace("shop.common.Money", "Money") + (PROTO / "common" / "money.proto").read_text().split("common;")[1]
    (folder / "one.proto").write_text(one_file)
    text = OUT.format(topic=topic, brokers=kafka.address, registry=f", registry: '{registry.url}'", file="one.proto")
    (folder / "pipeline.yaml").write_text(text.replace("checkpoint: checkpoint", "checkpoint: other")
                                          .replace("path: out", "path: out2"))
    sluice("run", "pipeline.yaml", "--available-now", cwd=folder).must_exit(0)
    number = registry.ask(f"/subjects/{topic}-value/versions/latest")["id"]
    registered = values_of(kafka.address, topic)
    expect_equal({framed(number, b"\2\2")}, {value[:7] for value in registered}, "headers")
    same_rows(read, spelled([as_python(Order.FromString(value[7:])) for value in registered]), "messages")

    def refused(change, *parts):
        (folder / "pipeline.yaml").write_text(change(text.replace("checkpoint: checkpoint", "checkpoint: third")
                                                     .replace(topic, f"{topic}.refused")))
        result = sluice("run", "pipeline.yaml", "--available-now", cwd=folder)
        result.must_exit(2)
        for part in parts:
            if part not in result.err:
                raise Failure(f"the error does not say '{part}':\n{result.err}")

    refused(lambda t: t.replace("n::INTEGER AS i32", "n::VARCHAR AS i32"), "column 'i32' is a VARCHAR")
    refused(lambda t: t.replace("AS i32", "AS i33"), "no field for column 'i33'")
    refused(lambda t: t.replace("message: Order", "message: Ordr"), "no message 'Ordr'", "shop.v1.Order")
    refused(lambda t: t.replace("(n + 150) AS u32", "n AS u32"), "E_VALUE_DOES_NOT_FIT", "'u32'")
    refused(lambda t: t.replace("'TOP'] AS levels", "'NONE'] AS levels"), "E_VALUE_DOES_NOT_FIT", "'NONE'")
    refused(lambda t: t.replace("[n::INTEGER, 0, -1]", "[n::INTEGER, NULL]"), "E_VALUE_DOES_NOT_FIT", "an element")
    refused(lambda t: t.replace("one.proto", str(PROTO / "order.proto")), "imports common/money.proto")
