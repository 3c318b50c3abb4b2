"""The examples that Spark can run: natively and by the generated program, the same tables."""

import json
import re
import shutil
import subprocess
import sys
import uuid

import yaml

from examples.from_kafka import READINGS
from kafka_sink.job import committed
from spark_engine.both import expect_same_tables, native, on_both, plan_of, spark
from support.broker import create_topic, produce
from support.case import Case, Failure, expect_equal
from support.kafka import shared_kafka
from support.program import ROOT, sluice

EXAMPLES = ROOT / "examples"
DIRTY = READINGS + ('not json\n{"station": "c", "measured_at": "2024-02-29T10:00Z", "celsius": "2.25"}\n'
                    '{"station": "d", "measured_at": 1709200800, "celsius": 1}\n'
                    '{"station": "e", "measured_at": "2024-02-29 10:00:00+02", "celsius": 99999}\n'
                    '{"station": "f"} trailing\n{"station": "g", "station": "h"}\n{\'station\': "i"}\n[]\nnull\n'
                    '{"station": null, "measured_at": null, "celsius": null, "more": [1, {"a": 2}]}\n')
JOINED_WHOLE = ("q4", "q6", "q9")
LETTERS = ("batch", "reason", "timestamp")


def cases():
    yield Case("example/bronze", bronze)
    yield Case("example/message_types", message_types)
    yield Case("example/kafka_to_files", kafka_to_files)
    yield Case("example/invoices", invoices)
    yield Case("example/iot_alerts", iot_alerts)
    yield Case("example/iot_sensors", iot_sensors)
    yield Case("example/csv_to_parquet", csv_to_parquet)
    yield Case("example/aggregating_table", aggregating_table)
    yield Case("example/features", features)
    yield Case("example/analytics_dashboard", analytics_dashboard)
    yield Case("example/windows", lambda folder: made_up(folder, EXAMPLES / "windows/pipeline.yaml",
                                                         [("minutes", "parquet"), ("visits", "parquet")]))
    for number in range(23):
        yield Case(f"nexmark/q{number}", lambda folder, number=number: nexmark(folder, f"q{number}"))


def topic_of(records, partitions=2):
    """Makes a topic with these records, one line each, in turn in its partitions; what leads there."""
    brokers, topic = shared_kafka().address, f"spark-{uuid.uuid4().hex[:12]}"
    for name in (topic, f"{topic}.alerts", f"{topic}alerts", f"{topic}too_hot"):
        create_topic(brokers, name, partitions)
    produce(brokers, topic, records, partitions=partitions)
    return {"KAFKA_BROKERS": brokers, "TOPIC": topic}


def bronze(folder):
    env = topic_of([b'{"a": 1}', b"no json", b"\xe9", None])
    expect_same_tables(*on_both(folder, "examples/bronze/pipeline.yaml", env), [("events", "delta")])


def message_types(folder):
    env = topic_of((EXAMPLES / "message_types/messages.jsonl").read_bytes().splitlines())
    both = on_both(folder, "examples/message_types/pipeline.yaml", env)
    expect_same_tables(*both, [(name, "delta") for name in ("orders", "payments", "shipments")])
    expect_same_tables(*both, [("others", "delta")], leave_out=("payload",))  # Spark writes JSON again: 120.00 as 120.0


def kafka_to_files(folder):
    both = on_both(folder, "examples/kafka_to_files/pipeline.yaml", topic_of([*DIRTY.encode().splitlines(), b"", None, b'{"station": "\xff"}']))
    expect_same_tables(*both, [("parquet", "parquet"), ("csv", "csv")])
    expect_same_tables(*both, [("rejected", "json")], leave_out=(*LETTERS, "column_name"))  # of a field twice Spark has no name


def invoices(folder):
    """The founding use case: dirty invoices, with their dead letters."""
    subprocess.run([sys.executable, EXAMPLES / "invoices/generate.py", "--rows", "3000", folder / "in.csv"], check=True)
    env = topic_of([])
    sluice("produce", folder / "in.csv", "--brokers", env["KAFKA_BROKERS"], "--topic", env["TOPIC"], cwd=ROOT).must_exit(0)
    env["DEMO_TOPIC"] = env["TOPIC"]
    both = on_both(folder, "examples/invoices/pipeline.yaml", env, out="DEMO_DIR")
    expect_same_tables(*both, [("delta", "delta"), ("parquet", "parquet"), ("csv", "csv")])
    expect_same_tables(*both, [("dead_letter", "parquet")], leave_out=LETTERS)


def iot_alerts(folder):
    """A sensor that cools down leaves the topic of hot ones."""
    lines = [json.dumps({"sensor": sensor, "measured_at": f"2024-01-01 00:0{minute}:00", "celsius": celsius})
             for minute, sensor, celsius in ((0, "a", 60), (0, "b", 90), (0, "c", 96), (2, "b", 30), (2, "c", 99), (4, "a", 85))]
    seen = {}
    for engine, run in (("native", native), ("spark", spark)):
        env = topic_of([])
        for part in (lines[:3], lines[3:]):
            produce(env["KAFKA_BROKERS"], env["TOPIC"], [line.encode() for line in part])
            run("examples/iot_alerts/pipeline.yaml", {**env, "OUT": folder / engine, "WEBHOOK": "http://127.0.0.1:9/"})
        hot = {key: value and json.loads(value) for key, value in committed(env["KAFKA_BROKERS"], env["TOPIC"] + "too_hot")}
        alerts = sorted(str(json.loads(value)) for _, value in committed(env["KAFKA_BROKERS"], env["TOPIC"] + "alerts"))
        seen[engine] = {key: value for key, value in hot.items() if value}, alerts
    expect_equal(seen["native"][0], seen["spark"][0], "sensors that are too hot")
    expect_equal(seen["native"][1], seen["spark"][1], "alerts")
    expect_same_tables(folder / "native", folder / "spark", [("minutes", "delta")])


def iot_sensors(folder):
    env = topic_of([])
    sluice("run", "examples/iot_sensors/sensors.yaml", cwd=ROOT,
           env={**env, "ROWS": 12_000, "OUT": folder}).must_exit(0)
    both = on_both(folder, "examples/iot_sensors/pipeline.yaml", env)
    expect_same_tables(*both, [(name, "delta") for name in ("hours", "newest", "flagged")])
    expect_same_tables(*both, [("dead_letter", "parquet")], leave_out=LETTERS)


def csv_to_parquet(folder):
    shutil.copytree(EXAMPLES / "csv_to_parquet/readings", folder / "in")
    expect_same_tables(*on_both(folder, "examples/csv_to_parquet/pipeline.yaml", {"IN": folder / "in"}),
                       [("readings", "parquet")])


def aggregating_table(folder):
    """A batch and a stream over a Delta table that sluice has made, which grows between two runs."""
    for rows in (3000, 6000):
        sluice("run", "examples/aggregating_table/orders.yaml", cwd=ROOT,
               env={"LAKE": folder / "native", "OUT": folder, "ROWS": rows}).must_exit(0)
        shutil.copytree(folder / "native/orders", folder / "spark/orders", dirs_exist_ok=True)
        for name in ("stream", "batch"):
            for engine, run in (("native", native), ("spark", spark)):
                run(f"examples/aggregating_table/{name}.yaml", {"LAKE": folder / engine, "OUT": folder / engine})
        expect_same_tables(folder / "native", folder / "spark", [("shops_stream", "delta"), ("shops_batch", "delta")])


def features(folder):
    sluice("run", "examples/features/customers.yaml", cwd=ROOT,
           env={"LAKE": folder / "native", "OUT": folder}).must_exit(0)
    shutil.copytree(folder / "native/customers", folder / "spark/customers")
    for engine, run in (("native", native), ("spark", spark)):
        run("examples/features/features.yaml", {"LAKE": folder / engine, "OUT": folder / engine})
    expect_same_tables(folder / "native", folder / "spark", [("features", "parquet")])


def analytics_dashboard(folder):
    """A stream beside four tables, some of whose values are missing: rows as they come, and hours once they are over."""
    made = {
        "airlines": ("carrier,name", "AA,American\nUA,United\n"),  # of DL nobody knows the name
        "airports": ("faa,name,lat,lon,alt,tz,dst,tzone",
                     "BOS,Boston,42.36,-71.01,19,-5,A,America/New_York\nATL,Atlanta,33.64,-84.43,NA,-5,A,NA\n"),
        "planes": ("tailnum,year,type,manufacturer,model,engines,seats,speed,engine",
                   "".join(f"N{n},{'NA' if n == 2 else 1990 + n},Fixed,BOEING,737,2,{100 + n},NA,Turbo-fan\n" for n in range(5))),
        "weather": ("origin,year,month,day,hour,temp,dewp,humid,wind_dir,wind_speed,wind_gust,precip,pressure,visib,time_hour",
                    "".join(f"JFK,2013,1,{day},{hour},{hour + .5},1,50,{'NA' if hour % 5 == 0 else 10},3.5,NA,0,1010,{hour % 10},"
                            f"2013-01-0{day} {hour:02}:00:00\n" for day in (1, 2, 3) for hour in range(24)))}
    for name, (header, rows) in made.items():
        (folder / "data" / name).mkdir(parents=True)
        (folder / "data" / name / "rows.csv").write_text(f"{header}\n{rows}")
    flights = [json.dumps({"scheduled_at": f"2013-01-0{1 + n // 240} {n // 10 % 24:02}:{n % 10 * 6:02}:00", "flight": n,
                           "time_hour": f"2013-01-0{1 + n // 240} {n // 10 % 24:02}:00:00", "carrier": ("AA", "UA", "DL")[n % 3],
                           "tailnum": f"N{n % 7}", "origin": "JFK" if n % 4 else "LGA", "dest": ("BOS", "ATL", "SJU")[n % 5 % 3],
                           "dep_delay": None if n % 11 == 0 else n % 60 - 10, "arr_delay": n % 50, "distance": 187}).encode()
               for n in range(720)]
    env = {**topic_of([*flights, b"no flight"]), "DATA": folder / "data"}
    expect_same_tables(*on_both(folder, "examples/analytics_dashboard/pipeline.yaml", env),
                       [("flights", "delta"), ("delays", "delta")])


def nexmark(folder, query):
    if query not in JOINED_WHOLE:
        made_up(folder, EXAMPLES / f"nexmark/{query}.yaml", [(query, "parquet")])
        return
    try:
        made_up(folder, EXAMPLES / f"nexmark/{query}.yaml", [(query, "parquet")])
    except Failure as failure:
        if not re.search("sink out: mode complete over view [a-z]+, a join of streams, which Spark joins in mode append only",
                         str(failure)):
            raise
        return
    raise Failure(f"{query} is not refused any more: take it out of JOINED_WHOLE")


def made_up(folder, path, names, files_per_batch=6):
    """An example whose rows a generator makes, which is sluice's own: its rows as files, on both engines."""
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    made = {name: one for name, one in spec["sources"].items() if "generator" in one}
    plan = plan_of(path, {"OUT": str(folder)})
    types = {one["name"]: {column["name"]: column["type"] for column in one["columns"]} for one in plan["sources"]}
    rows = {"name": "rows", "sources": made, "trigger": "available_now", "checkpoint": "rows",
            "sinks": {name: {"from": name, "parquet": {"path": f"in/{name}"}} for name in made}}
    (folder / "rows.yaml").write_text(yaml.safe_dump(rows), encoding="utf-8")
    sluice("run", "rows.yaml", cwd=folder).must_exit(0)
    for name, one in spec["sources"].items():
        if name in made:
            del one["generator"]
            one["parquet"] = {"path": f"in/{name}", "max_files_per_trigger": files_per_batch, "schema": types[name]}
    (folder / "pipeline.yaml").write_text(yaml.safe_dump(spec, sort_keys=False, width=1000), encoding="utf-8")
    for extra in path.parent.glob("*.csv"):
        target = folder / "examples" / path.parent.name
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(extra, target)
    expect_same_tables(*on_both(folder, "pipeline.yaml", {}, folder), names)
