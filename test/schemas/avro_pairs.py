"""Pairs of a writer's and a reader's schema, with values of the writer's: what schema evolution may do, and what
it may not. What the reader sees of them is fastavro's to say, except that it narrows no number to a float and gives
defaults of bytes and dates as they are in JSON: those are in avro.files."""

import datetime
import decimal
import uuid

UTC = datetime.timezone.utc
AT = datetime.datetime(2024, 2, 29, 23, 59, 59, 999000, tzinfo=UTC)
LONG = "a text that is longer than twelve bytes: grüße, 東京"


def record(*fields, name="Row"):
    return {"type": "record", "name": name, "fields": [
        {"name": field[0], "type": field[1], **(field[2] if len(field) > 2 else {})} for field in fields]}


def logical(kind, name, **more):
    return {"type": kind, "logicalType": name, **more}


def default(value):
    return {"default": value}


def one(type_of_writer, type_of_reader, *values):
    """A pair of records with one field each, beside one that is the same in both."""
    return (record(("n", "int"), ("v", type_of_writer)), record(("n", "int"), ("v", type_of_reader)),
            [{"n": number, "v": value} for number, value in enumerate(values)])


COLOURS = {"type": "enum", "name": "Colour", "symbols": ["RED", "GREEN", "BLUE"]}
FEWER = {"type": "enum", "name": "Colour", "symbols": ["GREEN", "GREY"], "default": "GREY"}
FEWER_STRICT = {"type": "enum", "name": "Colour", "symbols": ["GREEN", "GREY"]}
POINT = record(("x", "int"), ("y", "int"), name="Point")
POINT_3D = record(("z", "double", default(0.5)), ("y", "long"), ("x", "float"), name="Point")

PAIRS = {
    # the same schema
    "same": one("string", "string", "", "a", LONG),
    "nullable": one(["null", "string"], ["null", "string"], None, LONG, None),
    "nullable_other_way": one(["long", "null"], ["long", "null"], None, -1, 2**62),
    # fields come and go
    "added_with_default": (record(("a", "int")), record(("a", "int"), ("b", "string", default("none"))),
                           [{"a": 1}, {"a": 2}]),
    "added_null": (record(("a", "int")), record(("b", ["null", "long"], default(None)), ("a", "int")),
                   [{"a": 1}]),
    "added_without_default": (record(("a", "int")), record(("a", "int"), ("b", "string")), [{"a": 1}]),
    "added_in_a_record": one(POINT, POINT_3D, {"x": 1, "y": 2}, {"x": -3, "y": 2**31 - 1}),
    "added_defaults_of_all_kinds": (
        record(("a", "int")),
        record(("a", "int"), ("b", "boolean", default(True)), ("c", "double", default(-0.25)),
               ("e", COLOURS, default("BLUE")),
               ("f", {"type": "array", "items": "int"}, default([1, 2, 3])),
               ("g", {"type": "map", "values": "long"}, default({"k": 5})),
               ("h", POINT, default({"x": 7, "y": 8})), ("i", "long", default(-2**62)),
               ("k", "string", default(LONG))),
        [{"a": 1}, {"a": 2}]),
    "removed": (record(("gone", POINT), ("a", "int"), ("also", {"type": "map", "values": "string"})),
                record(("a", "int")),
                [{"gone": {"x": 1, "y": 2}, "a": 5, "also": {"k": LONG, "l": ""}}, {
                    "gone": {"x": 0, "y": 0}, "a": 6, "also": {}}]),
    "another_order": (record(("a", "int"), ("b", "string"), ("c", "boolean")),
                      record(("c", "boolean"), ("a", "int"), ("b", "string")),
                      [{"a": 1, "b": LONG, "c": True}]),
    "renamed_by_alias": (record(("old_name", "string"), ("n", "int")),
                         record(("n", "int"), ("name", "string", {"aliases": ["old_name"]})),
                         [{"old_name": LONG, "n": 3}]),
    # promotions
    "int_to_long": one("int", "long", 0, -1, 2**31 - 1, -2**31),
    "int_to_float": one("int", "float", 0, 16777216, -5),
    "int_to_double": one("int", "double", 2**31 - 1, -2**31),
    "long_to_float": one("long", "float", 2**40, 0),
    "long_to_double": one("long", "double", 2**53 + 1, -1),
    "float_to_double": one("float", "double", 1.5, -0.0, 3.4028234663852886e38),
    "string_to_bytes": one("string", "bytes", "", LONG),
    "bytes_to_string": one("bytes", "string", b"", LONG.encode()),
    "int_to_nullable_long": one("int", ["null", "long"], 7, -7),
    "nullable_int_to_int": one(["null", "int"], "int", 7, -7),
    "promoted_inside_a_list": one({"type": "array", "items": "int"}, {"type": "array", "items": "long"},
                                  [], [1, -1, 2**31 - 1], list(range(3000))),
    "promoted_inside_a_map": one({"type": "map", "values": "float"}, {"type": "map", "values": "double"},
                                 {}, {"a": 0.5, LONG: -1.5}),
    "nullable_elements": one({"type": "array", "items": ["null", "string"]},
                             {"type": "array", "items": ["null", "string"]}, [None, "x", None, LONG], []),
    # enums
    "enum_same": one(COLOURS, COLOURS, "RED", "BLUE"),
    "enum_with_default": one(COLOURS, FEWER, "RED", "GREEN", "BLUE"),
    "enum_known_symbols": one(COLOURS, FEWER_STRICT, "GREEN", "GREEN"),
    # what does not go
    "string_to_int": one("string", "int", "1", "2"),
    "long_to_int": one("long", "int", 1),
    "double_to_float": one("double", "float", 0.5),
    "record_to_string": one(POINT, "string", {"x": 1, "y": 2}),
    # logical types
    "decimal": one(logical("bytes", "decimal", precision=20, scale=4),
                   logical("bytes", "decimal", precision=20, scale=4),
                   decimal.Decimal("0.0000"), decimal.Decimal("-1234567890123456.7890"),
                   decimal.Decimal("0.0001"), decimal.Decimal("127.5000"), decimal.Decimal("-0.0128")),
    "decimal_38": one(logical("bytes", "decimal", precision=38, scale=2),
                      logical("bytes", "decimal", precision=38, scale=2),
                      decimal.Decimal("999999999999999999999999999999999999.99"),
                      decimal.Decimal("-999999999999999999999999999999999999.99")),
    "decimal_fixed": one(
        {"type": "fixed", "name": "Money", "size": 20, "logicalType": "decimal", "precision": 10, "scale": 3},
        {"type": "fixed", "name": "Money", "size": 20, "logicalType": "decimal", "precision": 10, "scale": 3},
        decimal.Decimal("-1.500"), decimal.Decimal("9999999.999")),
    "date": one(logical("int", "date"), logical("int", "date"), datetime.date(1, 1, 1),
                datetime.date(1969, 12, 31), datetime.date(9999, 12, 31)),
    "time_millis": one(logical("int", "time-millis"), logical("int", "time-millis"),
                       datetime.time(0, 0), datetime.time(23, 59, 59, 999000)),
    "time_micros": one(logical("long", "time-micros"), logical("long", "time-micros"),
                       datetime.time(23, 59, 59, 999999)),
    "timestamp_millis": one(logical("long", "timestamp-millis"), logical("long", "timestamp-millis"),
                            AT, datetime.datetime(1901, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)),
    "timestamp_micros": one(logical("long", "timestamp-micros"), logical("long", "timestamp-micros"),
                            AT.replace(microsecond=999999)),
    "local_timestamp": one(logical("long", "local-timestamp-micros"), logical("long", "local-timestamp-micros"),
                           AT.replace(tzinfo=None)),
    "uuid": one(logical("string", "uuid"), logical("string", "uuid"),
                uuid.UUID("00000000-0000-0000-0000-000000000000"),
                uuid.UUID("ffffffff-1234-5678-9abc-def012345678")),
    "fixed": one({"type": "fixed", "name": "Hash", "size": 5}, {"type": "fixed", "name": "Hash", "size": 5},
                 b"\0\xff\0ab"),
    # unions
    "union_of_numbers": one(["int", "long"], ["int", "long"], 1, 2**40),
    "union_of_strangers": one(["null", POINT, {**POINT, "name": "Deleted"}], ["null", POINT],
                              None, ("Point", {"x": 1, "y": 2}), ("Deleted", {"x": 1, "y": 2})),
    "nested_nulls": one(["null", record(("p", ["null", POINT]), ("s", ["null", "string"]), name="Outer")],
                        ["null", record(("p", ["null", POINT]), ("s", ["null", "string"]), name="Outer")],
                        None, {"p": None, "s": LONG}, {"p": {"x": 1, "y": 2}, "s": None}),
    "lists_of_records": one({"type": "array", "items": POINT}, {"type": "array", "items": POINT_3D},
                            [{"x": 1, "y": 2}, {"x": 3, "y": 4}], []),
    "maps_of_lists": one({"type": "map", "values": {"type": "array", "items": ["null", "int"]}},
                         {"type": "map", "values": {"type": "array", "items": ["null", "int"]}},
                         {"a": [1, None], "b": []}, {}),
}

# Where fastavro differs from the specification: what that says. A field with a name of its own is not taken for
# another's alias; a value of a union of several types is in the member of its type; what a long means is the reader's
# to say.
BY_SPECIFICATION = {
    "beside_its_alias": (record(("cost", ["null", "double"]), ("price", "double")),
                         record(("price", "double", {"aliases": ["cost"]})),
                         [{"cost": None, "price": 5.0}, {"cost": 1.0, "price": 2.0}]),
    "union_of_namesakes": one([{**POINT, "name": "x.Point"}, {**POINT_3D, "name": "y.Point"}],
                              [{**POINT, "name": "x.Point"}, {**POINT_3D, "name": "y.Point"}],
                              ("x.Point", {"x": 1, "y": 2}), ("y.Point", {"z": 0.5, "y": 2, "x": 1.0})),
    "meaning_added": one("long", logical("long", "timestamp-millis"), 0, 1_700_000_000_001),
}
SPECIFIED = {
    "beside_its_alias": [{"price": 5.0}, {"price": 2.0}],
    "union_of_namesakes": [{"n": 0, "v": {"member0": {"x": 1, "y": 2}, "member1": None}},
                           {"n": 1, "v": {"member0": None, "member1": {"z": 0.5, "y": 2, "x": 1.0}}}],
    "meaning_added": [{"n": 0, "v": datetime.datetime(1970, 1, 1, tzinfo=UTC)},
                      {"n": 1, "v": datetime.datetime(2023, 11, 14, 22, 13, 20, 1000, tzinfo=UTC)}],
}
