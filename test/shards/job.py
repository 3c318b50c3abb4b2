"""A pipeline over one topic, whose rows and keys are known, and what its tables must hold in the end."""

import json
import random
import threading

from support import tables
from support.broker import create_topic
from support.case import Failure, expect_equal
from support.kafka import shared_kafka

KEYS = 40

PIPELINE = """\
name: {name}
sources:
  orders:
    kafka: {{brokers: "{brokers}", topic: {topic}, partitioned_by: [k], discover_every: 200ms, max_records_per_trigger: 300}}
    format: {{json: {{schema: {{id: BIGINT, k: VARCHAR}}}}}}
views:
  totals: SELECT k, count(*) AS n, sum(id) AS total FROM orders GROUP BY k
sinks:
  bronze: {{from: orders, delta: {{path: out/bronze}}}}
  gold: {{from: totals, mode: upsert, key: [k], delta: {{path: out/gold}}}}
trigger: {{every: 20ms}}
checkpoint: checkpoint
"""


def new_name(what):
    return f"{what}-{random.SystemRandom().randrange(1 << 48):012x}"


def write_job(folder, partitions, text=PIPELINE):
    """The topic's name; the pipeline has it, too."""
    brokers, name = shared_kafka().address, new_name("shards")
    create_topic(brokers, name, partitions)
    (folder / "pipeline.yaml").write_text(text.format(name=name, brokers=brokers, topic=name))
    return name


class Writer:
    """Writes rows 0, 1, 2 ... with their keys, by Kafka's own partitioner, until stop() or `rows` are written."""

    def __init__(self, topic, rows, pause=0.0):
        self.rows, self._topic, self._pause = rows, topic, pause
        self.written = 0
        self._end = threading.Event()
        self._failures = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        from confluent_kafka import Producer

        producer = Producer({"bootstrap.servers": shared_kafka().address, "partitioner": "murmur2_random",
                             "enable.idempotence": True, "linger.ms": 5, "log_level": 0})
        while self.written < self.rows and not self._end.is_set():
            for _ in range(50):
                row = {"id": self.written, "k": key_of(self.written)}
                producer.produce(self._topic, json.dumps(row).encode(), row["k"].encode(),
                                 on_delivery=lambda error, _: error and self._failures.append(error))
                self.written += 1
            producer.poll(0)
            self._end.wait(self._pause)
        if producer.flush(120) or self._failures:
            self._failures.append("not all rows were written")

    def finish(self, at_once=False):
        """The number of rows; with `at_once` those of now."""
        if at_once:
            self._end.set()
        self._thread.join()
        if self._failures:
            raise Failure(f"writing to {self._topic}: {self._failures[0]}")
        return self.written


def key_of(row):
    return f"key {row * 7 % KEYS}"


def check_tables(folder, rows, what):
    """Each row once, and of each key the count and the sum of all of its rows."""
    duck = tables.connection()
    if not tables.define_table(duck, "bronze", "delta", folder / "out" / "bronze"):
        raise Failure(f"{what}: there is no table")
    ids = [row[0] for row in duck.execute("SELECT id FROM bronze ORDER BY id").fetchall()]
    expect_equal(list(range(rows)), ids, f"{what}: ids")
    expected = {}
    for row in range(rows):
        n, total = expected.get(key_of(row), (0, 0))
        expected[key_of(row)] = (n + 1, total + row)
    tables.define_table(duck, "gold", "delta", folder / "out" / "gold")
    got = duck.execute("SELECT k, n, total::BIGINT FROM gold ORDER BY k").fetchall()
    expect_equal(sorted((k, *sums) for k, sums in expected.items()), got, f"{what}: totals")
