"""Cassandra, by Datastax's connector for Spark: a table that is read once, and a sink by key."""

from ...types import parse_type, quoted, spark_type
from ..code import chain, listing, literal, options
from ..reader import Reader
from ..writer import Writer

FORMAT = "org.apache.spark.sql.cassandra"


def table(context, source):
    part = source.connector
    context.refuse_given(part, {"query": "name the table", "types": "cast in a view", "growing": "it reads tables once",
                                "every": "it reads tables once"})
    connect(context, part, source.name)
    columns = listing([literal(column(name, kind)) for name, kind in source.columns], ".selectExpr(", ")")
    frame = chain(f'spark.read.format("{FORMAT}")', [*options(place(context, part)), ".load()", columns])
    return Reader(frame, f"table {part.get('keyspace')}.{part.get('table')} of Cassandra", is_rows=True)


def column(name, duckdb_type):
    """SQL of a column; a collection that is NULL the connector reads as an empty one."""
    read = f"CAST({quoted(name)} AS {spark_type(duckdb_type)})"
    if parse_type(duckdb_type).name in ("LIST", "MAP"):
        read = f"CASE WHEN size({quoted(name)}) > 0 THEN {read} END"
    return f"{read} AS {quoted(name)}"


def sink(context, writing):
    part = writing.sink.connector
    if writing.deletes or writing.whole or writing.sink.mode == "complete":
        part.refuse("", "rows that leave the result are to be deleted, and the connector for Spark deletes nothing: append "
                        "or update, or upsert an aggregate without HAVING and 'delete_when'; or write a Delta table")
    context.refuse_given(part, {"ttl": "the connector's is not tried: give the table a default_time_to_live"})
    connect(context, part, writing.sink.name)
    pairs = place(context, part)
    if part.get("nulls") == "unset":
        pairs.append(("spark.cassandra.output.ignoreNulls", '"true"'))
    context.ignore(part, ("commits_table", "parallel", "batch_bytes"), "the connector has its own")
    context.note(f"sink {writing.sink.name}: rows have the time of writing: what is written again after a crash may "
                 "overwrite what is newer, and times are cut to milliseconds")

    casts = [f".withColumn({literal(name)}, F.col({literal(quoted(name))}).cast(\"timestamp\"))"
             for name, kind in writing.columns if parse_type(kind).name == "TIMESTAMP"]  # the connector knows instants only
    if casts:
        context.module("F")

    def batch(rows):
        return chain(rows, [*casts, f'.write.format("{FORMAT}").mode("append")', *options(pairs), ".save()"])

    return Writer(f"into table {part.get('keyspace')}.{part.get('table')} of Cassandra, by its primary key", batch)


def place(context, part):
    return [(name, context.values.text(part, name)) for name in ("keyspace", "table")]


def connect(context, part, owner):
    """The session's settings: one cluster a program."""
    context.needs.package("cassandra")
    conf, prefix = context.needs.later, "spark.cassandra."
    hosts = [context.values.entry(part, "contact_points", number) for number in range(len(part.get("contact_points")))]
    made = {"connection.host": hosts[0] if len(hosts) == 1 else f'",".join([{", ".join(hosts)}])'}
    for option, name in (("user", "auth.username"), ("password", "auth.password"), ("datacenter", "connection.localDC")):
        if part.get(option):
            made[name] = context.values.text(part, option, owner)
    level = part.get("consistency", "local_quorum").upper()
    made["input.consistency.level"] = made["output.consistency.level"] = literal(level)
    if part.get("tls"):
        made["connection.ssl.enabled"] = '"true"'
        if part.get("ca_file"):
            part.refuse("ca_file", "the connector for Spark takes a trust store of Java's: give "
                                   "--conf spark.cassandra.connection.ssl.trustStore.path=...")
    for name, value in made.items():
        if conf.setdefault(literal(prefix + name), value) != value:
            part.refuse("", "a program reads and writes one Cassandra cluster, with one user")
