"""`sluice show`."""

import pathlib

from support.broker import EmbeddedBroker, create_topic, produce
from support.case import Case, Failure, expect_equal
from support.program import must_say, sluice
from transfer.place import copy, show, write_csv, write_json

# As Spark's documentation of Dataset.printSchema has it.
TREE = """\
root
 |-- id: long (nullable = true)
 |-- straße: string (nullable = true)
 |-- items: array (nullable = true)
 |    |-- element: struct (containsNull = true)
 |    |    |-- sku: string (nullable = true)
 |    |    |-- n: integer (nullable = true)
 |-- prices: map (nullable = true)
 |    |-- key: string
 |    |-- value: double (valueContainsNull = true)
 |-- day: date (nullable = true)

"""
NESTED_SCHEMA = ('id BIGINT, "straße" VARCHAR, items STRUCT(sku VARCHAR, n INTEGER)[], '
                 "prices MAP(VARCHAR, DOUBLE), day DATE")


def cases():
    yield Case("show_nested", nested)
    yield Case("show_delta", delta)
    yield Case("show_nothing", nothing)
    yield Case("show_wide", wide)
    yield Case("show_undecoded", undecoded)
    yield Case("show_topic", topic)
    yield Case("show_source_of_a_pipeline", of_a_pipeline)


def nested(folder):
    write_json(folder / "in.jsonl", [
        {"id": 1, "straße": "東京", "items": [{"sku": "a", "n": 1}, {"sku": "b"}], "prices": {"net": 1.5},
         "day": "2024-05-01"},
        {"id": 2, "straße": None, "items": []}])
    said = show(folder, "in.jsonl", "--schema", NESTED_SCHEMA, "--truncate", "0").out
    expect_equal(TREE.rstrip("\n"), said.split("\n\n")[0], "the tree")
    # With truncate Spark aligns to the right.
    said = show(folder, "in.jsonl", "--schema", NESTED_SCHEMA).out
    for cell in ("|{net -> 1.5}|2024-05-01|", "|        NULL|      NULL|"):
        if cell not in said:
            raise Failure(f"'{cell}' is not in\n{said}")
    if not said.endswith("\n2 rows, 5 columns\n"):
        raise Failure(f"the last line of\n{said}")


def delta(folder):
    write_csv(folder / "in.csv", 50)
    copy(folder, "in.csv", "lake/orders")
    said = show(folder, "lake/orders", "--rows", "2").out
    expect_equal("""\
root
 |-- id: long (nullable = true)
 |-- name: string (nullable = true)
 |-- price: double (nullable = true)
 |-- at: timestamp_ntz (nullable = true)
 |-- ok: boolean (nullable = true)

+---+----------+-----+-------------------+-----+
| id|      name|price|                 at|   ok|
+---+----------+-----+-------------------+-----+
|  0|naïve 東 0|  0.5|2024-05-01 12:00:00| NULL|
|  1|naïve 東 1|  1.5|2024-05-02 12:00:00|false|
+---+----------+-----+-------------------+-----+
only showing top 2 rows
50 rows, 5 columns
""", said, "a Delta table, counted from its files")


def nothing(folder):
    (folder / "head.csv").write_text("id,name\n")
    said = show(folder, "head.csv").out
    expect_equal("root\n |-- id: string (nullable = true)\n |-- name: string (nullable = true)\n\n"
                 "+---+----+\n| id|name|\n+---+----+\n+---+----+\n0 rows, 2 columns\n", said, "no rows")
    write_csv(folder / "in.csv", 3)
    expect_equal("+---+----+-----+---+---+\n| id|name|price| at| ok|\n+---+----+-----+---+---+\n"
                 "+---+----+-----+---+---+\nonly showing top 0 rows\n5 columns; --count counts the rows\n",
                 show(folder, "in.csv", "--rows", "0").out.split("\n\n")[1], "--rows 0")
    must_say(show(folder, "in.csv", "--rows", "1", "--count"), "3 rows, 5 columns")


def wide(folder):
    names = [f"column_{i}" for i in range(300)]
    (folder / "wide.csv").write_text(",".join(names) + "\n" + ",".join("x" * 40 for _ in names) + "\n")
    said = show(folder, "wide.csv").out
    expect_equal(301, said.split("\n\n")[0].count("\n") + 1, "lines of the tree")
    must_say(show(folder, "wide.csv"), "1 row, 300 columns", "x" * 17 + "...")
    must_say(show(folder, "wide.csv", "--truncate", "0"), "x" * 40)


def undecoded(folder):
    (folder / "in.jsonl").write_text('{"id": 1}\n{"id": "x"}\n{"id": 3}\n')
    said = must_say(show(folder, "in.jsonl", "--schema", "id BIGINT"), "does not decode: ", "line=2")
    must_say(said, "|  1|", "|  3|")


def topic(folder):
    broker = EmbeddedBroker(folder)
    try:
        create_topic(broker.address, "in")
        produce(broker.address, "in", [b'{"id": 1, "x": "\xc3\xa4"}', b"\xff\x00", None], key=b"k")
        said = show(folder, "kafka://embedded/in", "--truncate", "0", env=broker.env).out
        for text in (" |-- value: binary (nullable = true)\n", '|{"id": 1, "x": "ä"}|', "|0xFF00 ", "|NULL ",
                     "|k  |", "3 rows, 8 columns"):
            if text not in said:
                raise Failure(f"'{text}' is not in\n{said}")
        shown = show(folder, "kafka://embedded/in", "--schema", "id BIGINT, x VARCHAR", env=broker.env)
        must_say(shown, "|  1|  ä|", "does not decode", " |-- x: string (nullable = true)")
    finally:
        broker.stop()


def of_a_pipeline(folder):
    write_csv(folder / "in.csv", 3)
    pathlib.Path(folder / "p.yaml").write_text("""\
name: p
sources:
  orders:
    csv: {path: "${WHERE}", schema: {id: BIGINT, name: VARCHAR, price: "DECIMAL(9,2)", at: VARCHAR, ok: VARCHAR}}
    metadata: [file_line]
  others: {generator: {rows: 3, columns: {n: {sequence: {}}}}}
sinks:
  out: {from: orders, console: {}}
checkpoint: checkpoint
""")
    said = show(folder, "--pipeline", "p.yaml", "--source", "orders", "--var", "WHERE=in.csv")
    must_say(said, " |-- price: decimal(9,2) (nullable = true)", " |-- file_line:", "3 rows, 6 columns")
    must_say(show(folder, "--pipeline", "p.yaml", "--source", "others", env={"WHERE": "in.csv"}),
             "3 rows, 1 column")
    must_say(show(folder, "--pipeline", "p.yaml", code=2, env={"WHERE": "in.csv"}),
             "has several sources; choose one with --source: orders, others")
    must_say(show(folder, "--pipeline", "p.yaml", "--source", "order", code=2, env={"WHERE": "in.csv"}),
             "did you mean 'orders'?")
    # A pipe, whose lines a run would keep in its checkpoint.
    (folder / "pipe.yaml").write_text("""\
name: pipe
sources: {lines: {stdin: {}, format: {json: {schema: {id: BIGINT}}}}}
sinks: {out: {from: lines, console: {}}}
checkpoint: checkpoint
""")
    said = sluice("show", "--pipeline", "pipe.yaml", cwd=folder, feed=b'{"id": 7}\n{"id": 8}\n').must_exit(0)
    must_say(said, "|  7|", "2 rows, 1 column")
    if (folder / "checkpoint").exists():
        raise Failure("the pipeline's checkpoint was made")
