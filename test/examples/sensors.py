"""Simulated sensors, against plain DuckDB over the topic that they wrote."""

from kafka_sink.job import committed
from support import tables
from support.broker import EmbeddedBroker
from support.case import Case, Failure, expect_equal
from support.program import ROOT, sluice

# What the dead letter is for: a text that is no DECIMAL.
RECEIVED = """
CREATE TABLE received AS
  SELECT *, TRY_CAST(text AS DECIMAL(6,2)) AS celsius, text IS NOT NULL AND celsius IS NULL AS bad
  FROM read_json('{path}', format = 'newline_delimited',
                 columns = {{sensor: 'VARCHAR', measured_at: 'TIMESTAMP', celsius: 'VARCHAR', humidity: 'INTEGER'}})
       AS t(sensor, measured_at, text, humidity);
CREATE TABLE readings AS SELECT DISTINCT * FROM received WHERE NOT bad;
"""
HOURS = """
SELECT date_trunc('hour', measured_at) AS hour, sensor, count(*), round(avg(celsius), 6), min(celsius), max(celsius),
       round(avg(humidity), 6), count(celsius) >= 30 AND min(celsius) = max(celsius)
FROM readings GROUP BY hour, sensor
HAVING hour + INTERVAL 1 HOUR <= (SELECT max(measured_at) FROM readings) - INTERVAL 1 HOUR
"""
NEWEST = """
SELECT sensor, max(measured_at), max_by(celsius, measured_at) FROM readings GROUP BY sensor
"""
FLAGGED = """
SELECT sensor, measured_at, celsius, CASE WHEN celsius IS NULL THEN 'missing' ELSE 'outlier' END
FROM readings WHERE celsius IS NULL OR celsius NOT BETWEEN -10 AND 50
"""


def cases():
    yield Case("iot_sensors", iot_sensors)


def iot_sensors(folder):
    """In two halves: the second run of each pipeline goes on where the first ended."""
    out = folder / "out"
    broker = EmbeddedBroker(folder)
    try:
        for rows in (30_000, 60_000):
            env = {**broker.env, "OUT": out, "ROWS": rows}
            for name in ("sensors.yaml", "pipeline.yaml"):
                sluice("run", f"examples/iot_sensors/{name}", cwd=ROOT, env=env).must_exit(0)
        received = [value for _, value in committed(broker.address, "readings")]
        alerts = committed(broker.address, "readings.alerts")
    finally:
        broker.stop()
    path = folder / "received.jsonl"
    path.write_bytes(b"\n".join(received) + b"\n")
    duck = tables.connection()
    duck.execute(RECEIVED.format(path=path))
    there = {}
    for name, kind in (("hours", "delta"), ("newest", "delta"), ("flagged", "delta"), ("dead_letter", "parquet")):
        if not tables.define_table(duck, name, kind, out / name):
            raise Failure(f"no {name}")
        there[name] = duck.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
    for name, expected, columns in (
            ("hours", HOURS, "hour, sensor, readings, round(celsius, 6), lowest, highest, round(humidity, 6), stuck"),
            ("newest", NEWEST, "sensor, measured_at, celsius"),
            ("flagged", FLAGGED, "sensor, measured_at, celsius, flag")):
        expect_equal(tables.rows_as_text(duck, expected), tables.rows_as_text(duck, f"SELECT {columns} FROM {name}"),
                     name)
    bad, twice = duck.execute("SELECT count(*) FILTER (bad), count(*) - (SELECT count(*) FROM (SELECT DISTINCT * FROM "
                              "received)) FROM received").fetchone()
    expect_equal(bad, there["dead_letter"], "dead letters")
    outliers = duck.execute("SELECT count(*) FROM flagged WHERE flag = 'outlier'").fetchone()[0]
    expect_equal(outliers, len(alerts), "alerts")
    # All that may go wrong has gone wrong.
    stuck = duck.execute("SELECT count(*) FILTER (stuck), count(*) FILTER (readings < 60) FROM hours").fetchone()
    if min(bad, twice, outliers, *stuck) < 10:
        raise Failure(f"bad={bad} twice={twice} outliers={outliers} stuck hours and hours with gaps={stuck}")
