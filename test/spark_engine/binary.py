"""Avro, Protobuf and Debezium's envelopes out of a real Kafka, on both engines: the same rows, the same dead letters."""

import datetime
import decimal
import json
import subprocess
import uuid

import yaml

from schemas.avro import encoded, logical, record
from spark_engine.both import expect_same_tables, on_both, plan_of
from spark_engine.examples import LETTERS, topic_of
from support import tables
from support.case import Case, Failure, expect_equal
from support.warm_spark import environment, spark_jars, spark_python

ADDRESS = record(("street", "string"), ("number", "int"), name="Address")
ORDER = record(
    ("id", "long"), ("shop", ["null", "string"]), ("size", "int"), ("weight", "float"), ("volume", "double"), ("paid", "boolean"),
    ("amount", {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}),
    ("placed", logical("long", "timestamp-millis")), ("changed", logical("long", "timestamp-micros")),
    ("local", logical("long", "local-timestamp-micros")), ("day", logical("int", "date")),
    ("kind", {"type": "enum", "name": "Kind", "symbols": ["new", "old"]}), ("uid", logical("string", "uuid")),
    ("picture", "bytes"), ("hash", {"type": "fixed", "name": "Hash", "size": 4}), ("tags", {"type": "array", "items": "string"}),
    ("prices", {"type": "map", "values": "double"}), ("address", ["null", ADDRESS]), ("either", ["null", "string", "long"]),
    name="Order")
SECOND = datetime.datetime(2024, 2, 29, 12, 30, 15, tzinfo=datetime.timezone.utc)


def order(number):
    return {"id": number * 1000, "shop": None if number % 5 == 0 else f"shöp {number % 3}", "size": number, "weight": number / 8,
            "volume": -number / 3, "paid": number % 2 == 0, "amount": decimal.Decimal(number) / 4 - 10,
            "placed": SECOND + datetime.timedelta(milliseconds=number), "changed": SECOND - datetime.timedelta(days=20000 + number),
            "local": datetime.datetime(1969, 12, 31, 23, 59, 59, number), "day": datetime.date(1960, 1, 1) + datetime.timedelta(number),
            "kind": ("new", "old")[number % 2], "uid": str(uuid.UUID(int=number * 2**100 + 0xABCD)).upper(),
            "picture": bytes(range(number % 7)), "hash": bytes([number % 256] * 4), "tags": ["a", "b"][:number % 3],
            "prices": {f"k{one}": one / 2 for one in range(number % 3)},
            "address": None if number % 4 == 0 else {"street": f"s{number}", "number": number},
            "either": (None, "text", number)[number % 3]}


def cases():
    yield Case("avro/types", avro_types)
    yield Case("avro/declared", avro_declared)
    yield Case("avro/refused", avro_refused)
    yield Case("protobuf/types", protobuf_types)
    yield Case("debezium/changes", debezium)


def broken(good):
    """Values that no reader of the schema takes."""
    return [b"", good[:1], good[:-1], good + b"\0", good + good, b"\0\0\0\0\7" + good, b"\xff" * 12, b"not avro at all", None,
            good[:2] + b"\x06" + good[3:], b"\x02\x02\xfe\xff\xff\xff\x0f"]


def write(folder, source_format, views=None, sink=None, **more):
    spec = {"name": "binary",
            "sources": {"records": {"kafka": {"brokers": "${KAFKA_BROKERS}", "topic": "${TOPIC}"}, "format": source_format,
                                    "dead_letter": {"delta": {"path": "${OUT}/rejected"}}, **more}},
            "sinks": {"rows": {"from": "seen" if views else "records", **(sink or {"delta": {"path": "${OUT}/rows"}})}},
            "trigger": "available_now", "checkpoint": "${OUT}/checkpoint"}
    if views:
        spec["views"] = views
    (folder / "pipeline.yaml").write_text(yaml.safe_dump(spec, sort_keys=False, width=1000))


def compare(folder, env):
    """The same rows, and of the same records the original bytes."""
    both = on_both(folder, "pipeline.yaml", env, folder)
    letters = []
    for side in both:
        duck = tables.connection()
        if not tables.define_table(duck, "t", "delta", side / "rejected"):
            raise Failure(f"{side.name}: nothing was rejected")
        letters.append(duck.execute('SELECT "offset", partition, value FROM t ORDER BY ALL').fetchall())
    for more, less, words in ((*letters, "sluice rejects, and Spark does not"), (*letters[::-1], "Spark rejects, and sluice does not")):
        if rest := [one for one in more if one not in less]:
            raise Failure(f"{words}: {rest}")
    expect_same_tables(*both, [("rows", "delta")])
    expect_same_tables(*both, [("rejected", "delta")], leave_out=("column_name", *LETTERS))


def avro_types(folder):
    spark_jars("avro")
    (folder / "order.avsc").write_text(json.dumps(ORDER))
    values = [encoded(ORDER, order(number)) for number in range(60)]
    bad = encoded(ORDER, {**order(1), "uid": "no uuid"})
    write(folder, {"avro": {"schema_file": "order.avsc"}},  # Delta has no UUID
          {"seen": "SELECT * REPLACE (CAST(uid AS VARCHAR) AS uid) FROM records"})
    compare(folder, topic_of([*values[:30], *broken(values[1]), bad, *values[30:]]))


def avro_declared(folder):
    """Columns of other types, some of which have no room."""
    spark_jars("avro")
    (folder / "order.avsc").write_text(json.dumps(ORDER))
    columns = {"id": "SMALLINT", "size": "TINYINT", "paid": "BOOLEAN", "placed": "TIMESTAMP", "weight": "DOUBLE", "nothing": "VARCHAR"}
    values = [encoded(ORDER, order(number)) for number in range(0, 300, 7)]
    write(folder, {"avro": {"schema_file": "order.avsc", "schema": columns}})
    env = topic_of([*values, b"\x02"])
    compare(folder, env)
    write(folder, {"avro": {"schema_file": "order.avsc", "schema": columns, "on_error": "null"}})
    (folder / "lenient").mkdir()
    (folder / "pipeline.yaml").rename(folder / "lenient/pipeline.yaml")
    (folder / "lenient/order.avsc").write_text(json.dumps(ORDER))
    compare(folder / "lenient", env)


def avro_refused(folder):
    """What from_avro reads as something else is refused by name, before anything starts."""
    schema = record(("id", "long"), ("text", "string"), ("at", logical("long", "timestamp-nanos")))
    for columns, words in ((None, "column 'at': Spark's from_avro has no type timestamp-nanos"),
                           ({"text": "INTEGER"}, "column 'text': Spark's from_avro gives STRING, which is no INTEGER for it")):
        (folder / "order.avsc").write_text(json.dumps(schema))
        write(folder, {"avro": {"schema_file": "order.avsc", **({"schema": columns} if columns else {})}}, sink={"console": {}})
        plan = json.dumps(plan_of("pipeline.yaml", {"KAFKA_BROKERS": "127.0.0.1:9", "TOPIC": "t", "OUT": folder}, folder))
        for command in ("check", "run"):
            done = subprocess.run([spark_python(), "-m", "sluice_spark", command], input=plan, text=True, capture_output=True,
                                  cwd=folder, env=environment())
            expect_equal(2, done.returncode, f"{command}'s exit code, with\n{done.stderr}")
            if words not in done.stderr or "pipeline.yaml:" not in done.stderr:
                raise Failure(f"{words} is not in\n{done.stderr}")


PROTO = """\
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message Order {
  int64 id = 1; uint32 size = 2; uint64 total = 3; string shop = 4; bool paid = 5; bytes picture = 6; double weight = 7;
  enum Kind { NEW = 0; OLD = 1; }
  Kind kind = 8;
  repeated string tags = 9; map<string, int32> counts = 10;
  message Address { string street = 1; optional int32 number = 2; }
  Address address = 11;
  google.protobuf.Timestamp placed = 12; google.protobuf.Int64Value maybe = 13; optional string note = 14;
}
"""


def protobuf_types(folder):
    spark_jars("protobuf")
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    (folder / "order.proto").write_text(PROTO)
    subprocess.run(["protoc", "--include_imports", "-o", folder / "order.desc", "-I", folder, "order.proto"], check=True)
    pool = descriptor_pool.DescriptorPool()
    for one in descriptor_pb2.FileDescriptorSet.FromString((folder / "order.desc").read_bytes()).file:
        pool.Add(one)
    order_type = message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Order"))
    values = []
    for number in range(40):
        made = order_type(id=number - 5, size=2**32 - 1 - number, total=2**64 - 1 - number, shop=f"s{number % 3}", kind=number % 2,
                          tags=["a"] * (number % 3), counts={"k": number}, weight=number / 8, paid=number % 2 == 0)
        if number % 3:
            made.address.street, made.placed.seconds, made.maybe.value, made.note = "x", 1709210000 + number, number, "n"
        values.append(made.SerializeToString())
    write(folder, {"protobuf": {"schema_file": "order.desc", "message": "shop.Order"}})
    compare(folder, topic_of([*values, b"\xff", values[1][:-1], b"\x22\x02\xff\xff", None, b""]))


def debezium(folder):
    """Changes become upserts and deletes by key."""
    def change(op, before, after, at):
        return json.dumps({"payload": {"before": before, "after": after, "op": op, "ts_ms": at}} if at % 2 else
                          {"before": before, "after": after, "op": op, "ts_ms": at}).encode()

    rows, records = {}, []
    for at in range(200):
        key, before = at * 7 % 23, rows.get(at * 7 % 23)
        after = None if before and at % 5 == 0 else {"id": key, "name": f"n{at}", "balance": f"{at}.25", "tags": ["x"] * (at % 3)}
        records.append(change("c" if before is None else "u" if after else "d", before, after, at))
        rows[key] = after
    records += [b"not json", b'{"before": null, "after": null, "op": "u"}', None]
    write(folder, {"debezium": {"schema": {"id": "BIGINT", "name": "VARCHAR", "balance": "DECIMAL(12,2)", "tags": "VARCHAR[]"}}},
          metadata={"_offset": "offset", "_op": "op", "_at": "ts_ms"})
    spec = yaml.safe_load((folder / "pipeline.yaml").read_text())
    spec["sinks"]["customers"] = {"from": "records", "mode": "upsert", "key": ["id"], "order_by": ["_offset"], "delete_when": "_op = 'd'",
                                  "leave_out": ["_offset", "_op", "_at"], "delta": {"path": "${OUT}/customers"}}
    (folder / "pipeline.yaml").write_text(yaml.safe_dump(spec, sort_keys=False, width=1000))
    both = on_both(folder, "pipeline.yaml", topic_of(records, partitions=1), folder)
    expect_same_tables(*both, [("rows", "delta"), ("customers", "delta")])
    expect_same_tables(*both, [("rejected", "delta")], leave_out=("column_name", *LETTERS))
