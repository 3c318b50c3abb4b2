"""Poison messages: whatever a producer sends, the pipeline lives, and in = out + dead letters."""

from poison import files
from poison.messages import GOOD, KEPT, MESSAGES, REJECTED, SCHEMA
from support import tables
from support.broker import FIRST_TIMESTAMP_MS, EmbeddedBroker, create_topic, produce
from support.case import Case, Failure
from support.kafka import shared_kafka
from support.program import sluice

PIPELINE = """\
name: poison
sources:
  messages:
    kafka: {{brokers: "${{KAFKA_BROKERS}}", topic: poison, max_records_per_trigger: 20000}}
    format:
      json:
        schema: {schema}
    metadata: {{kafka_partition: partition, kafka_offset: offset}}
sinks:
  all: {{from: messages, parquet: {{path: out}}}}
checkpoint: checkpoint
"""

COPIES = 3           # of a poison message where there is nothing else
BIG_BYTES = 100_000  # from here on once only: the embedded broker keeps 5 MiB a partition
GOOD_PER_POISON = 1000
PARTITIONS = 8


def cases():
    for name in MESSAGES:
        yield Case(f"only/{name}", lambda folder, name=name: only(folder, name))
    yield Case("one_in_a_thousand", one_in_a_thousand)
    yield Case("10_MB", ten_megabytes)
    yield from files.cases()


def only(folder, name):
    """100 %: the topic holds nothing else."""
    value, outcome = MESSAGES[name]
    copies = 1 if value is not None and len(value) > BIG_BYTES else COPIES
    broker = EmbeddedBroker(folder)
    try:
        broker.create_topic("poison", 1)
        check(folder, broker.env, [(value, outcome)] * copies, partitions=1)
    finally:
        broker.stop()


def one_in_a_thousand(folder):
    """0.1 %: all kinds, each among a thousand good messages, spread over partitions."""
    small = [message for message in MESSAGES.values() if len(message[0] or b"") <= BIG_BYTES]
    messages = []
    for number, poison in enumerate(small):
        messages += [(GOOD % (number * GOOD_PER_POISON + n), KEPT) for n in range(GOOD_PER_POISON)]
        messages.append(poison)
    broker = EmbeddedBroker(folder)
    try:
        broker.create_topic("poison", PARTITIONS)
        check(folder, broker.env, messages, PARTITIONS)
    finally:
        broker.stop()


def ten_megabytes(folder):
    """Messages larger than any default, on a real broker that takes them."""
    size = 10_000_000
    kafka = shared_kafka()
    create_topic(kafka.address, "poison", 1)
    check(folder, {"KAFKA_BROKERS": kafka.address}, [
        (GOOD % 1, KEPT),
        (b"x" * size, REJECTED),
        (b'{"id":2,"s":"' + b"y" * size + b'"}', KEPT),
        (b'{"id":3,"s":"' + b"y" * size, REJECTED),
        (b"[" * size, REJECTED),
        (GOOD % 4, KEPT),
    ], partitions=1)


def check(folder, env, messages, partitions):
    """Produces the messages in turn to the partitions, runs, and looks for every one of them."""
    import pyarrow

    produce(env["KAFKA_BROKERS"], "poison", [value for value, _ in messages], key=b"key",
            partitions=partitions)
    (folder / "pipeline.yaml").write_text(PIPELINE.format(schema=SCHEMA))
    sluice("run", "pipeline.yaml", "--available-now", cwd=folder, env=env).must_exit(0)

    duck = tables.connection()
    numbers = range(len(messages))
    sent = pyarrow.table({
        "partition": [number % partitions for number in numbers],
        "offset": [number // partitions for number in numbers],
        "time": pyarrow.array([FIRST_TIMESTAMP_MS + 1000 * number for number in numbers],
                            pyarrow.timestamp("ms", "UTC")),
        "value": pyarrow.array([value for value, _ in messages], pyarrow.binary()),
        "outcome": [outcome for _, outcome in messages]})
    duck.register("sent", sent)
    if not tables.define_table(duck, "kept", "parquet", folder / "out"):
        duck.execute('CREATE TABLE kept (kafka_partition INTEGER, kafka_offset BIGINT)')
    if not tables.define_table(duck, "letters", "parquet",
                               folder / "checkpoint" / "dead_letter" / "messages"):
        duck.execute("""CREATE TABLE letters (topic VARCHAR, partition INTEGER, "offset" BIGINT,
                        timestamp TIMESTAMPTZ, key BLOB, value BLOB, reason VARCHAR)""")
    tables.expect_same_rows(
        duck, f"SELECT partition, \"offset\" FROM sent WHERE outcome = '{KEPT}'",
        "SELECT kafka_partition, kafka_offset FROM kept", "rows")
    # Bytes, place and time to the letter.
    columns = "{} AS topic, partition, \"offset\", {} AS time, {} AS key, {} AS value"
    tables.expect_same_rows(
        duck,
        "SELECT " + columns.format("'poison'", "time", "'key'::BLOB",
                                   "md5(value) || octet_length(value)")
        + f" FROM sent WHERE outcome = '{REJECTED}'",
        "SELECT " + columns.format("topic", "timestamp", "key", "md5(value) || octet_length(value)")
        + " FROM letters", "dead letters")
    silent = duck.execute("SELECT count(*) FROM letters WHERE coalesce(reason, '') = ''").fetchone()
    if silent[0]:
        raise Failure(f"{silent[0]} dead letters say no reason")
