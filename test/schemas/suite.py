"""Formats with a schema of their own, over a real Kafka and a real schema registry."""

from schemas import avro, debezium, produced, protobuf, registry


def cases():
    yield from avro.cases()
    yield from protobuf.cases()
    yield from debezium.cases()
    yield from registry.cases()
    yield from produced.cases()
