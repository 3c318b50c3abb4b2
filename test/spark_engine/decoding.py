"""Records decode, or are rejected, on Spark as they are natively: value by value."""

import json

import yaml

from spark_engine.both import expect_same_tables, on_both
from support import tables
from support.case import Case, Failure

# By type, values in JSON of which some fit. Known differences are in DIFFER.
VALUES = {
    "BOOLEAN": ["true", "false", "null", '"true"', "1"],
    "TINYINT": ["1", "-128", "127", "128", "255", "1.5", '"1"'],
    "SMALLINT": ["32767", "32768", "1e2"],
    "INTEGER": ["2147483647", "2147483648", "-1", "1.0", '"7"', "true", "[1]", "{}"],
    "BIGINT": ["9223372036854775807", "9223372036854775808", "-0"],
    "UINTEGER": ["0", "4294967295", "-1", "4294967296"],
    "UBIGINT": ["18446744073709551615", "-1", "1.5"],
    "HUGEINT": ["12345678901234567890123456789012345678", "1.5", '"3"'],
    "DECIMAL(10,2)": ["1.255", "-1.255", "99999999.99", "99999999.995", "100000000", '"12.5"', '"1,234.5"', '"x"', "1e2"],
    "DOUBLE": ["1.5", "1", '"1.5"', '"NaN"', '"Infinity"', '"-Infinity"', "true"],
    "REAL": ["1.5", '"1"'],
    "VARCHAR": ['"text"', '"\\u00e9"', "12", "true", '""', '"a\\nb"'],
    "DATE": ['"2024-02-29"', '"2024-02-30"', '"2024-2-9"', '"2024"', "20240229", '"2024-02-29T10:00:00"'],
    "TIMESTAMP": ['"2024-02-29"', '"2024-02-29T12:30"', '"2024-02-29 12:30:00.123456"', '"2024-02-29T12:30:00Z"',
                  '"2024-02-29T12:30:00+02"', '"2024-02-29T12:30:00+0200"', '"2024-02-29T12:30:00-02:30"',
                  '"2024-02-29T12:30Z"', '"2024-02-29 12:30:00.123456789"', '"2024-2-9 1:2:3"', '"29.02.2024"', "1709210000",
                  '"2024-02-29T25:00:00"', '""', '" 2024-02-29"'],
    "TIMESTAMPTZ": ['"2024-02-29T12:30:00+02:00"', '"2024-02-29T12:30:00"', '"x"'],
    "UUID": ['"0de3a0c6-9f1b-4a7e-8d2c-1a2b3c4d5e6f"', '"0DE3A0C6-9F1B-4A7E-8D2C-1A2B3C4D5E6F"', '"0de3a0c6"', "1"],
    "BLOB": ['"YWJj"', '"!"', '"YW"'],
    "JSON": ['{"x":1}', '"text"', "1", "[1,2]", "true"],
    "STRUCT(a INTEGER, b VARCHAR)": ['{"a":1,"b":"x"}', '{"a":"x"}', "{}", "[]", '{"b":null,"c":1}'],
    "INTEGER[]": ["[1,2]", '[1,"x"]', "[]", "1", "[null]"],
    "MAP(VARCHAR, INTEGER)": ['{"a":1}', '{"a":"x"}', "[]"],
}
BROKEN = ["not json", "", '{"id":1', '{"id":1} x', '{"id":1}{"id":2}', "[]", "null", "{'id':1}", '{"id":01}', '{"id":+1}',
          '{"id":1,}', '{"id":1}]', '{"id":1},{"id":2}', '{"id":NaN}', '{"other":"\\ud800"}', '{"id":1,"id":2}', " {} ", '{"ID":1}',
          '{"id":1, "s":"a\tb"}', '{"id":/*c*/1}', '1', '"text"']
CSV_LINES = ["1,a,1.5,2024-02-29 10:00:00,true", "2,,,,", '3,"a, b",2.555,2024-02-29,false', '4,"two\nlines",1,,TRUE',
             "x,a,1,,", "5,a,1", "6,a,1,,true,more", '7,"a""b",-1,2024-02-29T10:00Z,', "8,a,99999999999,,", "9,a,1,29.02.2024,",
             "10,a,1,,maybe", "", "+11,a,.5,,", "007,a,1e1,,", '12,"",1,,']


def cases():
    yield Case("decoding/json", json_values)
    yield Case("decoding/csv", csv_lines)


def names():
    return {f"c{number}": kind for number, kind in enumerate(VALUES)}


def json_values(folder):
    """A line a value: of each value alone it is seen whether it fits."""
    kinds = names()
    lines = []
    for name, kind in kinds.items():
        lines += [f'{{"id":{len(lines) + number},"{name}":{value}}}' for number, value in enumerate(VALUES[kind])]
    (folder / "in").mkdir()
    (folder / "in" / "1.jsonl").write_bytes("\n".join([*lines, *BROKEN]).encode() + b'\n{"c11":"\xff"}\n')
    huge = next(name for name, kind in kinds.items() if kind == "HUGEINT")
    pipeline(folder, {"json_lines": {"path": "in", "schema": {"id": "BIGINT", **kinds}}},
             f"SELECT * REPLACE (CAST({huge} AS DECIMAL(38,0)) AS {huge}) FROM records")
    compare(folder)


def csv_lines(folder):
    (folder / "in").mkdir()
    (folder / "in" / "1.csv").write_text("id,name,amount,at,yes\n" + "\n".join(CSV_LINES) + "\n")
    schema = {"id": "BIGINT", "name": "VARCHAR", "amount": "DECIMAL(10,2)", "at": "TIMESTAMP", "yes": "BOOLEAN"}
    pipeline(folder, {"csv": {"path": "in", "schema": schema}})
    compare(folder)


def pipeline(folder, source, view="SELECT * FROM records"):
    (folder / "pipeline.yaml").write_text(yaml.safe_dump({
        "name": "decoding",
        "sources": {"records": {**source, "dead_letter": {"parquet": {"path": "${OUT}/rejected"}}}},
        "views": {"seen": view}, "sinks": {"out": {"from": "seen", "parquet": {"path": "${OUT}/rows"}}},
        "trigger": "available_now", "checkpoint": "${OUT}/checkpoint"}, sort_keys=False, width=1000))


def compare(folder):
    """What was rejected first, since it says more."""
    one, other = on_both(folder, "pipeline.yaml", {}, folder)
    rejected = []
    for side in (one, other):
        duck = tables.connection()
        if not tables.define_table(duck, "t", "parquet", side / "rejected"):
            raise Failure(f"{side.name}: nothing was rejected")
        rejected.append(sorted(row[0] for row in duck.execute("SELECT decode(value) FROM t WHERE value::VARCHAR NOT LIKE '%xFF%'")
                               .fetchall()))
    for more, less, words in ((rejected[0], rejected[1], "sluice rejects, and Spark does not"),
                              (rejected[1], rejected[0], "Spark rejects, and sluice does not")):
        if rest := [value for value in more if value not in less]:
            raise Failure(f"{words}:\n  " + "\n  ".join(map(json.dumps, rest)))
    expect_same_tables(one, other, [("rows", "parquet")])
