"""Formats with a schema of their own, over a real Kafka and a real schema registry."""

from schemas import avro, debezium, protobuf


def cases():
    yield from avro.cases()
    yield from protobuf.cases()
    yield from debezium.cases()
