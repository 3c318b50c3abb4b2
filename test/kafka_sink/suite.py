"""Rows into topics of a real Kafka, exactly once: killed at every named instant and at random, with requests
and answers lost on the way, beside a second run; and what is wrong with a row or a topic, by name."""

import base64
import json
import shutil

from crash.at_points import kill_at, points_of
from crash.at_random import kill_often
from crash.fencing import beside_a_zombie, feed, hide_input, must_stay_out
from kafka_sink import embedded_transactions
from kafka_sink.embedded import embedded_broker
from kafka_sink.java_witness import java_witness
from kafka_sink.job import BATCHES, POINTS, check_topics, committed, killed_job, run, write_job
from kafka_sink.siblings import shrinking, siblings
from support.broker import FIRST_TIMESTAMP_MS, create_topic, produce
from support.case import Case, Failure, expect_equal
from support.kafka import Kafka, shared_kafka
from support.kafka_proxy import REQUESTS, KafkaProxy
from support.program import Running, indent, sluice
from support.soak import rounds


def cases():
    yield Case("every_point", every_point)
    yield Case("every_point_of_recovery", every_point_of_recovery)
    yield Case("random", at_random)
    yield Case("fenced", fenced)
    yield Case("left_alone", left_alone)
    yield Case("topic_replaced", topic_replaced)
    yield Case("copy", copy)
    yield Case("witness", witness)
    yield Case("errors", errors)
    yield Case("siblings", siblings)
    yield Case("shrinking", shrinking)
    yield Case("embedded_broker", embedded_broker)
    yield from embedded_transactions.cases()
    for kind in REQUESTS:
        yield Case(f"lost_{kind}", lambda folder, kind=kind: lost(folder, kind))
    yield Case("lost_for_long", lost_for_long)


# ---- killed

def every_point(folder):
    job = killed_job(shared_kafka().address)
    points = points_of(folder / "list", job, POINTS)
    kill_at(folder, job, [[f"{point}:{hit}"] for point in points for hit in rounds((1, 3), (1, 2, 3, 5))
                          if hit == 1 or point.startswith(("kafka.", "engine."))])


def every_point_of_recovery(folder):
    """A second death while the first one is repaired."""
    job = killed_job(shared_kafka().address)
    points = [point for point in points_of(folder / "list", job, POINTS) if point.startswith(("kafka.", "recovery."))]
    kill_at(folder, job, [[first, f"{point}:1"] for point in points
                          for first in rounds(("engine.committed:2", "kafka.noted:3"),
                                              ("engine.committed:2", "kafka.sent:3", "kafka.noted:3",
                                               "kafka.committed:3"))])


def at_random(folder):
    brokers, batches = shared_kafka().address, rounds(25, 60)
    kill_often(folder, rounds(15, 100), lambda job: write_job(job, brokers, batches),
               lambda job: check_topics(job, brokers, batches))


# ---- another run

def fenced(folder):
    """A process that everybody took for dead goes on while another has its work."""
    brokers = shared_kafka().address
    write_job(folder, brokers, 5)
    beside_a_zombie(folder)
    check_topics(folder, brokers, 5)
    must_stay_out(folder)
    run(folder, pipeline="copy.yaml").must_exit(0)
    check_topics(folder, brokers, 5)


def left_alone(folder):
    """A run that cannot go on (its checkpoint does not know what is published) does not stop one that can."""
    # A transaction that another case leaves open would hold up both.
    broker = Kafka()
    try:
        stay_alone(folder, broker.address)
    finally:
        broker.stop()


def stay_alone(folder, brokers):
    write_job(folder, brokers, 4)
    for batch in (2, 3):
        hide_input(folder, batch)
    running = Running("run", "pipeline.yaml", cwd=folder)
    try:
        running.wait_for(lambda out, err: "batch 1:" in err, "batch 1")
        text = (folder / "pipeline.yaml").read_text()
        (folder / "new.yaml").write_text(text.replace("checkpoint: checkpoint", "checkpoint: new"))
        for batch in (2, 3):
            ended = run(folder, pipeline="new.yaml").must_exit(4)
            if "E_SINK_AHEAD_OF_CHECKPOINT" not in ended.err:
                raise Failure("the other run\n" + indent(ended.err, "  stderr| "))
            feed(folder, batch)
            running.wait_for(lambda out, err: f"batch {batch}:" in err, f"batch {batch}")
        ended = running.stop().must_exit(0)
        if "warn" in ended.err:
            raise Failure("it was disturbed\n" + indent(ended.err, "  stderr| "))
    finally:
        running.process.kill()
    check_topics(folder, brokers, 4)


def topic_replaced(folder):
    """A topic that was made again lacks what was published: that is said, and nothing is written."""
    brokers = shared_kafka().address
    write_job(folder, brokers, 3)
    hide_input(folder, 2)
    run(folder).must_exit(0)
    topic = (folder / "name").read_text() + ".slots"
    sluice("topic", "delete", topic, "--brokers", brokers, cwd=folder).must_exit(0)
    feed(folder, 2)
    ended = run(folder).must_exit(4)
    if "E_SINK_BEHIND_CHECKPOINT" not in ended.err:
        raise Failure("not recognised\n" + indent(ended.err, "  stderr| "))
    expect_equal([], committed(brokers, topic), "records of the new topic")


# ---- lost on the way

def begin(job, proxy, kind):
    """A job in which a run sends requests of this kind: a first run finds no note of its own to fetch."""
    write_job(job, proxy.address, 2)
    if kind == "Fetch":
        hide_input(job, 1)
        run(job).must_exit(0)
        feed(job, 1)


def lost(folder, kind):
    """A request of this kind, or its answer, is lost once, at each place where the job sends one."""
    proxy = KafkaProxy()
    broker = Kafka(proxy=proxy)
    failures, tries, met = [], 0, 0
    try:
        # The first job makes the commits topic, too.
        for job in (folder / "first", folder / "count"):
            begin(job, proxy, kind)
            proxy.lose(kind, "none", 1 << 30)  # counts
            run(job).must_exit(0)
        count = proxy.seen(kind)
        if not count:
            raise Failure(f"the job sends no {kind}")
        places = range(count)
        if count > rounds(6, 50):
            places = sorted({0, 1, count // 3, count // 2, count - 2, count - 1})
        for what in ("request", "answer"):
            for after in places:
                job = folder / f"{what}-{after}"
                begin(job, proxy, kind)
                proxy.lose(kind, what, after)
                ended = run(job)
                tries += 1
                met += proxy.lost
                proxy.forget()
                try:
                    ended.must_exit(0)
                    check_topics(job, broker.address, 2)
                except Failure as failure:
                    failures.append(f"{what} {after} of {kind}: {failure}")
                shutil.rmtree(job)
    finally:
        broker.stop()
        proxy.stop()
    if failures:
        raise Failure("\n".join(failures))
    # What is asked until it is so is asked more often by one run than by another.
    if met * 2 < tries:
        raise Failure(f"only {met} of {tries} tries lost a {kind}")


def lost_for_long(folder):
    """The answer to a commit is lost, and then nobody answers for longer than the sink waits for one."""
    proxy = KafkaProxy()
    broker = Kafka(proxy=proxy)
    failures = []
    try:
        for what in ("request", "answer"):
            job = folder / what
            write_job(job, proxy.address, 2)
            text = (job / "pipeline.yaml").read_text()
            (job / "pipeline.yaml").write_text(text.replace("{brokers:", "{connect_timeout: 1s, brokers:"))
            proxy.lose("EndTxn", what, 3, down_seconds=30)
            ended = run(job)
            try:
                ended.must_exit(0)
                check_topics(job, broker.address, 2)
                if "trying again" not in ended.err and "retr" not in ended.err:
                    raise Failure("nothing was tried again\n" + indent(ended.err, "  stderr| "))
            except Failure as failure:
                failures.append(f"{what}: {failure}")
    finally:
        broker.stop()
        proxy.stop()
    if failures:
        raise Failure("\n".join(failures))


# ---- what is in the topics

COPY = """\
name: {name}
sources:
  old: {{kafka: {{brokers: "{brokers}", topic: {name}.old}}}}
views:
  records: SELECT key, value, headers, partition, timestamp FROM old
sinks:
  new:
    from: records
    kafka: {{brokers: "{brokers}", topic: {name}.new, create_partitions: 3, key: key, value: raw,
             headers: headers, partition: partition, timestamp: timestamp, compression: zstd}}
trigger: available_now
checkpoint: checkpoint
"""


def copy(folder):
    """A topic to a topic: keys, values, headers, partitions and timestamps are those of the original."""
    from confluent_kafka import Producer

    brokers = shared_kafka().address
    name = folder.name + "-" + base64.b32encode(folder.as_posix().encode()).decode().rstrip("=")[-12:]
    create_topic(brokers, f"{name}.old", 3)
    producer = Producer({"bootstrap.servers": brokers, "log_level": 0})
    for number in range(500):
        value = [b"", None, bytes(range(256)), "späť 😀".encode(), b"x" * 100_000][number % 5]
        headers = [[], [("a", b"1")], [("a", b""), ("a", None), ("ä", b"\xff")]][number % 3]
        producer.produce(f"{name}.old", value, [None, b"", b"key", bytes([number % 256])][number % 4],
                         partition=number % 3, timestamp=FIRST_TIMESTAMP_MS + number, headers=headers)
    if producer.flush(60):
        raise Failure("the records were not sent")
    (folder / "pipeline.yaml").write_text(COPY.format(name=name, brokers=brokers))
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expected = java_witness(brokers, f"{name}.old")
    expect_equal(500, len(expected), "records of the original")
    # Within a partition in order; partitions as they come.
    by_partition = lambda records: sorted(records, key=lambda record: record[0])
    if by_partition(java_witness(brokers, f"{name}.new")) != by_partition(expected):
        raise Failure("the copy differs from the original")


def witness(folder):
    """What Kafka's own client reads is what the other client read."""
    brokers = shared_kafka().address
    write_job(folder, brokers)
    run(folder).must_exit(0)
    check_topics(folder, brokers)
    name = (folder / "name").read_text()
    for topic in (f"{name}.rows", f"{name}.slots"):
        seen = [(key, value) for _, _, key, value, _ in java_witness(brokers, topic)]
        expect_equal(sorted(committed(brokers, topic), key=repr), sorted(seen, key=repr), topic)


# ---- errors

ERRORS = """\
name: {name}
sources:
  numbers: {{json_lines: {{path: in, schema: {{id: BIGINT, k: VARCHAR, p: INTEGER, future: BIGINT}}}}}}
sinks:
  out: {{from: numbers, {sink}}}
trigger: available_now
checkpoint: checkpoint
"""

# The third time is one of microseconds.
ROWS = [{"id": 1, "k": "a", "p": 0, "future": 4_000_000_000_000_000}, {"id": 2, "k": None, "p": 5}, {"id": 3, "k": "c" * 3000, "p": 1}]


def errors(folder):
    brokers = shared_kafka().address
    name = f"errors-{abs(hash(str(folder))):x}"
    create_topic(brokers, f"{name}.plain", 2)
    sluice("topic", "create", f"{name}.small", "--brokers", brokers, "--config", "max.message.bytes=2000",
           cwd=folder).must_exit(0)
    sluice("topic", "create", f"{name}.keyed", "--brokers", brokers, "--config", "cleanup.policy=compact",
           cwd=folder).must_exit(0)
    kafka = f'kafka: {{brokers: "{brokers}", topic: {name}.%s}}'

    def fails(case, sink, code, *words):
        job = folder / case
        (job / "in").mkdir(parents=True)
        (job / "in" / "a.jsonl").write_text("\n".join(map(json.dumps, ROWS)) + "\n")
        (job / "pipeline.yaml").write_text(ERRORS.format(name=f"{name}-{case}", sink=sink))
        ended = sluice("run", "pipeline.yaml", cwd=job)
        if ended.exit != code or not all(word in ended.err for word in words):
            raise Failure(f"{case}: exit {ended.exit}, not {code}, or without {words}\n"
                          + indent(ended.err, "  stderr| "))
        return job

    fails("unknown_topic", kafka % "plian", 2, f"there is no topic '{name}.plian'",
          f"did you mean '{name}.plain'?")
    fails("too_large", kafka % "small", 2, "E_RECORD_TOO_LARGE", "max.message.bytes", f"{name}.small")
    fails("too_large_plainly", kafka.replace("%s", "%s, transactions: false") % "small", 2,
          "E_RECORD_TOO_LARGE: a row is a record of", "max.message.bytes")
    fails("compacted", kafka.replace("%s", "%s, key: k") % "keyed", 2, "E_NULL_KEY: a row has no key")
    fails("timestamp", kafka.replace("%s", "%s, timestamp: future") % "plain", 2, "E_TIMESTAMP_REFUSED")
    fails("upsert_partition", "mode: upsert, key: [id], " + kafka.replace("%s", "%s, partition_by: k") % "keyed", 2,
          "must be a column of the sink's key, and k is none")
    fails("unknown_partition", kafka.replace("%s", "%s, partition: p") % "plain", 2,
          "E_UNKNOWN_PARTITION: a row asks for partition 5, and the topic has 0 to 1")
    fails("null_key", "mode: upsert, key: [k], " + kafka % "plain", 2, "E_NULL_KEY")
    fails("unknown_column", kafka.replace("%s", "%s, key: kk") % "plain", 2, "pipeline.yaml:",
          "'key' names no column of the rows: kk; did you mean 'k'?")
    fails("commits_among_rows", kafka.replace("%s", f"%s, commits_topic: {name}.plain") % "plain", 2,
          "pipeline.yaml:", "'commits_topic' is the topic that rows go to")
    fails("not_compacted", kafka.replace("%s", f"%s, commits_topic: {name}.small") % "plain", 2,
          "E_COMMITS_TOPIC", "is not compacted")
    expect_equal([], committed(brokers, f"{name}.plain"), "records of the topic")
    # Nothing was lost: with a larger limit the same checkpoint goes on.
    job = fails("again", kafka % "small", 2, "E_RECORD_TOO_LARGE")
    text = (job / "pipeline.yaml").read_text()
    (job / "pipeline.yaml").write_text(text.replace(f"{name}.small", f"{name}.plain"))
    sluice("run", "pipeline.yaml", cwd=job).must_exit(0)
    expect_equal(3, len(committed(brokers, f"{name}.plain")), "records after the way out")
