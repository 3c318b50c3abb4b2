"""Kafka: topics as streams and tables; a sink, at least once."""

import calendar
import json as json_text
import re
import time

from ...types import parse_type, quoted
from ..code import chain, literal, options
from ..reader import Reader
from ..values import shown
from ..writer import Writer
from .kafka_client import client_options

OWN = {"key": "key", "value": "value", "topic": "topic", "partition": "partition", "offset": "offset",
       "timestamp": "timestamp", "headers": "headers",
       "timestamp_type": "CASE timestampType WHEN 0 THEN 'create' WHEN 1 THEN 'append' END"}
UNUSED_SOURCE = ("connect_timeout", "discover_every", "prefetch_bytes", "stall_timeout", "group")
UNUSED_SINK = ("connect_timeout", "transactions", "transactional_id", "commits_topic")


def stream(context, source):
    """A topic as a stream."""
    part = source.connector
    if part.get("end"):
        part.refuse("end", "a stream of Spark's has no end: read the topic as a table (`tables:`), or leave 'end' out "
                           "and run with trigger: available_now")
    pairs = client_options(context, part, source.name) + topic_options(context, part)
    pairs += position(part, "start", "starting")
    if part.get("isolation", "read_committed") == "read_committed":
        pairs.append(("kafka.isolation.level", '"read_committed"'))
    if context.plan.trigger["kind"] != "once" and part.get("max_records_per_trigger"):
        pairs.append(("maxOffsetsPerTrigger", context.values.text(part, "max_records_per_trigger")))
    context.ignore(part, UNUSED_SOURCE, "Spark's Kafka client has its own")
    if "max_bytes_per_trigger" in part.given:
        context.note(f"source {source.name}: Spark bounds a batch by records only (max_records_per_trigger)")
    return reader(context, source, "spark.readStream", pairs)


def table(context, source):
    """A topic that is read once, from its start to what is there."""
    part = source.connector
    if source.refresh_us:
        raise_refresh(source)
    pairs = client_options(context, part, source.name) + topic_options(context, part)
    pairs += position(part, "start", "starting") + position(part, "end", "ending")
    if part.get("isolation", "read_committed") == "read_committed":
        pairs.append(("kafka.isolation.level", '"read_committed"'))
    return reader(context, source, "spark.read", pairs)


def raise_refresh(source):
    """For connectors whose tables Spark reads once."""
    source.connector.refuse("", f"table {source.name}: Spark reads it once, and has nothing for 'refresh': keep the table "
                                "in Delta, which a stream reads again with each batch, or leave 'refresh' out")


def reader(context, source, start, pairs):
    context.needs.package("kafka")
    names = [column for _, column in source.metadata] or [name for name, _ in source.columns]
    if "headers" in names:
        pairs.append(("includeHeaders", '"true"'))
    name = "topic" if source.connector.get("topic") else "topic_pattern"
    words = f"topic {shown(source.connector, name)} of Kafka"
    frame = chain(f'{start}.format("kafka")', [*options(pairs), ".load()"])
    origin = {name: name for name in ("topic", "partition", "offset", "timestamp", "key", "value")}
    return Reader(frame, words, metadata=dict(OWN), origin=origin)


def topic_options(context, part):
    if part.get("topic_pattern"):
        return [("subscribePattern", context.values.text(part, "topic_pattern"))]
    topics = part.get("topic", [])
    if len(topics) == 1:
        written = part.written.get("topic") or part.written.get("topic.0")
        return [("subscribe", context.values.expression(topics[0], written, False, ""))]
    names = [context.values.entry(part, "topic", number) for number in range(len(topics))]
    return [("subscribe", f'",".join([{", ".join(names)}])')]


def position(part, option, word):
    """`start` or `end` as Spark's startingOffsets, startingTimestamp and so on."""
    value = part.get(option)
    if value in (None, "earliest", "latest"):
        default = "earliest" if option == "start" else "latest"
        return [(f"{word}Offsets", literal(value or default))]
    if "timestamp" in value:
        made = [(f"{word}Timestamp", literal(str(milliseconds(part, option, value["timestamp"]))))]
        if option == "start":
            made.append((f"{word}OffsetsByTimestampStrategy", '"latest"'))
        return made
    offsets = {topic: {str(number): offset for number, offset in partitions.items()}
               for topic, partitions in value["offsets"].items()}
    return [(f"{word}Offsets", repr(json_text.dumps(offsets)))]


def milliseconds(part, option, text):
    """Of a time in the file, UTC unless it has an offset."""
    if isinstance(text, int) or str(text).isdigit():
        return int(text)
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(\.\d+)?)?)?\s*(?:Z|([+-])(\d\d):?(\d\d)?)?", text)
    if not found:
        part.refuse(option, f"'{text}' is no time; write YYYY-MM-DD HH:MM:SS")
    day, clock, second, fraction, sign, hours, minutes = found.groups()
    moment = calendar.timegm(time.strptime(f"{day} {clock or '00:00'}:{second or '00'}", "%Y-%m-%d %H:%M:%S"))
    shift = (int(hours or 0) * 60 + int(minutes or 0)) * 60 * (-1 if sign == "-" else 1)
    return int((moment - shift) * 1000 + float(fraction or 0) * 1000)


def sink(context, writing):
    """Rows as records: key, value and what else the file names."""
    made, part = writing.sink, writing.sink.connector
    context.needs.package("kafka")
    context.module("F")
    context.refuse_given(part, {
        "timestamp": "its sink takes the time of sending",
        "partition_by": "give 'partition', the number itself"})
    context.ignore(part, UNUSED_SINK, "Spark's sink has no transactions")
    context.note(f"sink {made.name}: Spark writes to Kafka at least once: after a crash a batch may come again")
    if "create_partitions" in part.given:
        context.note(f"sink {made.name}: Spark makes no topics: create it before, or let the brokers do it")
    pairs = client_options(context, part, made.name) + [("topic", context.values.text(part, "topic"))]
    if part.get("compression", "none") != "none":
        pairs.append(("kafka.compression.type", literal(part.get("compression"))))
    select = [".selectExpr(\n" + "".join(f"    {literal(one)},\n" for one in record(context, writing)) + ")"]
    if part.get("headers"):
        pairs.append(("includeHeaders", '"true"'))

    def batch(rows):
        return chain(f"{rows}", [*select, '.write.format("kafka")', *options(pairs), ".save()"])

    return Writer(f"records of topic {shown(part, 'topic')} of Kafka, at least once", batch, select, "kafka", pairs)


def record(context, writing):
    """SQL of key, value, headers and partition."""
    made, part = writing.sink, writing.sink.connector
    kinds = dict(writing.columns)
    apart = [part.get(name) for name in ("headers", "partition", "timestamp") if part.get(name)]
    names = [name for name, _ in writing.columns if name not in apart]
    parts = []
    key = part.get("key") or (made.key[0] if len(made.key) == 1 else None)
    if key:
        parts.append(f"{key_text(key, kinds[key])} AS key")
    elif made.key:
        parts.append(f"to_json(struct({', '.join(map(quoted, made.key))})) AS key")
    value = value_text(context, part, names)
    parts.append((f"CASE WHEN NOT _deletes THEN {value} END" if writing.deletes else value) + " AS value")
    for name in ("headers", "partition"):
        if part.get(name):
            column = quoted(part.get(name))
            parts.append(f"{column if name == 'headers' else f'CAST({column} AS INT)'} AS {name}")
    return parts


def key_text(name, duckdb_type):
    kind = parse_type(duckdb_type).name
    if kind in ("VARCHAR", "BLOB", "JSON"):
        return quoted(name)
    return f"to_json({quoted(name)})" if kind in ("STRUCT", "LIST", "MAP") else f"CAST({quoted(name)} AS STRING)"


def value_text(context, part, names):
    """SQL of the record's value, by the sink's `value`."""
    value = part.get("value", "json")
    kind, given = (value, {}) if isinstance(value, str) else (next(iter(value)), next(iter(value.values())) or {})
    row = f"struct({', '.join(map(quoted, names))})"
    if kind == "json":
        return f"to_json({row})"
    if kind == "raw":
        return quoted(given.get("column", "value"))
    if kind == "csv":
        pairs = {"sep": given.get("delimiter", ","), "emptyValue": '""', "nullValue": given.get("null_text", ""),
                 "escape": given.get("escape", '"'), "quote": given.get("quote", '"')}
        text = ", ".join("'" + one.replace("\\", "\\\\").replace("'", "\\'") + "'" for pair in pairs.items() for one in pair)
        return f"to_csv({row}, map({text}))"
    part.refuse("value", f"Spark writes no {kind} with a schema registry: write json, csv or raw")


