"""Cassandra, by Datastax's connector for Spark: a table that is read once, and a sink by key."""

from ...types import quoted
from ..code import chain, literal, options
from ..reader import Reader
from ..writer import Writer

FORMAT = "org.apache.spark.sql.cassandra"
UNTRIED = "Cassandra: the connector for Spark is not tried with Spark 4; natively it is"


def table(context, source):
    part = source.connector
    context.refuse_given(part, {"query": "name the table", "types": "cast in a view", "growing": "it reads tables once",
                                "every": "it reads tables once"})
    connect(context, part, source.name)
    names = [f"{quoted(name)}" for name, _ in source.columns]
    frame = chain(f'spark.read.format("{FORMAT}")', [*options(place(context, part)), ".load()",
                                                     f".selectExpr({', '.join(map(literal, names))})"])
    return Reader(frame, f"table {part.get('keyspace')}.{part.get('table')} of Cassandra", is_rows=True)


def sink(context, writing):
    part = writing.sink.connector
    if writing.deletes:
        part.refuse("", "rows that leave the result are to be deleted, and the connector for Spark deletes nothing: leave "
                        "HAVING and 'delete_when' out, or write a Delta table")
    connect(context, part, writing.sink.name)
    pairs = place(context, part)
    if part.get("nulls") == "unset":
        pairs.append(("spark.cassandra.output.ignoreNulls", '"true"'))
    if part.get("ttl"):
        pairs.append(("ttl", literal(part.get("ttl"))))
    context.ignore(part, ("commits_table", "parallel", "batch_bytes"), "the connector has its own")
    context.note(f"sink {writing.sink.name}: rows have the time of writing: what is written again after a crash may "
                 "overwrite what is newer")

    def batch(rows):
        return chain(rows, [f'.write.format("{FORMAT}").mode("append")', *options(pairs), ".save()"])

    return Writer(f"into table {part.get('keyspace')}.{part.get('table')} of Cassandra, by its primary key", batch)


def place(context, part):
    return [(name, context.values.text(part, name)) for name in ("keyspace", "table")]


def connect(context, part, owner):
    """The session's settings: one cluster a program."""
    context.needs.package("cassandra")
    context.note(UNTRIED)
    conf, prefix = context.needs.conf, "spark.cassandra."
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
        if conf.setdefault(prefix + name, value) != value:
            part.refuse("", "a program reads and writes one Cassandra cluster, with one user")
