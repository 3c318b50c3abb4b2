"""Offsets of Kafka go over exactly, both ways: with Spark's turn done by hand, as Spark does it, so that it takes no JVM."""

import json

import pyarrow
from confluent_kafka import Consumer, TopicPartition
from deltalake import CommitProperties, Transaction, write_deltalake
from handover.pipelines import APP_ID, expect_ids, from_spark, run, to_spark, write_pipeline
from handover.pretended_spark import SCHEMA
from support.broker import create_topic, produce
from support.case import Case, expect_equal
from support.kafka import shared_kafka

PARTITIONS = 3
PIPELINE = """\
name: shop
sources:
  orders:
    kafka: {{brokers: "{address}", topic: {topic}}}
    format: {{json: {{schema: {{id: BIGINT, item: VARCHAR}}}}}}
sinks:
  lake: {{from: orders, delta: {{path: table}}}}
trigger: available_now
checkpoint: checkpoint
"""


def cases():
    return [Case("kafka/offsets", offsets)]


def offsets(folder):
    address, topic = shared_kafka().address, f"handover-offsets-{folder.name}"
    create_topic(address, topic, PARTITIONS)
    write_pipeline(folder, PIPELINE.format(address=address, topic=topic))
    put(address, topic, range(100))
    run(folder)
    to_spark(folder)
    expect_equal({"0": 34, "1": 33, "2": 33}, planned(folder)[1][topic], "where Spark begins")
    put(address, topic, range(100, 205))
    spark_turn(folder, address, topic)
    expect_ids(folder, range(205), "after Spark")
    from_spark(folder)
    put(address, topic, range(205, 300))
    run(folder)
    expect_ids(folder, range(300), "after sluice")
    to_spark(folder)
    expect_equal({"0": 34 + 35 + 32, "1": 33 + 35 + 32, "2": 33 + 35 + 31}, planned(folder)[1][topic], "where Spark goes on")


def put(address, topic, ids):
    produce(address, topic, [json.dumps({"id": n, "item": f"item {n}"}).encode() for n in ids], partitions=PARTITIONS)


def planned(folder):
    """The newest batch, and its places."""
    batch = max(int(path.name) for path in (folder / "spark" / "offsets").iterdir() if path.name.isdigit())
    version, _, place = (folder / "spark" / "offsets" / str(batch)).read_text().splitlines()
    expect_equal("v1", version, "the first line of Spark's plan")
    return batch, json.loads(place)


def spark_turn(folder, address, topic):
    """One batch with all that has come: planned, written, committed."""
    batch, starts = planned(folder)
    consumer = Consumer({"bootstrap.servers": address, "group.id": "spark", "enable.auto.commit": False})
    rows, ends = [], {}
    for partition in range(PARTITIONS):
        _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=30)
        ends[str(partition)] = end
        start = starts[topic][str(partition)]
        consumer.assign([TopicPartition(topic, partition, start)])
        while start < end:
            message = consumer.poll(30)
            rows.append(json.loads(message.value()))
            start = message.offset() + 1
    consumer.close()
    head = json.dumps({"batchWatermarkMs": 0, "batchTimestampMs": 1, "conf": {}})
    (folder / f"spark/offsets/{batch + 1}").write_text(f"v1\n{head}\n{json.dumps({topic: ends})}")
    write_deltalake(str(folder / "table"), pyarrow.Table.from_pylist(rows, SCHEMA), mode="append",
                    commit_properties=CommitProperties(app_transactions=[Transaction(APP_ID, batch + 1)]))
    (folder / f"spark/commits/{batch + 1}").write_text('v1\n{"nextBatchWatermarkMs":0}')
