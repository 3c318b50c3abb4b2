"""Transactions of `sluice broker` are those of Kafka: what is open or aborted is seen by nobody who reads committed
records, and who takes a transactional id fences its earlier producer. By jobs that are killed, and by a client of
another build."""

import json
import logging
import time

from crash.at_points import kill_at, points_of
from kafka_sink.job import BATCHES, POINTS, ROWS, check_topics, committed, killed_job
from support.broker import EmbeddedBroker
from support.case import Case, Failure, expect_equal
from support.program import sluice
from support.soak import rounds

SILENT = logging.getLogger("fenced on purpose")
SILENT.disabled = True


def cases():
    for case in (killed, killed_again, isolation, many_at_once, fencing, overdue, offsets):
        yield Case(f"embedded_{case.__name__}", with_broker(case))


def with_broker(case):
    def run_case(folder):
        with EmbeddedBroker(folder) as broker:
            case(folder, broker.address)
    return run_case


# ---- jobs

def check(folder, brokers):
    """By the client of another build, and as a user looks."""
    check_topics(folder, brokers)
    seen = sluice("consume", (folder / "name").read_text() + ".rows", "--brokers", brokers, cwd=folder).must_exit(0)
    expect_equal(list(range(1, BATCHES * ROWS + 1)), sorted(json.loads(line)["id"] for line in seen.out.splitlines()),
                 "rows that `sluice consume` shows")


def killed(folder, brokers):
    job = killed_job(brokers, check)
    points = [point for point in points_of(folder / "list", job, POINTS) if point.startswith("kafka.")]
    kill_at(folder, job, [[f"{point}:{hit}"] for point in points for hit in rounds((1, 2, 3), (1, 2, 3, 4, 5))])


def killed_again(folder, brokers):
    """A second death while the first one is repaired, and one after the commit."""
    points = ("kafka.claim", "kafka.claimed", "kafka.begin", "kafka.noted", "kafka.committed")
    kill_at(folder, killed_job(brokers, check),
            [["kafka.noted:2", f"{point}:1"] for point in points] + [["engine.committed:2"]])


# ---- another client

def producer(brokers, name, **settings):
    from confluent_kafka import Producer

    made = Producer({"bootstrap.servers": brokers, "transactional.id": name, "error_cb": lambda error: None, **settings},
                    logger=SILENT)
    made.init_transactions(30)
    return made


def send(made, topic, *values):
    """Into the open transaction; they are with the broker then."""
    failures = []
    for value in values:
        made.produce(topic, value, partition=0, on_delivery=lambda error, _: error and failures.append(error))
    made.flush(30)
    if failures:
        from confluent_kafka import KafkaException

        raise KafkaException(failures[0])


def transaction(made, topic, fate, *values):
    made.begin_transaction()
    send(made, topic, *values)
    if fate == "committed":
        made.commit_transaction(30)
    if fate == "aborted":
        made.abort_transaction(30)


def reader(brokers, isolation, group="reader"):
    from confluent_kafka import Consumer

    return Consumer({"bootstrap.servers": brokers, "group.id": group, "isolation.level": isolation, "log_level": 0,
                     "enable.partition.eof": True, "enable.auto.commit": False, "check.crcs": True,
                     "fetch.wait.max.ms": 10})


def values_of(brokers, topic, isolation, start=0):
    """What one reads of partition 0 from an offset to the end."""
    from confluent_kafka import TopicPartition

    client, seen = reader(brokers, isolation), []
    client.assign([TopicPartition(topic, 0, start)])
    while not (message := client.poll(30)).error():
        seen.append(message.value().decode())
    client.close()
    return seen


def end_of(brokers, topic, isolation):
    from confluent_kafka import TopicPartition

    client = reader(brokers, isolation)
    end = client.get_watermark_offsets(TopicPartition(topic, 0), 30)[1]
    client.close()
    return end


def topic_of(brokers, name):
    from support.broker import create_topic

    create_topic(brokers, name, 1)
    return name


def isolation(folder, brokers):
    """Committed, aborted and open ones, and what comes after the open one."""
    topic, one, other = topic_of(brokers, "t"), producer(brokers, "one"), producer(brokers, "other")
    transaction(one, topic, "committed", "a", "b")  # 0, 1, its marker
    transaction(one, topic, "aborted", "c", "d")  # 3, 4, its marker
    transaction(other, topic, "committed", "e")  # 6, its marker
    expect_equal(list("abe"), values_of(brokers, topic, "read_committed"), "committed records")
    expect_equal(list("abcde"), values_of(brokers, topic, "read_uncommitted"), "all records")
    expect_equal(list("e"), values_of(brokers, topic, "read_committed", 4), "from within the aborted transaction")
    expect_equal(8, end_of(brokers, topic, "read_committed"), "the end")

    transaction(one, topic, "open", "f")  # 8
    transaction(other, topic, "committed", "g")  # 9, its marker
    expect_equal(list("abe"), values_of(brokers, topic, "read_committed"), "committed records before the open one")
    expect_equal(list("abcdefg"), values_of(brokers, topic, "read_uncommitted"), "all records with the open one")
    expect_equal((8, 11), (end_of(brokers, topic, "read_committed"), end_of(brokers, topic, "read_uncommitted")),
                 "the last stable offset and the end")
    expect_equal("a b e", " ".join(sluice("consume", topic, "--brokers", brokers, cwd=folder).must_exit(0).out.split()),
                 "what `sluice consume` shows")
    one.commit_transaction(30)
    expect_equal(list("abefg"), values_of(brokers, topic, "read_committed"), "committed records in the end")


def many_at_once(folder, brokers):
    """Transactions of several producers lie across each other in two partitions; each third one is aborted."""
    from confluent_kafka import Producer
    from support.broker import create_topic

    create_topic(brokers, "t", 2)
    producers = [producer(brokers, f"producer {number}") for number in range(5)]
    wanted = []
    for turn in range(rounds(12, 100)):
        for made in producers:
            made.begin_transaction()
        for part in range(4):
            for number, made in enumerate(producers):
                value = f"{turn}/{number}/{part}"
                made.produce("t", value, key=value, partition=part % 2)
                made.flush(30)
                if (turn + number) % 3:
                    wanted.append(value)
        for number, made in enumerate(producers):
            made.commit_transaction(30) if (turn + number) % 3 else made.abort_transaction(30)
    plain = Producer({"bootstrap.servers": brokers, "log_level": 0})
    plain.produce("t", "plain", key="plain", partition=0)
    plain.flush(30)
    expect_equal(sorted([*wanted, "plain"]), sorted(value.decode() for _, value in committed(brokers, "t")),
                 "committed records")


def must_be_fenced(what, action):
    from confluent_kafka import KafkaError, KafkaException

    codes = (KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH)
    try:
        action()
    except KafkaException as refused:
        if refused.args[0].code() not in codes:
            raise Failure(f"{what}: {refused}")
        return
    raise Failure(f"{what}: was not fenced")


def fencing(folder, brokers):
    """Whoever takes the id aborts what an earlier producer left open; that one can send and commit nothing."""
    topic, old = topic_of(brokers, "t"), producer(brokers, "id")
    transaction(old, topic, "committed", "a")
    transaction(old, topic, "open", "b", "c")
    new = producer(brokers, "id")
    expect_equal(list("a"), values_of(brokers, topic, "read_committed"), "records once another has the id")
    expect_equal(5, end_of(brokers, topic, "read_committed"), "the end with a marker for the aborted one")
    must_be_fenced("to send", lambda: send(old, topic, "x"))
    transaction(new, topic, "committed", "d")

    for what in ("commit", "abort"):
        older, new = new, producer(brokers, "id")
        must_be_fenced("to begin again", lambda: (older.begin_transaction(), send(older, topic, "y"),
                                                  older.commit_transaction(30)))
        transaction(new, topic, "open", "z")
        newest = producer(brokers, "id")
        end = {"commit": new.commit_transaction, "abort": new.abort_transaction}[what]
        must_be_fenced(f"to {what}", lambda: end(30))
        new = newest
    transaction(new, topic, "committed", "e")
    expect_equal(list("ade"), values_of(brokers, topic, "read_committed"), "committed records in the end")


def overdue(folder, brokers):
    """A transaction that is open for longer than transaction.timeout.ms is aborted, and its producer fenced."""
    topic = topic_of(brokers, "t")
    settings = {"transaction.timeout.ms": 10_000, "message.timeout.ms": 10_000}
    left, waits = producer(brokers, "left", **settings), producer(brokers, "waits", **settings)
    # Others are left alone.
    other = producer(brokers, "other")
    transaction(other, topic_of(brokers, "others"), "open", "a")
    transaction(left, topic, "open", "b")
    transaction(waits, topic, "open", "c")
    transaction(producer(brokers, "last"), topic, "committed", "d")
    deadline = time.monotonic() + 120
    while not (seen := values_of(brokers, topic, "read_committed")) and time.monotonic() < deadline:
        time.sleep(0.1)
    expect_equal(["d"], seen, "records after the time was over")
    must_be_fenced("to commit", lambda: waits.commit_transaction(30))
    other.commit_transaction(30)
    expect_equal(["a"], values_of(brokers, "others", "read_committed"), "records of another")


def offsets(folder, brokers):
    """Offsets of a group that go with a transaction are committed with it, or not at all."""
    from confluent_kafka import TopicPartition

    topic, made = topic_of(brokers, "t"), producer(brokers, "id")
    client = reader(brokers, "read_committed", "group")
    group = client.consumer_group_metadata()
    for fate, offset, wanted in (("committed", 3, 3), ("aborted", 5, 3), ("open", 7, 3)):
        made.begin_transaction()
        made.send_offsets_to_transaction([TopicPartition(topic, 0, offset)], group, 30)
        if fate == "committed":
            made.commit_transaction(30)
        if fate == "aborted":
            made.abort_transaction(30)
        expect_equal(wanted, client.committed([TopicPartition(topic, 0)], 30)[0].offset, f"offset after a {fate} one")
    # Without records, too, an earlier producer's are gone.
    made = producer(brokers, "id")
    transaction(made, topic, "committed", "a")
    expect_equal(3, client.committed([TopicPartition(topic, 0)], 30)[0].offset, "offset once another has the id")
    client.close()
