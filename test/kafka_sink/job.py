"""A pipeline from files into two topics, and what the topics must hold in the end."""

import json
import random
from collections import defaultdict

from crash.at_points import Job
from support import tables
from support.case import Failure, expect_equal
from support.program import sluice

BATCHES, ROWS = 4, 40
# Crash points that each batch passes.
POINTS = ("kafka.claim", "kafka.begin", "kafka.sent", "kafka.noted", "kafka.committed")
# Records of a small batch are in its outbox entry, those of a larger one in a table of the checkpoint.
PADS = (0, 1000)

PIPELINE = """\
name: {name}
sources:
  numbers:
    json_lines:
      path: in
      max_files_per_trigger: 1
      schema: {{id: BIGINT, k: VARCHAR, amount: "DECIMAL(22,12)", pad: VARCHAR}}
views:
  slots: >
    SELECT id % 7 AS slot, count(*) AS n, max(id) AS id FROM numbers GROUP BY slot
    HAVING count(*) % 3 <> 0
sinks:
  rows: {{from: numbers, kafka: {{brokers: "{brokers}", topic: {name}.rows, key: k, create_partitions: 3}}}}
  slots: {{from: slots, mode: upsert, key: [slot],
          kafka: {{brokers: "{brokers}", topic: {name}.slots, create_partitions: 2}}}}
retry: retry
checkpoint: checkpoint
""".replace("retry: retry\n", "")


def write_job(folder, brokers, batches=BATCHES):
    folder.mkdir(parents=True, exist_ok=True)
    name = f"job-{random.SystemRandom().randrange(1 << 48):012x}"
    (folder / "pipeline.yaml").write_text(PIPELINE.format(name=name, brokers=brokers))
    (folder / "name").write_text(name)
    (folder / "in").mkdir()
    number = 0
    for batch in range(batches):
        lines = []
        for _ in range(ROWS):
            number += 1
            lines.append(json.dumps({"id": number, "k": f"key {number % 5}",
                                     "amount": f"{number}.{number:012d}", "pad": "x" * PADS[batch % 2]}))
        (folder / "in" / f"{batch:04d}.jsonl").write_text("\n".join(lines) + "\n")


def run(folder, crash=None, pipeline="pipeline.yaml"):
    return sluice("run", pipeline, "--available-now", cwd=folder,
                  env={"SLUICE_CRASH": crash} if crash else {})


def committed(brokers, topic):
    """(key, value) of each committed record of a topic, partition by partition, by a client of another build."""
    from confluent_kafka import Consumer, KafkaError, TopicPartition

    def consumer(isolation):
        return Consumer({"bootstrap.servers": brokers, "group.id": "witness", "isolation.level": isolation,
                         "enable.partition.eof": True, "enable.auto.commit": False, "log_level": 0,
                         "check.crcs": True, "fetch.wait.max.ms": 10})

    reader, whole = consumer("read_committed"), consumer("read_uncommitted")
    try:
        partitions = [TopicPartition(topic, number, 0)
                      for number in reader.list_topics(topic, timeout=30).topics[topic].partitions]
        # The markers of a transaction that is committed come a little later.
        for _ in range(1000):
            if all(reader.get_watermark_offsets(one, 30)[1] == whole.get_watermark_offsets(one, 30)[1]
                   for one in partitions):
                break
        else:
            raise Failure(f"a transaction stays open in {topic}")
        reader.assign(partitions)
        seen, open_ones = [], len(partitions)
        while open_ones:
            message = reader.poll(30)
            if message is None:
                raise Failure(f"the end of {topic} does not come")
            if message.error():
                if message.error().code() != KafkaError._PARTITION_EOF:
                    raise Failure(str(message.error()))
                open_ones -= 1
                continue
            seen.append((message.key(), message.value()))
        return seen
    finally:
        reader.close()
        whole.close()


def check_topics(folder, brokers, batches=BATCHES):
    """Each row once, in order within its key; the newest record of a slot is its row, if it has one."""
    name = (folder / "name").read_text()
    seen = defaultdict(list)
    for key, value in committed(brokers, f"{name}.rows"):
        seen[key.decode()].append(json.loads(value))
    for key, rows in seen.items():
        numbers = [row["id"] for row in rows]
        expected = [n for n in range(1, batches * ROWS + 1) if f"key {n % 5}" == key]
        expect_equal(expected, numbers, f"the numbers of {key}")
    expect_equal(sorted(f"key {n}" for n in range(5)), sorted(seen), "keys")

    duck = tables.connection()
    expected = duck.execute(
        "SELECT range % 7, count(*), max(range) FROM range(1, ?) GROUP BY 1 HAVING count(*) % 3 <> 0 "
        "ORDER BY 1", [batches * ROWS + 1]).fetchall()
    newest = dict(committed(brokers, f"{name}.slots"))
    rows = [json.loads(value) for value in newest.values() if value is not None]
    expect_equal(expected, sorted((row["slot"], row["n"], row["id"]) for row in rows), "slots")
    for key, value in newest.items():
        if value is not None:
            expect_equal(str(json.loads(value)["slot"]), key.decode(), "a slot's key")


def killed_job(brokers, check=check_topics):
    return Job(lambda folder: write_job(folder, brokers), run, lambda folder: check(folder, brokers))
