"""The examples that read a topic, on the embedded broker."""

import json
import time
import uuid

from alerts.hook import Hook
from kafka_sink.job import committed
from support import tables
from support.broker import EmbeddedBroker
from support.case import Case, expect_equal
from support.kafka import shared_kafka
from support.live import Live
from support.program import ROOT, sluice

READINGS = ('{"station": "a", "measured_at": "2024-02-28 10:00:00", "celsius": 1.5}\n'
            '{"station": "b", "measured_at": "2024-02-29 10:00:00", "celsius": -3.0}\n'
            '{"station": 7, "celsius": "hot"}\n')


def cases():
    yield Case("bronze", bronze)
    yield Case("message_types", message_types)
    yield Case("kafka_to_files", kafka_to_files)
    yield Case("iot_alerts", iot_alerts)


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


def iot_alerts(folder):
    """On a real Kafka, where it is exactly once: a sensor that cools down leaves the topic of hot ones, and the control
    room hears once of each that is hot, and once that it no longer is; the page has what came before it."""
    brokers, topic, room = shared_kafka().address, f"iot-{uuid.uuid4().hex[:12]}.", Hook()
    env = {"KAFKA_BROKERS": brokers, "TOPIC": topic, "OUT": folder / "out", "WEBHOOK": room.url()}
    sluice("topic", "create", topic, "--partitions", 3, "--brokers", brokers, cwd=ROOT).must_exit(0)
    readings = [[("a", 60), ("b", 90), ("c", 96)], [("b", 30), ("c", 99), ("a", 85)]]
    for number, batch in enumerate(readings):
        records = folder / f"{number}.jsonl"
        records.write_text("".join(
            json.dumps({"sensor": sensor, "measured_at": f"2024-01-01 00:0{2 * number}:00", "celsius": celsius}) + "\n"
            for sensor, celsius in batch), encoding="utf-8")
        sluice("produce", "--json", records, "--brokers", brokers, "--topic", topic, cwd=ROOT).must_exit(0)
        for _ in range(2):
            sluice("run", "examples/iot_alerts/pipeline.yaml", cwd=ROOT, env=env).must_exit(0)
    alerts = [json.loads(value) for _, value in committed(brokers, topic + "alerts")]
    expect_equal([("a", 85.0, "warning"), ("b", 90.0, "warning"), ("c", 96.0, "critical"), ("c", 99.0, "critical")],
                 sorted((one["sensor"], one["celsius"], one["level"]) for one in alerts), "alerts")
    hot = {key.decode(): value and json.loads(value) for key, value in committed(brokers, topic + "too_hot")}
    expect_equal({"a": {"sensor": "a", "readings": 2, "celsius": 72.5}, "b": None,
                  "c": {"sensor": "c", "readings": 2, "celsius": 97.5}}, hot, "sensors that are too hot")
    said = [(one["state"], one["key"], one["text"]) for one in room.wait_for(4)]
    expect_equal(sorted([("firing", "b", "b is at 90.0 °C on average"), ("firing", "c", "c is at 96.0 °C on average"),
                         ("firing", "a", "a is at 72.5 °C on average"), ("resolved", "b", "b is at 90.0 °C on average")]),
                 sorted(said), "what the control room has heard")
    expect_equal([["2024-01-01 00:00:00", "a", "60.0"], ["2024-01-01 00:00:00", "b", "90.0"],
                  ["2024-01-01 00:00:00", "c", "96.0"]],
                 rows(folder / "out/minutes", "delta", "SELECT minute, sensor, celsius FROM t"), "averages of the minute")
    paused = (ROOT / "examples/iot_alerts/pipeline.yaml").read_text().replace("available_now", "{every: 1s}")
    (folder / "pipeline.yaml").write_text(paused)
    with Live("pipeline.yaml", cwd=folder, env=env) as live:
        for _ in range(400):  # until it has opened its checkpoint
            warmest = live.chart("iot_alerts", "warmest").get("celsius")
            if warmest:
                break
            time.sleep(0.1)
        expect_equal("99.00", warmest[-1], "the warmest")
        shown = live.chart("iot_alerts", "minutes")
        expect_equal([(0, "a", 60), (0, "b", 90), (0, "c", 96), (2, "a", 85), (2, "b", 30), (2, "c", 99)],
                     sorted((minute // 60_000 % 60, sensor, float(celsius)) for minute, sensor, celsius in
                            zip(shown["minute"], shown["sensor"], shown["celsius"])), "minutes, with the one that is over")
    expect_equal(4, len(room.bodies()), "notices after more starts")
