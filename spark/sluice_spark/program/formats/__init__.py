"""Formats: bytes to columns. Each has decoded(context, source, reader) -> Decoded; adding one is a module
and a line here."""

from . import avro, csv, debezium, json, protobuf, text

FORMATS = {
    "json": json,
    "csv": csv,
    "text": text,
    "debezium": debezium,
    "avro": avro,
    "protobuf": protobuf,
}
