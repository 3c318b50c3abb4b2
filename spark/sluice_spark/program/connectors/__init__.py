"""Connectors: stream(context, source) and table(context, source) give a Reader, sink(context, writing) a
Writer. Adding one is a module and a line here; what Spark has not, has a reason in REFUSED."""

from . import cassandra, console, delta, files, generator, kafka

CONNECTORS = {
    "kafka": kafka,
    "delta": delta,
    "parquet": files,
    "csv": files,
    "json_lines": files,
    "files": files,
    "file": files,
    "console": console,
    "cassandra": cassandra,
    "generator": generator,
}
REFUSED = {
    "http": "Spark has no source or sink of HTTP: let a native sluice bring the feed into Kafka or files, and read "
            "those here",
    "stdin": "a cluster has no standard input: write the lines into files or a topic, and read those here",
    "memory": "the connector memory is for tests in C++",
}

# What a connector of Spark's is not, though sluice's is.
LACKING = {
    ("cassandra", "stream"): "the connector for Spark reads a table of Cassandra as it is, and no stream: put it under "
                             "`tables:`, and write its views once, by mode complete",
}


def connector_for(part, role):
    """The module of the part's connector, which can be a `role`: stream, table or sink."""
    module = CONNECTORS.get(part.kind)
    if not hasattr(module, role):
        reason = LACKING.get((part.kind, role)) or REFUSED.get(part.kind, f"the connector {part.kind} cannot be a {role} on Spark")
        part.refuse("", reason)
    return module
