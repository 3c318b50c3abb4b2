"""`sluice topic alter` and `describe` against a real Kafka, with another client as the witness."""

import random
import time

from support.broker import create_topic
from support.case import Case, Failure, expect_equal
from support.kafka import shared_kafka
from support.program import sluice

FIRST_MS, NEWEST_MS = 1_700_000_000_000, 1_700_000_060_000


def cases():
    yield Case("topics", topics)


def soon(expected, get, what):
    """A broker that answers from its controller's log may lag behind what the controller has said yes to."""
    deadline = time.monotonic() + 30
    while get() != expected and time.monotonic() < deadline:
        time.sleep(0.1)
    expect_equal(expected, get(), what)


def topics(folder):
    from confluent_kafka import Consumer, Producer, TopicPartition
    from confluent_kafka.admin import AdminClient, ConfigResource, ConfigSource, ResourceType

    brokers, name = shared_kafka().address, f"topics-{random.SystemRandom().randrange(1 << 32):08x}"
    admin = AdminClient({"bootstrap.servers": brokers})
    create_topic(brokers, name, 2)
    soon(True, lambda: name in admin.list_topics(timeout=30).topics, "the new topic is known")

    def partitions():
        return len(admin.list_topics(name, timeout=30).topics[name].partitions)

    def setting(key):
        resource = ConfigResource(ResourceType.TOPIC, name)
        found = admin.describe_configs([resource])[resource].result(30)[key]
        return found.value if ConfigSource(found.source) == ConfigSource.DYNAMIC_TOPIC_CONFIG else None

    def alter(*arguments, code=0, told="", topic=name):
        done = sluice("topic", "alter", topic, "--brokers", brokers, *arguments, cwd=folder).must_exit(code)
        if told not in " ".join((done.err + done.out).split()):
            raise Failure(f"{arguments}: not told: {told}\n{done.err}{done.out}")

    alter("--partitions", 4, "--config", "retention.ms=86400000", "--config", "max.message.bytes=2000000",
          told="it has 4 partitions now; new records of a key may go to another one")
    soon((4, "86400000", "2000000"),
         lambda: (partitions(), setting("retention.ms"), setting("max.message.bytes")), "partitions and settings")
    alter("--delete-config", "max.message.bytes", "--config", "retention.ms=7")
    soon((None, "7"), lambda: (setting("max.message.bytes"), setting("retention.ms")), "settings")
    alter("--config", "retention.ms=-1")
    soon("-1", lambda: setting("retention.ms"), "a setting")
    alter("--partitions", 3, code=2, told="has 4 partitions, and can only get more")
    alter("--config", "retention.ms=soon", "--config", "max.message.bytes=5", code=2, told="Invalid value soon")
    expect_equal((None, "-1"), (setting("max.message.bytes"), setting("retention.ms")), "all settings or none")
    alter(code=2, told="nothing to alter")
    alter("--partitions", 9, code=2, told="there is no topic 'nowhere'", topic="nowhere")

    producer = Producer({"bootstrap.servers": brokers})
    for number, (partition, time) in enumerate([(0, FIRST_MS), (0, NEWEST_MS), (0, FIRST_MS + 1), (3, NEWEST_MS)]):
        producer.produce(name, str(number), partition=partition, timestamp=time)
    producer.flush(30)
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": f"{name}-readers"})
    consumer.commit(offsets=[TopicPartition(name, 0, 1), TopicPartition(name, 3, 1)], asynchronous=False)
    consumer.close()

    shown = sluice("topic", "describe", name, "--brokers", brokers, cwd=folder).must_exit(0).out
    rows = {line.split()[0]: line.split() for line in shown.splitlines() if line.split()[0].isdigit()}
    expect_equal(["0", "0", "3", "3", "2023-11-14T22:13:20.000Z", "2023-11-14T22:14:20.000Z", "1", "1"], rows["0"],
                 "partition 0: offsets, records, the times of the first and of the newest record, leader, replicas")
    expect_equal(["1", "0", "0", "0", "-", "-", "1", "1"], rows["1"], "an empty partition")
    for line in (f"{name}: 4 partitions, 4 offsets", "retention.ms=-1", f"group {name}-readers lag 2 in 2 partitions"):
        if line not in " ".join(shown.split()):
            raise Failure(f"not shown: {line}\n{shown}")
