"""Kafka's own Java producer, which commits, aborts and leaves open: what is read of it, and where a range ends."""

import json
import random
import shutil
import subprocess
from pathlib import Path

from support import tables
from support.broker import EmbeddedBroker, create_topic
from support.case import Case, Failure, Skip, expect_equal
from support.java import java
from support.kafka import broker_jars, shared_kafka
from support.program import Running, indent, sluice

PROGRAM = Path(__file__).resolve().parent / "Transactions.java"
RECORDS = 40

JOB = """\
name: transactions
sources:
  t:
    kafka: {{brokers: "{brokers}", topic: {topic}, max_records_per_trigger: 90{more}}}
    format: {{json: {{schema: {{fate: VARCHAR, n: BIGINT}}}}}}
sinks: {{all: {{from: t, delta: {{path: {out}}}}}}}
checkpoint: {out}_checkpoint
"""


def cases():
    yield Case("aborted_transactions", lambda folder: aborted_transactions(folder, shared_kafka().address))
    yield Case("aborted_transactions_embedded", embedded)


def embedded(folder):
    """By `sluice broker`."""
    with EmbeddedBroker(folder) as broker:
        aborted_transactions(folder, broker.address)


def aborted_transactions(folder, brokers):
    if not shutil.which("javac") and not (Path(java("Kafka's Java producer")).resolve().parent / "javac").exists():
        raise Skip("no javac here (Debian: apt-get install openjdk-17-jdk-headless)")
    topic = f"transactions-{random.SystemRandom().randrange(1 << 32):08x}"
    create_topic(brokers, topic, 2)
    write(folder, brokers, topic, 0, 14)
    first = committed(0, 14)

    run(folder, brokers, topic, "committed", "", "--available-now").must_exit(0)
    expect_equal(first, numbers(folder, "committed"), "records that are committed, once each")
    run(folder, brokers, topic, "all", ", isolation: read_uncommitted", "--available-now").must_exit(0)
    expect_equal(list(range(14 * RECORDS)), numbers(folder, "all"), "all records, as they were written")

    range_survives_a_kill(folder, brokers, topic, first)
    for out, end, wanted in ranges(brokers, topic):
        run(folder, brokers, topic, out, f", end: {json.dumps(end)}").must_exit(0)
        expect_equal(wanted, numbers(folder, out), f"records before {end}")


def range_survives_a_kill(folder, brokers, topic, first):
    """`end: latest` is that of the first run, which is killed, whatever is written before the second one."""
    write_job(folder, brokers, topic, "killed", ", end: latest")
    running = Running("run", "killed.yaml", "--progress", "json", cwd=folder)
    running.wait_for(lambda out, err: sum(line.startswith("{") for line in err.splitlines()) >= 2, "two batches")
    if running.kill().exit == 0:
        raise Failure("it ended before it was killed")
    write(folder, brokers, topic, 100_000, 4)
    done = sluice("run", "killed.yaml", "--progress", "json", cwd=folder)
    done.must_exit(0)
    expect_equal(first, numbers(folder, "killed"), "records of the range\n" + indent(done.err, "  "))


def ranges(brokers, topic):
    """Ends before, inside and after an aborted transaction and at its marker: name, option, the numbers."""
    from confluent_kafka import Consumer, TopicPartition

    reader = Consumer({"bootstrap.servers": brokers, "group.id": "none", "isolation.level": "read_uncommitted",
                       "enable.partition.eof": True})
    reader.assign([TopicPartition(topic, number, 0) for number in (0, 1)])
    found, ended = {0: [], 1: []}, set()
    while len(ended) < 2:
        message = reader.poll(30)
        if message.error():
            ended.add(message.partition())
        else:
            found[message.partition()].append((message.offset(), json.loads(message.value())))
    reader.close()
    lost = [offset for offset, value in found[0] if value["fate"] == "aborted"]
    for end in (lost[0], lost[3], lost[19] + 1, lost[19] + 2):
        yield f"to_{end}", {"offsets": {"0": end, "1": 5}}, sorted(
            value["n"] for number, most in ((0, end), (1, 5)) for offset, value in found[number]
            if offset < most and value["fate"] == "committed")


def committed(first, count):
    return sorted(first + i * RECORDS + k for i in range(count - 1) if i % 3 != 2 for k in range(RECORDS))


def write(folder, brokers, topic, first, count):
    done = subprocess.run([java("Kafka's Java producer"), "-XX:TieredStopAtLevel=1", "-cp", f"{broker_jars()}/*", PROGRAM,
                           brokers, topic, str(first), str(count)], cwd=folder, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise Failure("the Java producer failed\n" + indent(done.stdout + done.stderr, "  "))


def write_job(folder, brokers, topic, out, more):
    (folder / f"{out}.yaml").write_text(JOB.format(brokers=brokers, topic=topic, out=out, more=more))


def run(folder, brokers, topic, out, more, *arguments):
    write_job(folder, brokers, topic, out, more)
    return sluice("run", f"{out}.yaml", *arguments, cwd=folder)


def numbers(folder, out):
    duck = tables.connection()
    if not tables.define_table(duck, "landed", "delta", folder / out):
        return []
    return sorted(number for number, in duck.execute("SELECT n FROM landed").fetchall())
