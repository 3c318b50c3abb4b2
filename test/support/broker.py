"""The embedded broker (`sluice broker`) and a Kafka client that is not ours."""

from support.case import Failure
from support.program import Running

# Records carry fixed times, so that tests can name them: 2023-11-14 22:13:20 UTC and on, by seconds.
FIRST_TIMESTAMP_MS = 1_700_000_000_000


class EmbeddedBroker:
    """`sluice broker` on a free port, until stop(). `env` is for the programs that talk to it."""

    def __init__(self, folder, *arguments):
        # It announces itself there, one broker a home.
        self.env = {"SLUICE_HOME": folder}
        self._running = Running("broker", "--port", "0", *arguments, cwd=folder, env=self.env)
        self.address = self._running.wait_for(address_in, "it said its address")
        self.env["KAFKA_BROKERS"] = self.address

    def create_topic(self, name, partitions=1):
        create_topic(self.address, name, partitions)

    def stop(self):
        self._running.kill()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def address_in(out, err):
    """The first 127.0.0.1:PORT of a whole line."""
    import re

    found = re.search(r"127\.0\.0\.1:[0-9]+(?=[^0-9].*\n|\n)", out + err)
    return found and found.group()


def create_topic(address, name, partitions=1):
    """Nothing when it is there already."""
    from confluent_kafka import KafkaError, KafkaException
    from confluent_kafka.admin import AdminClient, NewTopic

    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    for future in admin.create_topics([NewTopic(name, partitions, 1)]).values():
        try:
            future.result(60)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise Failure(f"topic {name}: {error}")


def produce(address, topic, values, partition=0, key=None, partitions=None, bytes_max=20_000_000):
    """Produces `values` (bytes or None) in order; with `partitions` in turn to each of them.
    Record i has the time FIRST_TIMESTAMP_MS + 1000 i. Returns when the broker has all."""
    from confluent_kafka import Producer

    failures = []
    producer = Producer({"bootstrap.servers": address, "acks": "all", "linger.ms": 5, "log_level": 0,
                         "enable.idempotence": False, "max.in.flight": 1,
                         "message.max.bytes": bytes_max,
                         "queue.buffering.max.messages": 1_000_000})
    for number, value in enumerate(values):
        while True:
            try:
                producer.produce(topic, value, key,
                                 partition=number % partitions if partitions else partition,
                                 timestamp=FIRST_TIMESTAMP_MS + 1000 * number,
                                 on_delivery=lambda error, _: error and failures.append(error))
                break
            except BufferError:
                producer.poll(0.5)
        producer.poll(0)
    left = producer.flush(300)
    if failures or left:
        raise Failure(f"producing to {topic}: {left} not sent, {len(failures)} failed: "
                      f"{failures[:1]}")
