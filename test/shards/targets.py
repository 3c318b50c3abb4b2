"""What several shards write to: a folder and a topic that they share, and a second process of one shard."""

import json
import shutil
import signal

from crash.fencing import must_be_fenced
from kafka_sink.job import committed
from shards.job import Writer, check_tables, write_job
from support import tables
from support.case import Failure, expect_equal
from support.kafka import shared_kafka
from support.program import Running, sluice

SHARDS = 3

SHARED = """\
name: {name}
sources:
  orders:
    kafka: {{brokers: "{brokers}", topic: {topic}, max_records_per_trigger: 100}}
    format: {{json: {{schema: {{id: BIGINT, k: VARCHAR}}}}}}
sinks:
  parquet: {{from: orders, parquet: {{path: out/parquet}}}}
  csv: {{from: orders, csv: {{path: out/csv}}}}
  topic: {{from: orders, kafka: {{brokers: "{brokers}", topic: {topic}.out, create_partitions: 2,
         transactional_id: {topic}-id}}}}
checkpoint: checkpoint
"""


def folder_and_topic(folder):
    topic = write_job(folder, 6, SHARED)
    rows = Writer(topic, 1_500).finish()
    running = [Running("run", "--shard", f"{number}/{SHARDS}", "pipeline.yaml", "--available-now", cwd=folder)
               for number in range(1, SHARDS + 1)]
    for one in running:
        one.finish().must_exit(0)
    duck = tables.connection()
    for kind in ("parquet", "csv"):
        tables.define_table(duck, kind, kind, folder / "out" / kind)
        ids = [row[0] for row in duck.execute(f"SELECT id::BIGINT FROM {kind} ORDER BY 1").fetchall()]
        expect_equal(list(range(rows)), ids, f"ids in the folder of {kind}")
    records = committed(shared_kafka().address, f"{topic}.out")
    expect_equal(list(range(rows)), sorted(json.loads(value)["id"] for _, value in records), "ids in the topic")


def go_on(running, what):
    """Until it has done three more batches."""
    seen = running.wait_for(lambda out, err: err.count('"batchId"') + 1, what)
    running.wait_for(lambda out, err: err.count('"batchId"') >= seen + 3, f"three batches of {what}")


def fenced(folder):
    """The second process of shard 1 takes its place; shard 2 goes on."""
    topic = write_job(folder, 4)
    writer = Writer(topic, 1_000_000, pause=0.02)
    first, other = (Running("run", "--shard", f"{number}/2", "pipeline.yaml", "--progress", "json", cwd=folder)
                    for number in (1, 2))
    second = None
    try:
        for running in (first, other):
            go_on(running, "a shard")
        locked = sluice("run", "--shard", "1/2", "pipeline.yaml", cwd=folder).must_exit(3)
        if "E_CHECKPOINT_LOCKED" not in locked.err:
            raise Failure(f"two processes run on one checkpoint of a shard:\n{locked.err}")
        # The same shard elsewhere: a machine that everybody took for dead.
        first.send(signal.SIGSTOP)
        shutil.copytree(folder / "checkpoint", folder / "copy", ignore=shutil.ignore_patterns("shard-2-*"))
        (folder / "copy.yaml").write_text((folder / "pipeline.yaml").read_text()
                                          .replace("checkpoint: checkpoint", "checkpoint: copy"))
        second = Running("run", "--shard", "1/2", "copy.yaml", "--progress", "json", cwd=folder)
        go_on(second, "the second process")
        first.send(signal.SIGCONT)
        must_be_fenced(first.finish(), second.process.pid)
        go_on(other, "shard 2 after shard 1 was fenced")
        rows = writer.finish(at_once=True)
        for running in (second, other):
            running.stop().must_exit(0)
        sluice("run", "--shard", "1/2", "copy.yaml", "--available-now", cwd=folder).must_exit(0)
        sluice("run", "--shard", "2/2", "pipeline.yaml", "--available-now", cwd=folder).must_exit(0)
        check_tables(folder, rows, "after the fence")
    finally:
        writer.finish(at_once=True)
        for running in filter(None, (first, second, other)):
            running.kill()
