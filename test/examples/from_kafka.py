"""The examples that read a topic, on the embedded broker."""

from support import tables
from support.broker import EmbeddedBroker
from support.case import Case, expect_equal
from support.program import ROOT, sluice

READINGS = ('{"station": "a", "measured_at": "2024-02-28 10:00:00", "celsius": 1.5}\n'
            '{"station": "b", "measured_at": "2024-02-29 10:00:00", "celsius": -3.0}\n'
            '{"station": 7, "celsius": "hot"}\n')


def cases():
    yield Case("bronze", bronze)
    yield Case("message_types", message_types)
    yield Case("kafka_to_files", kafka_to_files)


def run(name, folder, records):
    """Produces the records and runs the example twice: the second run finds nothing new."""
    broker = EmbeddedBroker(folder)
    try:
        sluice("produce", "--json", records, "--topic", name, cwd=ROOT, env=broker.env).must_exit(0)
        for _ in range(2):
            sluice("run", f"examples/{name}/pipeline.yaml", cwd=ROOT,
                   env={**broker.env, "TOPIC": name, "OUT": folder / "out"}).must_exit(0)
    finally:
        broker.stop()


def rows(folder, kind, select):
    duck = tables.connection()
    tables.define_table(duck, "t", kind, folder)
    return tables.rows_as_text(duck, select)


def bronze(folder):
    """Bytes stay as they are, also where they are not JSON."""
    records = folder / "events.txt"
    records.write_text('{"a": 1}\nno json\n', encoding="utf-8")
    run("bronze", folder, records)
    expect_equal([["0", '{"a": 1}', "true"], ["1", "no json", "true"]],
                 rows(folder / "out/events", "delta",
                      'SELECT "offset", decode(value), sent_on = CAST(sent_at AS DATE) FROM t'),
                 "the topic in Delta")


def message_types(folder):
    run("message_types", folder, ROOT / "examples/message_types/messages.jsonl")
    out = folder / "out"
    expect_equal([["1", "Ada", "19.90"], ["2", "Grace", "120.00"]],
                 rows(out / "orders", "delta", "SELECT order_id, customer, amount FROM t"), "orders")
    expect_equal([["1", "card"], ["2", "invoice"]],
                 rows(out / "payments", "delta", "SELECT order_id, paid_by FROM t"), "payments")
    expect_equal([["1", "post", "2"]],
                 rows(out / "shipments", "delta", "SELECT order_id, carrier, parcels FROM t"), "shipments")
    expect_equal([["3", "refund"], ["5", "order"]],
                 rows(out / "others", "delta", 'SELECT "offset", type FROM t'), "others")


def kafka_to_files(folder):
    records = folder / "readings.jsonl"
    records.write_text(READINGS, encoding="utf-8")
    run("kafka_to_files", folder, records)
    for kind in ("parquet", "csv"):
        expect_equal([["a", "1.5", "2024-02-28"], ["b", "-3.0", "2024-02-29"]],
                     rows(folder / "out" / kind, kind, "SELECT station, celsius, day FROM t"), kind)
    expect_equal([["2", "celsius"]],
                 rows(folder / "out/rejected", "json", 'SELECT "offset", column_name FROM t'),
                 "rejected")
