"""Delta tables: their versions as a stream, as a table, and as a sink that takes each batch once."""

import datetime

from ...types import quoted
from ..code import chain, constant, literal, options
from ..reader import Reader
from ..values import shown
from ..writer import Writer
from .kafka import milliseconds
from .stores import add_stores

OWN = {"file_path": "_metadata.file_path", "file_modified": "_metadata.file_modification_time"}

ONCE = '''\
def once(batch: DataFrame, application: str, number: int) -> SparkSession:
    """The batch's session, in which Delta skips what it has of this application and batch already."""
    spark = batch.sparkSession
    spark.conf.set("spark.databricks.delta.write.txnAppId", application)
    spark.conf.set("spark.databricks.delta.write.txnVersion", str(number))
    return spark
'''


def stream(context, source):
    part = source.connector
    pairs = []
    start = part.get("start", "earliest")
    if start == "latest":
        pairs.append(("startingVersion", '"latest"'))
    elif start != "earliest":
        pairs.append(("startingVersion", literal(str(start["version"]))) if "version" in start else
                     ("startingTimestamp", literal(instant(part, "start", start["timestamp"]))))
    for option, name in (("ignore_deletes", "ignoreDeletes"), ("ignore_changes", "ignoreChanges"),
                         ("skip_change_commits", "skipChangeCommits"), ("change_feed", "readChangeFeed")):
        if part.get(option):
            pairs.append((name, '"true"'))
    if context.plan.trigger["kind"] != "once":
        for option, name in (("max_files_per_trigger", "maxFilesPerTrigger"),
                             ("max_bytes_per_trigger", "maxBytesPerTrigger")):
            if option in part.given:
                pairs.append((name, context.values.text(part, option)))
    return reader(context, source, "spark.readStream", pairs)


def table(context, source):
    part = source.connector
    pairs = []
    if part.get("version") is not None:
        pairs.append(("versionAsOf", context.values.text(part, "version")))
    elif part.get("timestamp"):
        pairs.append(("timestampAsOf", literal(instant(part, "timestamp", part.get("timestamp")))))
    elif not source.refresh_us and context.plan.sources:
        context.note(f"table {source.name}: Spark reads a Delta table again in each batch, not once")
    return reader(context, source, "spark.read", pairs)


def instant(part, option, text):
    """A time as Delta reads it in any time zone of the session."""
    moment = datetime.datetime.fromtimestamp(milliseconds(part, option, text) / 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def reader(context, source, start, pairs):
    context.needs.package("delta")
    add_stores(context, source.connector)
    path = context.values.path(source.connector)
    frame = chain(f'{start}.format("delta")', [*options(pairs), f".load({path})"])
    return Reader(frame, f"Delta table {shown(source.connector)}", is_rows=True, metadata=dict(OWN))


def sink(context, writing):
    part, mode = writing.sink.connector, writing.sink.mode
    context.needs.package("delta")
    if add_stores(context, part):
        context.note(f"sink {writing.sink.name}: into a Delta table on S3 one Spark program writes at a time, and no sluice "
                     "meanwhile: Delta's own log store does not see others there")
    if part.get("on_new_field", "fail") not in ("fail", "add"):
        part.refuse("on_new_field", "Spark knows fail and add (mergeSchema)")
    if part.get("on_wider_type", "fail") != "fail":
        part.refuse("on_wider_type", "Delta on Spark widens types where the table has delta.enableTypeWidening: set that "
                                     "in 'properties', and leave this out")
    context.ignore(part, ("row_group_size", "compact"), "Spark has its own (OPTIMIZE, parquet.block.size)")
    path = context.values.path(part)
    if mode == "upsert":
        return Writer(f"merged by {', '.join(writing.sink.key)} into Delta table {shown(part)}, exactly once",
                      lambda rows: merge(context, writing, rows, path))
    words = {"append": "appended to", "complete": "the content of"}[mode]
    return Writer(f"{words} Delta table {shown(part)}, exactly once",
                  lambda rows: write(context, writing, rows, path))


def table_options(context, part, mode):
    pairs = []
    if part.get("compression", "snappy") != "snappy":
        pairs.append(("compression", literal(part.get("compression"))))
    if part.get("rows_per_file"):
        pairs.append(("maxRecordsPerFile", context.values.text(part, "rows_per_file")))
    if part.get("on_new_field") == "add":
        pairs.append(("mergeSchema", '"true"'))
    if part.get("replace_where") and mode == "complete":
        pairs.append(("replaceWhere", context.values.text(part, "replace_where")))
    for name in part.get("properties", {}):
        key = name if name.startswith("delta.") else f"delta.{name}"
        pairs.append((key, context.values.entry(part, "properties", name)))
    return pairs


def partitions(part):
    columns = part.get("partition_by", [])
    return [f".partitionBy({', '.join(map(literal, columns))})"] if columns else []


def write(context, writing, rows, path):
    """A batch in one commit, which has its number."""
    part, mode = writing.sink.connector, writing.sink.mode
    pairs = table_options(context, part, mode)
    if not writing.once:
        pairs = [("txnAppId", writing.application), ("txnVersion", "number"), *pairs]
    calls = [f'.write.format("delta").mode("{"append" if mode == "append" else "overwrite"}")', *options(pairs),
             *partitions(part), f".save({path})"]
    return chain(rows, calls)


def merge(context, writing, rows, path):
    """A batch, whose rows have different keys, as one MERGE."""
    sink, part = writing.sink, writing.sink.connector
    lines = []
    kept = [name for name, _ in writing.columns]
    apart = [*sink.leave_out, *(["_deletes"] if writing.deletes else [])]
    target = f"{rows}.limit(0)" + (f".drop({', '.join(map(literal, apart))})" if apart else "")
    place = context.setting(constant(sink.name) + "_PATH", path)
    lines.append(chain(target, ['.write.format("delta").mode("ignore")',
                                *options(table_options(context, part, "upsert")), *partitions(part), f".save({place})"]))
    context.needs.helper("once", ONCE)
    if writing.once:
        lines.append(f"spark = {rows}.sparkSession")
    else:
        lines.append(f"spark = once({rows}, {writing.application}, number)")
    lines.append(f'{rows}.createOrReplaceTempView("changes")')
    on = " AND ".join(f"kept.{quoted(name)} <=> changes.{quoted(name)}" for name in sink.key)
    lines.append('spark.sql(\n    f"""\n    MERGE INTO delta.`{' + place + "}` AS kept USING changes ON " + on + "\n"
                 + "".join(f"    {one}\n" for one in clauses(writing, kept)) + '    """\n)')
    return "\n".join(lines)


def clauses(writing, kept):
    names = ", ".join(map(quoted, kept))
    values = ", ".join(f"changes.{quoted(name)}" for name in kept)
    if not writing.deletes and not writing.sink.leave_out:
        update, insert = "UPDATE SET *", "INSERT *"
    else:
        update = "UPDATE SET " + ", ".join(f"{quoted(name)} = changes.{quoted(name)}" for name in kept)
        insert = f"INSERT ({names}) VALUES ({values})"
    if writing.deletes:
        yield "WHEN MATCHED AND changes._deletes THEN DELETE"
    yield f"WHEN MATCHED THEN {update}"
    yield f"WHEN NOT MATCHED{' AND NOT changes._deletes' if writing.deletes else ''} THEN {insert}"
    if writing.whole:
        yield "WHEN NOT MATCHED BY SOURCE THEN DELETE"
