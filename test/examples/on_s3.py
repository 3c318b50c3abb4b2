"""The examples that write to S3, on a real server."""

import shutil

from examples.from_kafka import rows
from examples.machine_learning import features_in
from support.broker import FIRST_TIMESTAMP_MS, EmbeddedBroker, create_topic, produce
from support.case import Case, Failure, expect_equal
from support.live import Live
from support.program import ROOT, sluice
from support.s3 import shared_s3


def cases():
    yield Case("stream_to_s3", stream_to_s3)
    yield Case("s3_dashboard", s3_dashboard)
    yield Case("batch_to_s3", batch_to_s3)
    yield Case("features_on_s3", features_on_s3)


def bucket(name):
    """A bucket of its own: its folder, and the environment that leads there."""
    store = shared_s3()
    return store.make_bucket(name), {**store.env, "BUCKET": name}


def stream_to_s3(folder):
    """A record a second, of which the last 12,000 are at or after the start time."""
    lake, env = bucket("stream-to-s3")
    broker = EmbeddedBroker(folder)
    try:
        create_topic(broker.address, "readings", 1)
        produce(broker.address, "readings",
                [b'{"station": "s%d", "measured_at": "2024-02-28 10:00:00", "celsius": %d.5}'
                 % (n % 7, n % 30) for n in range(13_000)])
        start = FIRST_TIMESTAMP_MS + 1000 * 1000
        env.update(broker.env, OUT=folder, START_TIME=start)
        done = sluice("run", "examples/stream_to_s3/pipeline.yaml", cwd=ROOT, env=env).must_exit(0)
    finally:
        broker.stop()
    if "12 batches" not in done.err and "13 batches" not in done.err:
        raise Failure("batches of a thousand\n" + done.err)
    expect_equal([["12000", "7"]],
                 rows(lake / "readings", "parquet", "SELECT count(*), count(DISTINCT station) FROM t"),
                 "rows on S3")
    files = sorted(path.name for path in (lake / "readings").glob("day=*/*.parquet"))
    if not 2 <= len(files) <= 4:
        raise Failure(f"files of some thousand rows each, not {files}")


def s3_dashboard(folder):
    """Charts of what the example before has written, without a job."""
    lake, env = bucket("s3-dashboard")
    broker = EmbeddedBroker(folder)
    try:
        create_topic(broker.address, "readings", 1)
        produce(broker.address, "readings",
                [b'{"station": "s%d", "measured_at": "2024-02-%02d 10:00:00", "celsius": %d.5}'
                 % (n % 7, 27 + n % 2, n % 30) for n in range(3000)])
        sluice("run", "examples/stream_to_s3/pipeline.yaml", cwd=ROOT, env={**env, **broker.env, "OUT": folder}).must_exit(0)
    finally:
        broker.stop()
    with Live("examples/s3_dashboard/dashboard.yaml", cwd=ROOT, env=env, command="dashboard") as live:
        live.wait_for_chart("readings", "readings", {"readings": [3000]})
        live.wait_for_chart("readings", "stations", {"stations": [7]})
        live.wait_for_chart("readings", "days", {"readings": [1500, 1500]})
        shown = live.chart("readings", "list")
    expected = rows(lake / "readings", "parquet", "SELECT station, count(*), min(celsius), max(celsius) FROM t GROUP BY 1")
    got = zip(shown["station"], shown["readings"], shown["lowest"], shown["highest"])
    expect_equal(sorted(map(list, expected)), sorted([station, str(count), str(low), str(high)]
                                                     for station, count, low, high in got), "stations")


def batch_to_s3(folder):
    lake, env = bucket("batch-to-s3")
    shutil.copytree(ROOT / "examples/csv_to_parquet/readings", folder / "in")
    for _ in range(2):
        sluice("run", "examples/batch_to_s3/pipeline.yaml", cwd=ROOT,
               env={**env, "IN": folder / "in", "OUT": folder / "out"}).must_exit(0)
    expect_equal([["5", "17.9"]],
                 rows(lake / "nightly/readings", "delta", "SELECT count(*), sum(celsius) FROM t"),
                 "readings")
    expect_equal([["5"]], rows(lake / "nightly/stations", "parquet", "SELECT sum(readings) FROM t"),
                 "readings of all stations")


def features_on_s3(folder):
    lake, env = bucket("features")
    features_in(lake, {**env, "LAKE": "s3://features", "OUT": folder / "out"})
