"""Handovers between sluice and a real Spark over a real broker, while records keep coming: nothing is lost, nothing is
there twice. Each row of the Delta table is compared with what was produced."""

import json
import os
import threading
import time
from collections import Counter
from pathlib import Path

from confluent_kafka import Producer
from deltalake import DeltaTable
from handover.pipelines import (APP_ID, PIPELINE, expect_ids, from_spark, hand_over, must_refuse, put_file, rows_of, run,
                                to_spark, write_pipeline)
from support.broker import create_topic
from support.case import Case, Failure
from support.kafka import shared_kafka
from support.program import Running, sluice
from support.spark import WarmSpark

SCRIPT = Path(__file__).with_name("spark_job.py")
LONG = bool(os.environ.get("SOAK"))
ROWS = 1_000_000 if LONG else 40_000
SWITCHES = 4 if LONG else 2
PARTITIONS = 3
# Records of a batch: each engine has several to do in its turn.
LIMIT = ROWS // 80
BATCHES = 10 if LONG else 2
WAIT_SECONDS = 120

STREAM = """\
name: shop
sources:
  orders:
    kafka: {{brokers: "{address}", topic: {topic}, max_records_per_trigger: {limit}}}
    format: {{json: {{schema: {{id: BIGINT, item: VARCHAR}}}}}}
sinks:
  lake: {{from: orders, delta: {{path: table}}}}
trigger: {{every: 100ms}}
checkpoint: checkpoint
"""
WINDOWS = """\
name: shop
sources:
  orders:
    kafka: {{brokers: "{address}", topic: {topic}}}
    format: {{json: {{schema: {{id: BIGINT, item: VARCHAR, ts: TIMESTAMPTZ}}}}}}
    watermark: {{column: ts, delay: 1s}}
views:
  counted: SELECT id, item, ts, count(*) AS n FROM orders WHERE item <> 'beat' GROUP BY id, item, ts
  listed: SELECT id, item FROM counted
sinks:
  lake: {{from: listed, mode: append, delta: {{path: table}}}}
trigger: available_now
checkpoint: checkpoint
"""


def cases():
    # One case, since all of it is asked of one JVM; with SOAK Spark's own Delta sink and windows, too.
    return [Case("spark/switches", run_all)]


def run_all(folder):
    parts = [("foreach_batch", lambda own: under_load(own, spark, APP_ID)), ("files", lambda own: of_files(own, spark)),
             ("fences", lambda own: fences(own, spark))]
    if LONG:
        parts += [("delta_sink", lambda own: under_load(own, spark, None)),
                  ("windows", lambda own: with_windows(own, spark))]
    spark = WarmSpark(folder, SCRIPT.read_text())
    try:
        for name, work in parts:
            own = folder / name
            own.mkdir()
            try:
                work(own)
            except Failure as failure:
                raise Failure(f"{name}: {failure}")
    finally:
        spark.stop()


class Load(threading.Thread):
    """Produces rows with the ids 0, 1, 2 ... to all partitions: a share of them each time that it is let go, within
    seconds, so that some come before an engine stops, some while nobody runs and some after the other one starts."""

    def __init__(self, address, topic, rows, shares, seconds):
        super().__init__(daemon=True)
        self.producer = Producer({"bootstrap.servers": address, "acks": "all", "linger.ms": 20, "log_level": 0,
                                  "queue.buffering.max.messages": 2_000_000})
        self.topic, self.rows, self.share, self.failed = topic, rows, -(-rows // shares), []
        self.pause = seconds / self.share
        self.let = threading.Semaphore(0)

    def go(self):
        self.let.release()

    def run(self):
        for number in range(self.rows):
            if number % self.share == 0:
                self.let.acquire()
            value = json.dumps({"id": number, "item": f"item {number}"})
            self.producer.produce(self.topic, value, partition=number % PARTITIONS,
                                  on_delivery=lambda error, _: error and self.failed.append(error))
            if number % 500 == 0:
                self.producer.poll(0)
                time.sleep(500 * self.pause)
        self.producer.flush(120)

    def end(self):
        self.join()
        if self.failed:
            raise Failure(f"producing: {self.failed[:1]}")


def wait_until(condition, what, seconds=WAIT_SECONDS):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise Failure(f"waited {seconds} s until {what}")
        time.sleep(0.1)
    return found


def version(folder):
    try:
        return DeltaTable(str(folder / "table"), without_files=True).version()
    except Exception:
        return -1


def under_load(folder, spark, app_id):
    address, topic = shared_kafka().address, f"handover-{'delta' if app_id is None else 'foreach'}-{os.getpid()}"
    create_topic(address, topic, PARTITIONS)
    write_pipeline(folder, STREAM.format(address=address, topic=topic, limit=LIMIT))
    load = Load(address, topic, ROWS, shares=SWITCHES + 1, seconds=20 if LONG else 2)
    load.start()
    load.go()
    where = {"checkpoint": str(folder / "spark"), "table": str(folder / "table"), "app_id": app_id}
    for _ in range(SWITCHES // 2):
        native(folder, load)
        to_spark(folder)
        must_refuse(sluice("run", PIPELINE, cwd=folder), 3, "E_HANDED_OVER: after batch ")
        spark.call("start", name="job", address=address, topic=topic, trigger="100 milliseconds", limit=LIMIT, **where)
        wait_for_batches(folder, "Spark")
        load.go()
        spark.call("stop", name="job")
        from_spark(folder)
    native(folder, load)
    load.end()
    run(folder, "--available-now")
    expect_ids(folder, range(ROWS), "after the last switch")
    expect_txns(folder, app_id)


def native(folder, load):
    running = Running("run", PIPELINE, cwd=folder)
    wait_for_batches(folder, "sluice")
    load.go()
    running.stop().must_exit(0)


def wait_for_batches(folder, who, batches=BATCHES, seconds=WAIT_SECONDS):
    before = version(folder)
    wait_until(lambda: version(folder) >= before + batches, f"{who} has written {batches} batches", seconds)


def expect_txns(folder, app_id):
    """The numbers of one txn never go back, and no number has rows twice."""
    seen = Counter()
    last = {}
    for path in sorted((folder / "table" / "_delta_log").glob("*.json")):
        actions = [json.loads(line) for line in path.read_text().splitlines()]
        rows = any("add" in action for action in actions)
        for txn in (action["txn"] for action in actions if "txn" in action):
            if last.get(txn["appId"], -1) >= txn["version"]:
                raise Failure(f"{path.name}: txn {txn} after {last[txn['appId']]}")
            last[txn["appId"]] = txn["version"]
            seen[txn["appId"]] += rows
    if seen[APP_ID] < 4 or (app_id is None and len([name for name in seen if "/" not in name]) != 1):
        raise Failure(f"batches with rows by app id: {dict(seen)}")


def of_files(folder, spark):
    """A folder of files, each a batch, so many that Spark puts its log together."""
    write_pipeline(folder)
    ids = put_file(folder, 0) + put_file(folder, 1)
    run(folder)
    to_spark(folder)
    for number in range(2, 7):
        ids += put_file(folder, number)
    where = {"files": str(folder / "in"), "checkpoint": str(folder / "spark"), "table": str(folder / "table"),
             "app_id": APP_ID}
    spark.call("start", name="files", **where)
    spark.call("drain", name="files")
    expect_ids(folder, ids, "after Spark")
    if not list((folder / "spark" / "sources" / "0").glob("*.compact")):
        raise Failure("Spark has not put its log of files together")
    from_spark(folder)
    ids += put_file(folder, 20) + put_file(folder, 21)
    run(folder)
    expect_ids(folder, ids, "after sluice")


def fences(folder, spark):
    """Spark's job, running and started again, ends with the reason instead of going on."""
    write_pipeline(folder)
    ids = put_file(folder, 0)
    where = {"files": str(folder / "in"), "checkpoint": str(folder / "spark"), "table": str(folder / "table"),
             "app_id": APP_ID}
    spark.call("start", name="running", trigger="200 milliseconds", **where)
    wait_until(lambda: (folder / "spark" / "commits" / "0").exists(), "Spark has done a batch")
    # It was not stopped, which the command cannot know; so its next batch must not be.
    from_spark(folder)
    ids += put_file(folder, 1)
    reason = spark.call("refusal", name="running")
    if "CONCURRENT_STREAM_LOG_UPDATE" not in reason:
        raise Failure(f"the running job ended with {reason[:500]!r}")
    spark.call("start", name="again", **where)
    reason = spark.call("refusal", name="again")
    if "E_HANDED_OVER: sluice goes on where this query was" not in reason:
        raise Failure(f"the job that was started again ended with {reason[:500]!r}")
    run(folder)
    expect_ids(folder, ids, "after sluice")


def with_windows(folder, spark):
    """A window's state cannot be moved; without an open one the watermark is carried over."""
    address, topic = shared_kafka().address, f"handover-windows-{os.getpid()}"
    create_topic(address, topic, 1)
    write_pipeline(folder, WINDOWS.format(address=address, topic=topic))
    producer = Producer({"bootstrap.servers": address, "log_level": 0})

    def put(*rows):
        for number, item, second in rows:
            value = {"id": number, "item": item or f"item {number}", "ts": f"2024-01-01T00:00:{second:02}Z"}
            producer.produce(topic, json.dumps(value))
        producer.flush(60)

    put((1, None, 1), (2, None, 2))
    run(folder)
    must_refuse(hand_over(folder, "--to", "spark"), 2, "E_HANDOVER_STATE: view 'counted' keeps state, rows=1")
    put((0, "beat", 10))  # of no window
    run(folder)
    run(folder)
    to_spark(folder)
    # One that the watermark, which was carried over, makes too late; one that is not; and one that closes its window.
    put((3, None, 3), (4, None, 20), (5, None, 40))
    spark.call("start", name="windows", address=address, topic=topic, checkpoint=str(folder / "spark"),
               table=str(folder / "table"), app_id=APP_ID, windows=True)
    spark.call("drain", name="windows")
    expect_ids(folder, [1, 2, 4], "after Spark")
    must_refuse(hand_over(folder, "--from", "spark"), 2, "E_HANDOVER_STATE: the query in spark keeps state")
